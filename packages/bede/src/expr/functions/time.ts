import { exact } from '../../toolkit/exact.ts'
import { type Duration, durationBetween, milliseconds } from '../duration.ts'
import { startOfDay } from '../instant.ts'
import { isTime } from '../kinds.ts'
import type { FunctionName } from '../names.ts'
import type { ValueType } from '../value.ts'
import { type Argument, expected, type FunctionRule, integer, type Mistake, mistake, strict } from './rule.ts'

const date: ValueType = { kind: 'date' }
const duration: ValueType = { kind: 'duration' }

const DATE_UNITS = ['year', 'month', 'week', 'day']
const UNITS = [...DATE_UNITS, 'hour', 'minute', 'second']
const CLOCK = ['hour', 'minute', 'second']
const LENGTHS = ['week', 'day', ...CLOCK]

const moved = ([value, by]: readonly Argument[]): ValueType | Mistake => {
  if (value && !isTime(value.type)) return expected('a timestamp or a date', value.type)
  if (by && by.type.kind !== 'duration') return expected('a duration', by.type, 'For the time between two: .since(…).')
  return value?.type ?? date
}

/** A date stays a date: what is less than a day is left off. */
const move = (direction: 1 | -1): FunctionRule =>
  strict<[number, Duration]>([2, 2], moved, ([at, by], [type]) => {
    const to = at + direction * milliseconds(by)
    return type?.kind === 'date' ? startOfDay(to) : to
  })

const between = ([a, b]: readonly Argument[]): ValueType | Mistake => {
  if (a && !isTime(a.type)) return expected('a timestamp or a date', a.type)
  return a && b && a.type.kind !== b.type.kind ? expected(`a ${a.type.kind}`, b.type) : duration
}

const unitOf = (unit: Argument | undefined, known: readonly string[]): Mistake | undefined => {
  if (typeof unit?.literal === 'string' && known.includes(unit.literal)) return undefined
  return mistake(`expects one of ${known.join(', ')}`, 'The unit is written in the declaration; it cannot be computed.')
}

const start = ([unit, value]: readonly Argument[]): ValueType | Mistake => {
  if (value && !isTime(value.type)) return expected('a timestamp or a date', value.type)
  return unitOf(unit, value?.type.kind === 'date' ? DATE_UNITS : UNITS) ?? value?.type ?? date
}

const PARTS: Readonly<Record<string, readonly string[]>> = {
  timestamp: [...UNITS, 'weekday'],
  date: [...DATE_UNITS, 'weekday'],
  time: CLOCK,
  duration: LENGTHS,
}

const parted = ([unit, value]: readonly Argument[]): ValueType | Mistake => {
  const known = value && PARTS[value.type.kind]
  if (value && !known) return expected('a timestamp, a date, a time or a duration', value.type)
  return unitOf(unit, known ?? []) ?? integer
}

export const timeFunctions = {
  plus: move(1),
  minus: move(-1),
  between: strict<[number, number]>([2, 2], between, ([later, earlier]) => durationBetween(earlier, later)),
  startOf: strict<[string, number]>([2, 2], start, ([unit, at]) => startOf(unit, at)),
  part: strict<[string, number | Duration]>([2, 2], parted, ([unit, value]) =>
    exact(
      BigInt(
        typeof value === 'number' ? partOf(unit, value) : Math.trunc(milliseconds(value) / (LENGTH[unit] ?? 1000)),
      ),
    ),
  ),
  toDate: strict<[number]>(
    [1, 1],
    ([value]) => (value && !isTime(value.type) ? expected('a timestamp', value.type) : date),
    ([at]) => startOfDay(at),
  ),
} satisfies Partial<Record<FunctionName, FunctionRule>>

const LENGTH: Readonly<Record<string, number>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
}

/** In UTC; weeks start on Monday (ISO 8601). */
function startOf(unit: string, at: number): number {
  const length = LENGTH[unit]
  if (unit === 'week') return startOfDay(at) - (weekday(at) - 1) * 86_400_000
  if (length !== undefined) return Math.floor(at / length) * length
  const day = new Date(startOfDay(at))
  day.setUTCDate(1)
  if (unit === 'year') day.setUTCMonth(0)
  return day.getTime()
}

const weekday = (at: number): number => new Date(at).getUTCDay() || 7

function partOf(unit: string, at: number): number {
  const time = new Date(at)
  switch (unit) {
    case 'year':
      return time.getUTCFullYear()
    case 'month':
      return time.getUTCMonth() + 1
    case 'week':
      return week(at)
    case 'day':
      return time.getUTCDate()
    case 'hour':
      return time.getUTCHours()
    case 'minute':
      return time.getUTCMinutes()
    case 'weekday':
      return weekday(at)
    default:
      return time.getUTCSeconds()
  }
}

/** The week that holds the year's first Thursday is its first (ISO 8601 §2.2.10). */
function week(at: number): number {
  const thursday = startOf('week', at) + 3 * 86_400_000
  return 1 + Math.floor((thursday - startOf('year', thursday)) / 604_800_000)
}
