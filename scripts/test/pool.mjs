// Runs test files in a few processes at a time, and tells a tally what became of each.
import { startProcess } from './process.mjs'

/**
 * @param {object} options
 * @param {readonly (readonly string[])[]} options.batches absolute paths; those of a batch share a process
 * @param {number} options.concurrency how many processes run at a time
 * @param {(batch: readonly string[]) => unknown} [options.turnOf] those of which it says the same, and not undefined, run
 * one after the other
 * @param {{ take: Function, end: Function }} options.tally is told of each file's tests, and of its end
 * @param {object} options.process what `startProcess` takes
 */
export async function runBatches({ batches, concurrency, turnOf = () => undefined, tally, process }) {
  const queue = [...batches]
  /** The batches that run, by whose turn it is; one that runs beside any other stands for itself. */
  const running = new Map()
  while (queue.length > 0 || running.size > 0) {
    const next = running.size < concurrency ? queue.findIndex((batch) => !running.has(turnOf(batch))) : -1
    if (next < 0) await Promise.race(running.values())
    else {
      const [batch] = queue.splice(next, 1)
      const turn = turnOf(batch) ?? batch
      running.set(
        turn,
        runBatch(batch, tally, process).finally(() => running.delete(turn)),
      )
    }
  }
}

async function runBatch(files, tally, options) {
  let process
  /** The files that this process has run: what they left may be what makes a later one fail. */
  let earlier = []
  for (const file of files) {
    process ??= startProcess(options)
    const began = performance.now()
    const { problems, gone } = await process.run(file, file === files.at(-1), (event) => tally.take(file, event))
    tally.end(file, { problems, earlier, duration: performance.now() - began })
    if (gone) process = undefined
    earlier = gone ? [] : [...earlier, file]
  }
}
