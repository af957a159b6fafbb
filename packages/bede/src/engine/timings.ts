export type Timings = readonly (readonly [stage: string, milliseconds: number])[]

/** Where nobody is told them. */
export const untimed: Pick<Stopwatch, 'timings' | 'ended'> = { timings: [], ended: () => {} }

/** Measures the stages of one call, one after the other. */
export class Stopwatch {
  readonly timings: (readonly [stage: string, milliseconds: number])[] = []
  #since = performance.now()

  /** The stage that ends here began where the one before ended. */
  ended(stage: string): void {
    const now = performance.now()
    this.timings.push([stage, now - this.#since])
    this.#since = now
  }
}
