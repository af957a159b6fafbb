/**
 * The embedded database works on our own thread, so a run of statements that never waits for anything else would keep
 * timers, sockets and signals waiting. After this long without one, the event loop gets a turn.
 */
const sliceMilliseconds = 10

let turnStart = 0
let turning = false

/** Settles at once, or after a turn of the event loop when there has been none for too long. */
export async function breathe(): Promise<void> {
  const now = performance.now()
  if (!turning) {
    turning = true
    turnStart = now
    setImmediate(() => {
      turning = false
    })
  } else if (now - turnStart > sliceMilliseconds) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
