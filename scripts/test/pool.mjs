// Runs test files in a few processes at a time, and tells a tally what became of each.
import { startProcess } from './process.mjs'

/**
 * @param {object} options
 * @param {readonly (readonly string[])[]} options.batches absolute paths; those of a batch share a process
 * @param {number} options.concurrency how many processes run at a time
 * @param {{ take: Function, end: Function }} options.tally is told of each file's tests, and of its end
 * @param {object} options.process what `startProcess` takes
 */
export async function runBatches({ batches, concurrency, tally, process }) {
  const queue = [...batches]
  const slot = async () => {
    for (let batch = queue.shift(); batch; batch = queue.shift()) await runBatch(batch, tally, process)
  }
  await Promise.all(Array.from({ length: concurrency }, slot))
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
