import { setTimeout } from 'node:timers/promises'
import { GCProfiler, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes that this process, which serves the app, holds. */
const holds = (): number => {
  const { external, heapUsed } = process.memoryUsage()
  return external + heapUsed
}

/** Looks after which what was collected has been given back: that goes on behind everything else. */
const leastLooks = 3
const mostLooks = 20
/** Milliseconds. */
const pause = 50

function collect(): void {
  setFlagsFromString('--expose-gc')
  const collector: unknown = runInNewContext('gc')
  if (typeof collector === 'function') collector()
}

/** Bytes that are held when what earlier requests have left is gone. */
export async function settled(): Promise<number> {
  let least = holds()
  for (
    let look = 0, before = Number.POSITIVE_INFINITY;
    look < leastLooks || (look < mostLooks && least < before);
    look++
  ) {
    before = least
    collect()
    await setTimeout(pause)
    least = Math.min(least, holds())
  }
  return least
}

/** The same in less time, of what has left little. */
export async function tidied(): Promise<number> {
  collect()
  await setTimeout(pause)
  collect()
  return holds()
}

/**
 * What some work has made this process hold beyond what it held `before`, at the most: as it is now, or was before any
 * of its garbage was taken away. Where earlier work has left garbage, it may be less.
 */
export async function holding<T>(
  work: () => Promise<T>,
  before = holds(),
): Promise<{ readonly done: T; readonly held: number }> {
  const profiler = new GCProfiler()
  profiler.start()
  const done = await work()
  const collected = profiler.stop()?.statistics ?? []
  const most = Math.max(
    holds(),
    ...collected.map(({ beforeGC: { heapStatistics } }) => heapStatistics.externalMemory + heapStatistics.usedHeapSize),
  )
  return { done, held: most - before }
}
