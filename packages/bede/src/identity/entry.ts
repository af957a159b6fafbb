import type { SignedIn } from '../declare/handler.ts'
import { type Actor, isSystem } from '../engine/call.ts'
import { credentialOf } from '../engine/credential.ts'
import type { Within } from '../engine/runtime.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Services } from './services.ts'
import { sessionHeaders } from './session-answer.ts'

/** How somebody has shown who they are. */
export type Method = 'register' | 'password'

/**
 * The one door through which an account comes in, however it has shown whose it is: what every sign-in has to pass is
 * asked here and cannot be gone around by another way in (class 96).
 */
export async function enter(
  services: Services,
  within: Within,
  actor: Actor,
  method: Method,
  how: { readonly cookie?: boolean } = {},
): Promise<SignedIn<Actor>> {
  const { accounts, sessions, states, audit, base, tidy, serviceAccounts } = services
  const { connection, agent } = within
  if (accounts.identity.administration && (await states.suspended(connection, actor.id)))
    throw new Problem('account-suspended')
  // Nobody signs in to what is no person's, whatever they have found out.
  if (await serviceAccounts?.has(connection, actor.id)) throw new Problem('wrong-credentials')
  const now = base.clock()
  const opened = await sessions.open(connection, actor.id, now, { ...how, ...(agent !== undefined && { agent }) })
  // In which organization they act is the session's to say.
  const found = accounts.identity.organizations && (await sessions.find(connection, { id: opened.id }, now))
  const who = found?.actor ?? actor
  await leave(services, within, actor, opened.cookie === true)
  await audit.note(within, 'session.opened', { account: actor.id, details: { method } })
  tidy()
  const { token, expiresAt, refreshToken } = opened
  return {
    token,
    expiresAt,
    ...(refreshToken !== undefined && { refreshToken }),
    headers: sessionHeaders(services, opened),
    actor: who,
    db: within.db(who),
  }
}

/** Ends the session the call came with, where the new one takes its place: the same account's, or the same cookie's. */
async function leave({ sessions }: Services, within: Within, actor: Actor, cookie: boolean): Promise<void> {
  const before = within.actor
  if (before === null || isSystem(before)) return
  const came = credentialOf(before)
  if (came?.kind !== 'session') return
  if (before.id === actor.id || (came.cookie && cookie)) await sessions.end(within.connection, came.id, before.id)
}
