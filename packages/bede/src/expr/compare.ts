import { compareExact, type Exact, floatOf } from '../toolkit/exact.ts'
import { type Duration, milliseconds } from './duration.ts'
import type { Value } from './memory.ts'

/**
 * Orders two values of one family as the database does: text by code point, numbers by size, durations by length
 * (a day is 24 hours), false before true. Neither is null.
 */
export function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return byCodePoint(a, b)
  if (isExact(a) && isExact(b)) return compareExact(a, b)
  if (isDuration(a) && isDuration(b)) return milliseconds(a) - milliseconds(b)
  const [x, y] = [numeral(a), numeral(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

/** A whole number meets a float as a float. */
const numeral = (value: Value): number => (isExact(value) ? (floatOf(value) ?? Number.NaN) : Number(value))

export const isExact = (value: Value): value is Exact =>
  typeof value === 'object' && value !== null && 'digits' in value
const isDuration = (value: Value): value is Duration => typeof value === 'object' && value !== null && 'days' in value

/** UTF-16 puts the surrogates of the higher planes before U+E000 to U+FFFF; code points, and UTF-8, do not. */
function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

const rank = (unit: number): number => (unit >= 0xe000 ? unit - 0x2000 : unit >= 0xd800 ? unit + 0x2000 : unit)
