import { randomUUID } from 'node:crypto'
import { isMembers } from '../engine/complete.ts'
import type { Keys } from '../engine/keys/keys.ts'
import { open, seal } from '../engine/keys/seal.ts'
import type { Json } from '../expr/value.ts'
import { isProblem } from '../telemetry/problem.ts'

/**
 * What a caller holds for a while and shows again: sealed, and kept by nobody, so that giving one writes nothing and
 * nothing that undoes its call undoes it. Once it has been made use of, its id is to be spent.
 */
export interface Ticket {
  /** No other one has it. */
  readonly id: string
  readonly at: Date
  readonly data: Json
}

const bound = ['a ticket']

/** In base64url. `purpose`: what it is good for, and nothing else is (class 84). */
export const ticketOf = (keys: Keys, purpose: string, data: Json, now: Date): string =>
  seal(keys, purpose, JSON.stringify({ id: randomUUID(), at: now.toISOString(), data }), bound)

/** Undefined: none of ours, of another purpose, or older than `lasts` seconds. */
export function readTicket(
  keys: Keys,
  purpose: string,
  text: string,
  { now, lasts }: { readonly now: Date; readonly lasts: number },
): Ticket | undefined {
  const json = opened(keys, purpose, text)
  if (!isMembers(json) || typeof json.id !== 'string' || typeof json.at !== 'string') return undefined
  const at = new Date(json.at)
  return now.valueOf() - at.valueOf() <= lasts * 1000 ? { id: json.id, at, data: json.data ?? null } : undefined
}

function opened(keys: Keys, purpose: string, text: string): Json {
  try {
    return JSON.parse(open(keys, purpose, text, bound).toString('utf8'))
  } catch (error) {
    if (isProblem(error) && error.code === 'sealed-value') return null
    throw error
  }
}
