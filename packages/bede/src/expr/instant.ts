/** Times in memory and the one form in which JSON writes each (value.ts). Milliseconds are the finest unit everywhere. */

const DAY = 86_400_000
const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIME = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,3}))?$/

/** Milliseconds since the epoch of an RFC 3339 timestamp (§5.6), or undefined when it is not one. */
export function readTimestamp(text: string): number | undefined {
  const parts = TIMESTAMP.exec(text)
  if (!parts || !isDay(parts[1]!, parts[2]!, parts[3]!) || Number(parts[1]) === 0) return undefined
  const at = Date.parse(text.toUpperCase())
  return Number.isNaN(at) ? undefined : at
}

/** `2026-11-21T04:06:18.000Z`: always UTC, always three digits, so that text order is time order. */
export const writeTimestamp = (at: number): string => {
  const text = new Date(at).toISOString()
  return text.startsWith('+') ? text.slice(1).replace(/^0+/, '') : text
}

/** Milliseconds since the epoch of a date's midnight (UTC), or undefined when it is not a calendar day. */
export function readDate(text: string): number | undefined {
  const parts = DATE.exec(text)
  if (!parts || !isDay(parts[1]!, parts[2]!, parts[3]!) || Number(parts[1]) === 0) return undefined
  return Date.parse(`${text}T00:00:00Z`)
}

export const writeDate = (at: number): string => writeTimestamp(at).split('T')[0]!

/** Milliseconds since midnight, or undefined. */
export function readTime(text: string): number | undefined {
  const parts = TIME.exec(text)
  if (!parts) return undefined
  const fraction = Number((parts[4] ?? '').padEnd(3, '0'))
  return ((Number(parts[1]) * 60 + Number(parts[2])) * 60 + Number(parts[3])) * 1000 + fraction
}

/** `HH:MM:SS`, then the fraction without trailing zeros where there is one. */
export const writeTime = (at: number): string => trimmed(new Date(at).toISOString().slice(11, 23))

const trimmed = (time: string): string =>
  time.replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') || time.includes('.') ? '' : zeros))

export const startOfDay = (at: number): number => Math.floor(at / DAY) * DAY

function isDay(year: string, month: string, day: string): boolean {
  const date = new Date(Date.UTC(2000, Number(month) - 1, Number(day)))
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}
