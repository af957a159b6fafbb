import { credentialOf } from '../engine/credential.ts'
import type { Within } from '../engine/runtime.ts'
import type { Connection } from '../store/driver.ts'
import type { Opened, Sessions } from './sessions.ts'

/** Kinds of what an account signs in with or holds. `oneTime`: links and codes on their way. */
export type CredentialKind = 'session' | 'oneTime' | 'apiKey' | 'passkey'

/** `others`: all but the session in which it happened, which goes on under another token. */
type Fate = 'all' | 'others' | 'none'

/**
 * What ends when what it rests on is gone (class 99). `role.changed` stands for any change of a field of the actor, by
 * whatever operation: nothing of a role is in a credential, each use is with what the account's row says then.
 * `account.claimed`: somebody has shown that an address is theirs which nobody had shown to be theirs before.
 */
export const killList = {
  'password.changed': { session: 'others', oneTime: 'all', apiKey: 'none', passkey: 'none' },
  'password.reset': { session: 'all', oneTime: 'all', apiKey: 'all', passkey: 'none' },
  'account.claimed': { session: 'all', oneTime: 'all', apiKey: 'all', passkey: 'all' },
  'factor.changed': { session: 'others', oneTime: 'all', apiKey: 'none', passkey: 'none' },
  'login.changed': { session: 'others', oneTime: 'all', apiKey: 'none', passkey: 'none' },
  'sessions.ended': { session: 'others', oneTime: 'none', apiKey: 'none', passkey: 'none' },
  'role.changed': { session: 'none', oneTime: 'none', apiKey: 'none', passkey: 'none' },
  'account.signed-out': { session: 'all', oneTime: 'all', apiKey: 'all', passkey: 'none' },
  'account.suspended': { session: 'all', oneTime: 'all', apiKey: 'all', passkey: 'none' },
  'account.deleted': { session: 'all', oneTime: 'all', apiKey: 'all', passkey: 'all' },
} as const satisfies Readonly<Record<string, Readonly<Record<CredentialKind, Fate>>>>

/** What ends credentials. */
export type EndingEvent = keyof typeof killList

/** One kind of credential, and how all of an account's end. */
export interface Endable {
  readonly kind: CredentialKind
  /** `keep`: the id of the one that goes on. */
  endAll(connection: Connection, account: string | number, keep?: string): Promise<void>
}

/** Ends credentials when what they rest on is gone. */
export interface Ending {
  /**
   * Ends what the kill list says, in the transaction of what happened. Answers the session it happened in under its new
   * token, where that one goes on: whoever called has to be given it.
   */
  after(within: Within, event: EndingEvent, account: string | number): Promise<Opened | undefined>
}

export const createEnding = (kinds: readonly Endable[], sessions: Sessions): Ending => ({
  async after(within, event, account) {
    const { connection, actor, now } = within
    const fates: Readonly<Record<CredentialKind, Fate>> = killList[event]
    const came = credentialOf(actor)
    const own = came?.kind === 'session' && actor !== null && 'id' in actor && actor.id === account ? came : undefined
    for (const { kind, endAll } of kinds) {
      const fate = fates[kind]
      if (fate !== 'none') await endAll(connection, account, fate === 'others' ? own?.id : undefined)
    }
    return own && fates.session === 'others' ? sessions.rotate(connection, own, new Date(now)) : undefined
  },
})
