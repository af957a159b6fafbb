/** A length of time as people write it: `30s`, `30m`, `12h`, `14d`. */
export type Span = `${number}${'s' | 'm' | 'h' | 'd'}`

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** The seconds of a span; undefined when it is none, or nothing. */
export function readSpan(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const length = Number(count) * (units[unit] ?? Number.NaN)
  return length > 0 ? length : undefined
}
