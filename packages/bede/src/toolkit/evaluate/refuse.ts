import { Problem } from '../../telemetry/problem.ts'

/** Makes the refusal of an expression at a character of it, from 0. */
export type Refuse = (at: number, message: string, hint?: string) => Problem

/** `place`: where the expression stands in the request. */
export const refuser =
  (place: string): Refuse =>
  (at, said, hint) => {
    const message = `At character ${at + 1}: ${said}`
    return new Problem('invalid-expression', {
      message,
      details: [{ place, code: 'invalid-expression', message, ...(hint === undefined ? {} : { hint }) }],
      ...(hint === undefined ? {} : { hint }),
    })
  }

/** Letters of a caller's name that are repeated. */
const LONGEST = 40

/** A name as a refusal repeats it. */
export const shown = (name: string): string => (name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name)
