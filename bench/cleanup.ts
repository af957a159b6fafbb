/**
 * What a measurement has to undo however it ends: databases, processes, folders. Each is undone once, by whoever asks
 * first: the measurement itself, or its end through an error, a signal or its time being over.
 */
const undoings = new Set<() => Promise<void>>()

/** Registers `undo`; the answer does it now, and never a second time. */
export function atEnd(undo: () => unknown): () => Promise<void> {
  let done: Promise<void> | undefined
  const once = (): Promise<void> => {
    undoings.delete(once)
    done ??= Promise.resolve(undo()).then(() => {})
    return done
  }
  undoings.add(once)
  return once
}

/** Undoes what is left, the newest first: a server before its database. */
async function undoEverything(): Promise<void> {
  for (const undo of [...undoings].reverse()) {
    await undo().catch((error: unknown) => console.error(`not cleaned up: ${String(error)}`))
  }
}

let ending = false

/** Ends the process with `code` after everything is undone. */
function end(code: number, reason: unknown): void {
  if (ending) return
  ending = true
  console.error(reason)
  void undoEverything().finally(() => process.exit(code))
}

process.on('uncaughtException', (error) => end(1, error))
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  process.on(signal, () => end(128 + number, `ended by ${signal}`))
}

/** Ends a measurement that hangs, so that the next one can run. */
export function endAfter(minutes: number): void {
  setTimeout(() => end(1, `not done after ${minutes} minutes`), minutes * 60_000).unref()
}
