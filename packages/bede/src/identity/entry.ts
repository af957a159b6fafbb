import type { SignedIn } from '../declare/handler.ts'
import type { Actor } from '../engine/call.ts'
import type { Within } from '../engine/runtime.ts'
import type { Services } from './services.ts'

/** How somebody has shown who they are. */
export type Method = 'register' | 'password'

/**
 * The one door through which an account comes in, however it has shown whose it is: what every sign-in has to pass is
 * asked here and cannot be gone around by another way in (class 96).
 */
export async function enter(
  { accounts, sessions, audit, base, tidy }: Services,
  within: Within,
  actor: Actor,
  method: Method,
): Promise<SignedIn<Actor>> {
  const { agent } = within
  const now = base.clock()
  const opened = await sessions.open(within.connection, actor.id, now, agent === undefined ? {} : { agent })
  // In which organization they act is the session's to say.
  const found = accounts.identity.organizations && (await sessions.find(within.connection, { id: opened.id }, now))
  const who = found?.actor ?? actor
  await audit.note(within, 'session.opened', { account: actor.id, details: { method } })
  tidy()
  return { ...opened, actor: who, db: within.db(who) }
}
