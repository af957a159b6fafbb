import { isMembers } from '../../engine/complete.ts'
import type { Keys } from '../../engine/keys/keys.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type Method, methods } from '../method.ts'
import { readTicket, ticketOf } from '../ticket.ts'

/** A sign-in of which the first step is done. */
export interface Begun {
  /** No other one has it. */
  readonly id: string
  readonly account: string | number
  /** How the first step was done. */
  readonly method: Method
  readonly at: Date
}

/** What its challenge is good for. */
export const secondStep = 'second-factor'
/** Seconds in which the second step is to be done: time to find the phone. */
export const challengeLasts = 600

/** What the caller holds until the second step. Whoever has it can do nothing with it but that. */
export const challengeOf = (keys: Keys, { account, method, at }: Omit<Begun, 'id'>): string =>
  ticketOf(keys, secondStep, { account, method }, at)

/** Throws a Problem `invalid-challenge` for what is none of ours, or too old. */
export function readChallenge(keys: Keys, challenge: string, now: Date): Begun {
  const ticket = readTicket(keys, secondStep, challenge, { now, lasts: challengeLasts })
  if (!ticket || !isMembers(ticket.data)) throw new Problem('invalid-challenge')
  const { account, method: named } = ticket.data
  const method = methods.find((one) => one === named)
  if (method === undefined || (typeof account !== 'string' && typeof account !== 'number'))
    throw new TypeError('a challenge says whose it is')
  return { id: ticket.id, at: ticket.at, account, method }
}
