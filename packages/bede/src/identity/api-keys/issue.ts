import { allows, checkProof } from '../../engine/authorize.ts'
import { isSystem } from '../../engine/call.ts'
import { credentialOf } from '../../engine/credential.ts'
import { lock, locksFor } from '../../engine/exclusive.ts'
import { after } from '../../engine/internal-statement.ts'
import type { Within } from '../../engine/runtime.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { IdentityHands } from '../hands.ts'
import type { Services } from '../services.ts'
import { keyWord, type NewKey, newKey } from './key.ts'
import type { ApiKeys, Issuer } from './store.ts'

type Id = string | number

/** What a new key is asked to be. */
export interface Asked {
  readonly name: string
  readonly scopes: readonly string[]
  /** RFC 3339; absent: as long as it may live. */
  readonly expiresAt?: string | undefined
}

/** Whose it will be. */
export interface Holder {
  readonly account: Id
  /** In which it acts. */
  readonly organization?: Id
  readonly service: string | null
}

/** The keys of an app that has them. */
export function keysOf({ services }: Pick<IdentityHands, 'services'>): ApiKeys {
  if (services.apiKeys) return services.apiKeys
  throw new Problem('internal', { message: 'An operation of API keys was called without any' })
}

/**
 * The key that this call came with, as one that may make and change others; undefined: it came with something else. One
 * that was rotated may not: whoever has found it must not outlive what was done against that (class 28).
 */
export async function issuerOf(hands: IdentityHands): Promise<Issuer | undefined> {
  const { within } = hands
  const came = credentialOf(within.actor)
  if (came?.kind !== 'key') return undefined
  const issuer = await keysOf(hands).issuer(within.connection, came.token, new Date(within.now))
  if (issuer) return issuer
  throw new Problem('forbidden', {
    message: 'This key was rotated: it is good for calls a while longer, and makes and changes no keys',
    hint: 'Call with the key that took its place.',
  })
}

/**
 * The same, for what gives a secret out: whoever comes with a session proves again who they are, where the app asks for
 * that. A key cannot, and is held by its own limits.
 */
export async function provenIssuerOf(hands: IdentityHands): Promise<Issuer | undefined> {
  const issuer = await issuerOf(hands)
  const { within, services } = hands
  const asks = services.accounts.identity.stepUp?.within
  if (!issuer && asks !== undefined) checkProof({ stepUp: asks }, within.actor, within.now)
  return issuer
}

/** Makes a key within the limits of the app and, where a key makes it, of that one (class 28). Its text is shown this once. */
export async function issueKey(hands: IdentityHands, asked: Asked, { account, organization, service }: Holder) {
  const { within, services } = hands
  const { perAccount, max } = services.accounts.identity.apiKeys ?? { perAccount: 0, max: 0 }
  const keys = keysOf(hands)
  const now = new Date(within.now)
  const parent = await provenIssuerOf(hands)
  const scopes = [...new Set(asked.scopes)].sort()
  const beyond = scopes.find((scope) => parent && !parent.scopes.includes(scope))
  if (beyond !== undefined)
    throw new Problem('insufficient-scope', {
      message: `A key gives no scope that it does not have, as '${beyond}'`,
      hint: 'Ask for fewer scopes, or make the key with your session.',
      challenge: { error: 'insufficient_scope', scope: beyond },
    })
  const longest = new Date(after(now, max))
  const last = parent && parent.expiresAt < longest ? parent.expiresAt : longest
  const expiresAt = endOf(asked, now, last)
  // Each that is made counts those that were made at the same time.
  await lock(within.connection, locksFor('auth.keys', [account], true), within.signal)
  if ((await keys.count(within.connection, account, now)) >= perAccount)
    throw new Problem('conflict', {
      message: `There are ${perAccount} keys, which is as many as there may be`,
      hint: 'Delete one that is not used any more.',
    })
  const { name } = asked
  const made = mint(services)
  const from = { service: service ?? parent?.service ?? null, parent: parent?.id ?? null }
  const place = { account, ...(organization !== undefined && { organization }) }
  const added = { ...made, name, scopes, ...place, ...from, expiresAt }
  const id = await keys.add(within.connection, added, now)
  await services.audit.note(within, 'key.created', { account, details: { key: id, name, scopes } })
  services.tidy()
  return { id, ...made, name, scopes, expiresAt }
}

/** The text of a new key. */
export const mint = ({ base, accounts }: Services): NewKey =>
  newKey(accounts.identity.apiKeys?.prefix ?? keyWord(base.manifest.name))

function endOf({ expiresAt }: Asked, now: Date, last: Date): string {
  if (expiresAt === undefined) return last.toISOString()
  const end = new Date(expiresAt)
  if (end > now && end <= last) return end.toISOString()
  throw new Problem('invalid-value', {
    details: [
      {
        place: '/expiresAt',
        code: 'invalid-value',
        message: `This key can end until ${last.toISOString()}, and not before it begins`,
        hint: 'Leave it out for the longest life.',
      },
    ],
  })
}

/** The account that calls; null: nobody does, or the system. */
export const callerOf = ({ actor }: Within): Id | null => (actor === null || isSystem(actor) ? null : actor.id)

/** Whether the caller makes services and their keys. */
export function mayServe({ within, services }: IdentityHands): boolean {
  const { actor, now } = within
  const rule = services.accounts.identity.apiKeys?.services
  if (actor === null || isSystem(actor)) return actor !== null
  return rule !== undefined && allows(rule, actor, {}, now)
}
