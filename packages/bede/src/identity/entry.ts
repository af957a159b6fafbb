import type { SignedIn } from '../declare/handler.ts'
import { type Actor, isSystem } from '../engine/call.ts'
import { bringing, credentialOf } from '../engine/credential.ts'
import type { Within } from '../engine/runtime.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Method } from './method.ts'
import { challengeOf } from './second-factor/challenge.ts'
import type { Factor } from './second-factor/second-factor.ts'
import { factorsOf } from './second-factor/shown.ts'
import type { Services } from './services.ts'
import { sessionHeaders } from './session-answer.ts'

/**
 * The one door through which an account comes in, however it has shown whose it is: what every sign-in has to pass is
 * asked here and cannot be gone around by another way in (class 96). `second`: what was shown beside the first step.
 * Throws a Problem `second-factor-required` where nothing was and the account asks for it.
 */
export async function enter(
  services: Services,
  within: Within,
  actor: Actor,
  method: Method,
  { second, ...how }: { readonly cookie?: boolean; readonly second?: Factor } = {},
): Promise<SignedIn<Actor>> {
  const { accounts, lookUp, sessions, states, audit, base, tidy, serviceAccounts } = services
  const { connection, agent } = within
  if (accounts.identity.administration && (await states.suspended(connection, actor.id)))
    throw new Problem('account-suspended')
  // Nobody signs in to what is no person's, whatever they have found out.
  if (await serviceAccounts?.has(connection, actor.id)) throw new Problem('wrong-credentials')
  // Whoever has opened what was sent to the address has confirmed it.
  const byMail = method === 'magic-link' || method === 'email-code'
  const confirmed = accounts.identity.email?.verify !== 'required' || byMail
  if (!confirmed && !(await lookUp.byId(connection, actor.id))?.verified) throw new Problem('email-not-verified')
  if (second === undefined) await askSecond(services, within, actor, method)
  const now = base.clock()
  const opened = await sessions.open(connection, actor.id, now, { ...how, ...(agent !== undefined && { agent }) })
  // In which organization they act is the session's to say.
  const found = accounts.identity.organizations && (await sessions.find(connection, { id: opened.id }, now))
  const who = found?.actor ?? actor
  await leave(services, within, actor, opened.cookie === true)
  await audit.note(within, 'session.opened', { account: actor.id, details: { method, ...(second && { second }) } })
  tidy()
  const { id, token, expiresAt, refreshToken } = opened
  bringing(who, { kind: 'session', id, token, provenAt: now })
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

/** Nothing is kept of the first step: what it has come to goes to the caller, sealed. */
async function askSecond(services: Services, within: Within, { id: account }: Actor, method: Method): Promise<void> {
  const { secondFactor, base } = services
  if (!secondFactor || !(await secondFactor.isOn(within.reader(), account))) return
  const challenge = challengeOf(base.keys, { account, method, at: new Date(within.now) })
  const factors = await factorsOf(services, within, account, method)
  throw new Problem('second-factor-required', { members: { challenge, factors } })
}
