/** What the embedded database cannot do, and why. */
export const embedded = {
  parallel: 'one session: its transactions never overlap',
  interrupt: 'it runs on our own thread: a statement that has begun cannot be reached until it ends',
}
