import { shownSize } from '../../../toolkit/size.ts'

/** What one request has made a server do: what it answered and held in bytes, what it wrote in rows, its work in milliseconds. */
export interface Made {
  readonly answered: number
  readonly written: number
  readonly held: number
  readonly worked: number
}

/** A number that was sent, and what came of it. */
export interface Step {
  readonly n: number
  readonly made: Made
}

interface Scale {
  /** Less than this comes and goes by itself. */
  readonly noise: number
  /** So much, made by one number, is too much. */
  readonly most: number
  shown(amount: number): string
}

const measures = ['answered', 'written', 'held', 'worked'] as const
export type Measure = (typeof measures)[number]

const scales: Readonly<Record<Measure, Scale>> = {
  answered: { noise: 10_000, most: 5 * 1024 ** 2, shown: (bytes) => `${shownSize(bytes)} answered` },
  written: { noise: 10, most: 10_000, shown: (rows) => `${rows} rows written` },
  held: { noise: 4 * 1024 ** 2, most: 64 * 1024 ** 2, shown: (bytes) => `${shownSize(Math.max(0, bytes))} held` },
  worked: { noise: 50, most: 2_000, shown: (time) => `${Math.round(time)} ms of work` },
}

/** What a number has made of one measure, beyond what the smallest did: as far as that is more than comes and goes by itself. */
export const growth = (measure: Measure, { made: last }: Step, { made: first }: Step): number => {
  const grown = last[measure] - first[measure]
  return grown < scales[measure].noise ? 0 : grown
}

/** By which measure a number makes too much more than the smallest does. */
export const overgrown = (last: Step, first: Step): Measure | undefined =>
  measures.find((one) => growth(one, last, first) >= scales[one].most)

export const shownMade = (measure: Measure, { [measure]: amount }: Made): string => scales[measure].shown(amount)

/** What is not seen is taken to be so many times less than what could be. */
const unseen = 10

/** However fast it grows, the next number is so many times the last one. */
const leastStep = 1.1

/** Close together where some code takes twice as long for one more, and far apart where it would have been seen. */
const ladder = [1, 2, 5, 8, 10, 12, 15, 20, 25, 30, 40, 50, 70, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8]

/**
 * The number to try after these steps, up to `most`: the next one of the ladder, or a smaller one that is expected to make
 * twice what is too much. So whoever asks is never given more than it can bear. Undefined: there is none.
 */
export function nextNumber({ first, before, last }: Climbed, most: number): number | undefined {
  if (last.n >= most) return undefined
  const usual = Math.min(most, ladder.find((n) => n > last.n) ?? most)
  const bearable = measures.map((one) => {
    const amount = growth(one, last, first)
    if (amount === 0) return usual
    const earlier = Math.max(growth(one, before, first), scales[one].noise / unseen)
    // The power of the number by which it has grown: as fast as the number itself, if not faster.
    const power = Math.max(1, Math.log(amount / earlier) / Math.log(last.n / before.n))
    return last.n * ((2 * scales[one].most) / amount) ** (1 / power)
  })
  return Math.min(usual, Math.max(Math.ceil(last.n * leastStep), Math.floor(Math.min(...bearable))))
}

/** The smallest number, and the last two of those that were tried. */
export interface Climbed {
  readonly first: Step
  readonly before: Step
  readonly last: Step
}
