import type { Auth } from '../declare/handler.ts'
import type { Actor } from '../engine/call.ts'
import type { Within } from '../engine/runtime.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Services } from './services.ts'

/** What identity's own handlers are given beside what every handler is given. */
export interface IdentityHands {
  /** The call's own transaction. */
  readonly within: Within
  readonly services: Services
}

const hands = new WeakMap<object, IdentityHands>()

/** Keeps them beside a handler's `auth`, out of the reach of an app's own handlers. */
export function handing<A extends Auth<Actor>>(auth: A, own: IdentityHands): A {
  hands.set(auth, own)
  return auth
}

export function handsOf(auth: object): IdentityHands {
  const own = hands.get(auth)
  if (own) return own
  throw new Problem('internal', { message: 'An operation of identity was called without an identity' })
}
