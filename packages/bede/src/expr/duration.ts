/**
 * A duration in memory: days and milliseconds are kept apart, because a database writes `P1D` and `PT24H` differently,
 * though they are equal.
 */
export interface Duration {
  readonly days: number
  readonly ms: number
}

/** The longest duration a value may have, in days (about 10,000 years), so that no sum of a few leaves a database's range. */
export const LONGEST_DURATION_DAYS = 3_652_500

const DAY = 86_400_000
const FORM =
  /^([+-])?P(?=.)(?:(-?\d{1,8})W)?(?:(-?\d{1,8})D)?(?:T(?=.)(?:(-?\d{1,9})H)?(?:(-?\d{1,10})M)?(?:(-?)(\d{1,12})(?:\.(\d{1,3}))?S)?)?$/

/**
 * Reads an ISO 8601 duration (§5.5.2.3) of weeks, days, hours, minutes and seconds; years and months have no fixed
 * length and are not read. Undefined when it is not one, or is too long.
 */
export function readDuration(text: string): Duration | undefined {
  const parts = FORM.exec(text)
  if (!parts) return undefined
  const [, sign, weeks, days, hours, minutes, minus, seconds, fraction] = parts
  const s = (Number(seconds ?? 0) * 1000 + Number((fraction ?? '').padEnd(3, '0'))) * (minus ? -1 : 1)
  const direction = sign === '-' ? -1 : 1
  const duration = {
    days: direction * (Number(weeks ?? 0) * 7 + Number(days ?? 0)) + 0,
    ms: direction * (Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + s) + 0,
  }
  return Math.abs(duration.days) + Math.abs(duration.ms) / DAY > LONGEST_DURATION_DAYS ? undefined : duration
}

/** `P1DT2H3M4.5S`; each part carries its own sign; nothing at all is `PT0S`. */
export function writeDuration({ days, ms }: Duration): string {
  const hours = Math.trunc(ms / 3_600_000)
  const minutes = Math.trunc((ms % 3_600_000) / 60_000)
  const rest = ms % 60_000
  const seconds = Math.abs(rest) % 1000 === 0 ? String(rest / 1000) : (rest / 1000).toFixed(3).replace(/0+$/, '')
  const time =
    (hours === 0 ? '' : `${hours}H`) + (minutes === 0 ? '' : `${minutes}M`) + (rest === 0 ? '' : `${seconds}S`)
  const text = (days === 0 ? '' : `${days}D`) + (time === '' ? '' : `T${time}`)
  return text === '' ? 'PT0S' : `P${text}`
}

/** Its length: a day is 24 hours, as in UTC it always is. */
export const milliseconds = ({ days, ms }: Duration): number => days * DAY + ms

/** The duration from one instant to another, whole days apart from the rest. */
export const durationBetween = (from: number, to: number): Duration => ({
  days: Math.trunc((to - from) / DAY) + 0,
  ms: ((to - from) % DAY) + 0,
})
