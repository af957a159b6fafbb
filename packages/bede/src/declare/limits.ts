import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import { readSpan, type Span } from '../toolkit/span.ts'

/** So many points at once; those that were spent come back evenly, all of them in the time of `per`. */
export interface Quota {
  readonly points: number
  /** `30s`, `1m`, `12h`, `7d`. */
  readonly per: Span
}

/** Whose points a call spends: every limit that says something of the caller holds. */
export interface Limits {
  /** Of one account, whatever it comes with. */
  readonly perActor?: Quota
  /** Of one API key. Its calls spend points of its account, too: more keys are no more calls. */
  readonly perKey?: Quota
  /** Of one address; of IPv6 one network of 64 bits. */
  readonly perAddress?: Quota
}

/** What all calls of one caller together may cost; `off`: they are not counted by this. */
export type AppLimits = { readonly [N in keyof Limits]: Limits[N] | 'off' } | 'off'

/** What an operation says of how often it may be called. */
export interface Limited {
  /** Points that a call costs; 1 unless said otherwise. */
  readonly cost?: number
  /** What the calls of this operation alone may cost, beside what all calls together may. */
  readonly limits?: Limits
}

export interface RecordedQuota {
  readonly points: number
  /** Seconds. */
  readonly per: number
}
export type RecordedLimits = { readonly [N in keyof Limits]: RecordedQuota }
export type RecordedAppLimits = { readonly [N in keyof Limits]: RecordedQuota | 'off' }
export interface RecordedLimited {
  readonly cost?: number
  readonly limits?: RecordedLimits
}

const names = ['perActor', 'perKey', 'perAddress'] as const
const dearest = 1_000_000
const mostPoints = 1_000_000_000
/** In seconds: what is counted for longer than a day is a count of the app's own, in its own rows. */
const longest = 86_400
const example = "{ perActor: { points: 600, per: '1m' } }"

/** What an operation says, or, `within` an exposure, what that says of it. Throws a Problem `invalid-declaration`. */
export function recordLimited(
  { cost, limits }: { readonly cost?: unknown; readonly limits?: unknown },
  within = '',
): RecordedLimited | undefined {
  if (cost === undefined && limits === undefined) return undefined
  if (cost !== undefined && !isWhole(cost, dearest))
    throw wrong(`${within}cost is ${JSON.stringify(cost)}`, `Say a whole number of points from 1 to ${dearest}.`)
  const recorded = limits === undefined ? undefined : recordLimits(limits, `${within}limits`, quotaOf)
  return { ...(cost !== undefined && { cost: Number(cost) }), ...(recorded && { limits: recorded }) }
}

/** What an exposure says of its operations, by the last part of their names. Throws a Problem `invalid-declaration`. */
export function recordPerOperation(said: unknown): Readonly<Record<string, RecordedLimited>> {
  if (said === undefined) return {}
  const form = "Write perOperation: { create: { cost: 5, limits: { perActor: { points: 10, per: '1h' } } } }."
  if (!isObject(said)) throw wrong(`perOperation is ${JSON.stringify(said)}`, form)
  return Object.fromEntries(
    Object.entries(said).flatMap(([name, one]) => {
      const place = `perOperation.${name}`
      if (one === undefined) return []
      if (!isObject(one)) throw wrong(`${place} is ${JSON.stringify(one)}`, form)
      const other = Object.keys(one).find((member) => member !== 'cost' && member !== 'limits')
      if (other !== undefined) throw wrong(`${place} has no '${other}'`, 'It says cost, limits or both.')
      return [[name, recordLimited(one, `${place}.`) ?? {}] as const]
    }),
  )
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the app says of all calls. Throws a Problem `invalid-declaration`. */
export const recordAppLimits = (said: unknown): RecordedAppLimits | undefined =>
  said === undefined
    ? undefined
    : said === 'off'
      ? { perActor: 'off', perKey: 'off', perAddress: 'off' }
      : recordLimits(said, 'app limits', (quota, place) => (quota === 'off' ? 'off' : quotaOf(quota, place)))

function recordLimits<Q>(
  said: unknown,
  place: string,
  quota: (said: unknown, place: string) => Q,
): { readonly [N in keyof Limits]: Q } {
  if (!isObject(said)) throw wrong(`${place} is ${JSON.stringify(said)}`, `Write ${place}: ${example}.`)
  const other = Object.keys(said).find((name) => !names.some((one) => one === name))
  if (other !== undefined) {
    const meant = nearest(other, names)
    throw wrong(
      `${place} has no '${other}'`,
      meant === undefined ? `Limits are ${names.join(', ')}.` : `Perhaps you meant '${meant}'.`,
    )
  }
  const given: Readonly<Record<string, unknown>> = { ...said }
  return Object.fromEntries(
    names.flatMap((name) => (given[name] === undefined ? [] : [[name, quota(given[name], `${place}.${name}`)]])),
  )
}

function quotaOf(said: unknown, place: string): RecordedQuota {
  const { points, per }: { readonly points?: unknown; readonly per?: unknown } = Object(said)
  const seconds = typeof per === 'string' ? readSpan(per) : undefined
  if (isWhole(points, mostPoints) && seconds !== undefined && seconds <= longest) return { points, per: seconds }
  throw wrong(
    `${place} is ${JSON.stringify(said)}`,
    `Write { points: 600, per: '1m' }: a whole number of points, and a time of at most a day.`,
  )
}

const isWhole = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most

const wrong = (message: string, hint: string): Problem => new Problem('invalid-declaration', { message, hint })
