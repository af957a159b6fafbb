/** How long statements take in the server, by their names, as they were seen to. */
export interface Paces {
  /** Milliseconds; infinite for a statement that was not seen yet, or has no name. */
  of(name: string | undefined): number
  seen(name: string | undefined, milliseconds: number): void
}

/** More than an app has; beyond, all are learned again. */
const most = 5_000
/** Of a longer time so much is believed at once; of a shorter one all, because waiting can only lengthen it. */
const weight = 0.1

export function createPaces(): Paces {
  const known = new Map<string, number>()
  return {
    of: (name) => (name === undefined ? Number.POSITIVE_INFINITY : (known.get(name) ?? Number.POSITIVE_INFINITY)),
    seen(name, milliseconds) {
      if (name === undefined) return
      const before = known.get(name) ?? milliseconds
      if (known.size >= most) known.clear()
      known.set(name, milliseconds < before ? milliseconds : before + weight * (milliseconds - before))
    },
  }
}
