// The line from a test process to the runner. The tests do not see it: for them this is a process of its own, and what
// asks for `process.send` to learn who started it is answered as under `node file`.
const send = process.send.bind(process)
process.send = undefined

/** Tells the runner something; a runner that is gone is not told. */
export function tell(message) {
  if (process.connected) send(message, () => {})
}
