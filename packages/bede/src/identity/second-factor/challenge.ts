import { randomUUID } from 'node:crypto'
import { isMembers } from '../../engine/complete.ts'
import type { Keys } from '../../engine/keys/keys.ts'
import { open, seal } from '../../engine/keys/seal.ts'
import type { Json } from '../../expr/value.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { type Method, methods } from '../method.ts'

/** A sign-in of which the first step is done. */
export interface Begun {
  /** No other one has it. */
  readonly id: string
  readonly account: string | number
  /** How the first step was done. */
  readonly method: Method
  readonly at: Date
}

/** Seconds in which the second step is to be done: time to find the phone. */
export const challengeLasts = 600

const purpose = 'second-factor'
const bound = ['a sign-in that has begun']

/**
 * What the caller holds until the second step. It is sealed and kept by nobody: the refusal that carries it undoes all
 * that its call has written, and it must outlive that. Whoever holds it can do nothing with it but the second step.
 */
export const challengeOf = (keys: Keys, { account, method, at }: Omit<Begun, 'id'>): string =>
  seal(keys, purpose, JSON.stringify({ id: randomUUID(), account, method, at: at.toISOString() }), bound)

/** Throws a Problem `invalid-challenge` for what is none of ours, or too old. */
export function readChallenge(keys: Keys, challenge: string, now: Date): Begun {
  const begun = begunFrom(opened(keys, challenge))
  if (begun && now.valueOf() - begun.at.valueOf() <= challengeLasts * 1000) return begun
  throw new Problem('invalid-challenge')
}

function opened(keys: Keys, challenge: string): Json {
  try {
    return JSON.parse(open(keys, purpose, challenge, bound).toString('utf8'))
  } catch (error) {
    if (isProblem(error)) throw new Problem('invalid-challenge', { cause: error })
    throw error
  }
}

function begunFrom(json: Json): Begun | undefined {
  if (!isMembers(json)) return undefined
  const { id, account, at } = json
  const method = methods.find((one) => one === json.method)
  if (typeof id !== 'string' || method === undefined || typeof at !== 'string') return undefined
  if (typeof account !== 'string' && typeof account !== 'number') return undefined
  return { id, account, method, at: new Date(at) }
}
