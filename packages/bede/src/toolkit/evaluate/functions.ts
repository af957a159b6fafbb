import {
  absExact,
  ceilExact,
  compareExact,
  divideExact,
  type Exact,
  exact,
  floorExact,
  multiplyExact,
  roundExact,
  truncateExact,
} from '../exact.ts'

/** Why a function has no answer. */
export class NoAnswer {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

interface Numeric {
  /** How many numbers it takes. */
  readonly least: number
  readonly most: number
  run(given: readonly Exact[]): Exact | NoAnswer
}

const best = (given: readonly Exact[], sign: number): Exact =>
  given.reduce((a, b) => (compareExact(b, a) * sign > 0 ? b : a))

/** Places after the point that `round`, `floor` and `ceil` may be asked for. */
const MOST_PLACES = 100

function toPlaces(given: readonly Exact[], round: (value: Exact, places: number) => Exact): Exact | NoAnswer {
  const [value = zero, places = zero] = given
  const count = wholeOf(places)
  if (count === undefined || Math.abs(count) > MOST_PLACES)
    return new NoAnswer(`the number of places is whole, from -${MOST_PLACES} to ${MOST_PLACES}`)
  return round(value, count)
}

const zero = exact(0n)
const shifted = (value: Exact, places: number): Exact =>
  places >= 0 ? multiplyExact(value, exact(10n ** BigInt(places))) : multiplyExact(value, exact(1n, -places))
const stepwise =
  (step: (value: Exact) => Exact) =>
  (value: Exact, places: number): Exact =>
    shifted(step(shifted(value, places)), -places)

/** What callers may call, and nothing else. A map has no prototype to reach through (class 74). */
export const functions: ReadonlyMap<string, Numeric> = new Map<string, Numeric>([
  ['abs', { least: 1, most: 1, run: ([value = zero]) => absExact(value) }],
  ['min', { least: 1, most: 100, run: (given) => best(given, -1) }],
  ['max', { least: 1, most: 100, run: (given) => best(given, 1) }],
  ['round', { least: 1, most: 2, run: (given) => toPlaces(given, roundExact) }],
  ['floor', { least: 1, most: 2, run: (given) => toPlaces(given, stepwise(floorExact)) }],
  ['ceil', { least: 1, most: 2, run: (given) => toPlaces(given, stepwise(ceilExact)) }],
  ['sqrt', { least: 1, most: 1, run: ([value = zero]) => root(value) }],
])

/** A whole number of few digits, or undefined. */
export function wholeOf(value: Exact): number | undefined {
  const whole = truncateExact(value)
  if (compareExact(whole, value) !== 0 || absExact(whole).digits > 1_000_000n) return undefined
  return Number(whole.digits)
}

/** Digits after the point of a root that does not end. */
const ROOT_PLACES = 20

/** The square root, cut off after as many digits. */
function root(value: Exact): Exact | NoAnswer {
  if (value.digits < 0n) return new NoAnswer('a negative number has no square root')
  const scale = Math.max(ROOT_PLACES, value.scale)
  return { digits: wholeRoot(value.digits * 10n ** BigInt(2 * scale - value.scale)), scale }
}

/** Newton's method, from above. */
function wholeRoot(n: bigint): bigint {
  if (n < 2n) return n
  let x = 1n << BigInt(Math.ceil(n.toString(2).length / 2))
  for (;;) {
    const next = (x + n / x) / 2n
    if (next >= x) return x
    x = next
  }
}

/**
 * The power to a whole number. `tooLong` says of a number on the way whether it has more digits than it may.
 */
export function power(base: Exact, exponent: Exact, tooLong: (value: Exact) => boolean): Exact | NoAnswer {
  const count = wholeOf(exponent)
  if (count === undefined || Math.abs(count) > MOST_EXPONENT)
    return new NoAnswer(`an exponent is whole, from -${MOST_EXPONENT} to ${MOST_EXPONENT}`)
  if (count < 0 && base.digits === 0n) return new NoAnswer('zero has no negative power')
  let result = exact(1n)
  let square = base
  for (let rest = Math.abs(count); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiplyExact(result, square)
    if (tooLong(result) || (rest > 1 && tooLong(square))) return new NoAnswer('the number gets too long')
    if (rest > 1) square = multiplyExact(square, square)
  }
  return count < 0 ? divideExact(exact(1n), result) : result
}

const MOST_EXPONENT = 1000
