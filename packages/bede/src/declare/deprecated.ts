import { Problem } from '../telemetry/problem.ts'

/** That callers should move on, said with every answer (RFC 9745 `Deprecation`, RFC 8594 `Sunset`). */
export interface Deprecated {
  /** Since which day: `2026-01-01`. */
  readonly since: string
  /** From which day it may be gone. */
  readonly sunset?: string
  /** Where it is written what to do instead. */
  readonly link?: string
}

const day = /^\d{4}-\d{2}-\d{2}$/

/** Checks the days. Throws a Problem `invalid-declaration`. */
export function deprecated(place: string, said: Deprecated | undefined): Deprecated | undefined {
  if (said === undefined) return undefined
  for (const [name, value] of [['since', said.since] as const, ['sunset', said.sunset] as const]) {
    if (value !== undefined && (!day.test(value) || Number.isNaN(Date.parse(value)))) {
      throw new Problem('invalid-declaration', {
        message: `${place}: deprecated.${name} is ${JSON.stringify(value)}, which is not a day`,
        hint: 'Write it as YYYY-MM-DD.',
      })
    }
  }
  if (said.sunset !== undefined && said.sunset < said.since) {
    throw new Problem('invalid-declaration', { message: `${place}: the sunset is before the deprecation` })
  }
  return said
}
