/** Chance that is the same on every run: mulberry32, 32 bits of state, good enough for prose. */
export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number
  /** One of them. */
  of<T>(choices: readonly [T, ...T[]]): T
  /** Some different ones, at most `count`, in random order. */
  some<T>(choices: readonly T[], count: number): T[]
}

export const createRandom = (seed: number): Random => {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(next() * end)
  return {
    below,
    of: (choices) => choices[below(choices.length)] ?? choices[0],
    some: (choices, count) => {
      const left = [...choices]
      const taken = Math.min(count, left.length)
      return Array.from({ length: taken }, () => left.splice(below(left.length), 1)).flat()
    },
  }
}
