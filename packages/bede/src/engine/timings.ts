export type Timings = readonly (readonly [stage: string, milliseconds: number])[]

/** Measures the stages of one call, one after the other. */
export interface Stopwatch {
  readonly timings: Timings
  /** Runs one stage and keeps how long it took, also when it throws. */
  stage<T>(name: string, work: () => T): T
  /** The same for work that takes turns of the event loop. */
  waiting<T>(name: string, work: () => Promise<T>): Promise<T>
}

export function stopwatch(): Stopwatch {
  const timings: (readonly [string, number])[] = []
  return {
    timings,
    stage(name, work) {
      const start = performance.now()
      try {
        return work()
      } finally {
        timings.push([name, performance.now() - start])
      }
    },
    async waiting(name, work) {
      const start = performance.now()
      try {
        return await work()
      } finally {
        timings.push([name, performance.now() - start])
      }
    },
  }
}
