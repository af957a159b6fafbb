import { milliseconds, readDuration } from '../../expr/duration.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { IdentityHands } from '../hands.ts'
import { callerOf, issuerOf, keysOf, mayServe, mint, provenIssuerOf } from './issue.ts'
import type { Changed, Issuer, Reach } from './store.ts'

/** How long a key that was rotated may be good beside the one that took its place, in milliseconds. */
const longestOverlap = 7 * 24 * 60 * 60 * 1000

export async function renameKey(hands: IdentityHands, id: string, name: string): Promise<void> {
  const changed = await keysOf(hands).rename(hands.within.connection, reachOf(hands, id, await issuerOf(hands)), name)
  await noted(hands, 'key.renamed', changed)
}

/** Ends it, with all that was made with it. */
export async function revokeKey(hands: IdentityHands, id: string): Promise<void> {
  const changed = await keysOf(hands).revoke(hands.within.connection, reachOf(hands, id, await issuerOf(hands)))
  await noted(hands, 'key.revoked', changed)
}

/**
 * Puts another key in its place, of the same scopes and the same end; the one before is good for the `overlap` (an ISO
 * 8601 duration) as well. What was made with it stays.
 */
export async function rotateKey(hands: IdentityHands, id: string, overlap: string) {
  const { within, services } = hands
  const now = new Date(within.now)
  const next = mint(services)
  const until = endOf(overlap, now)
  const reach = reachOf(hands, id, await provenIssuerOf(hands))
  const done = await keysOf(hands).rotate(within.connection, reach, { ...next, until }, now)
  if (done === 'busy')
    throw new Problem('conflict', {
      message: 'This key was rotated, and the one before it is good still',
      hint: 'Wait until that has ended, or end it now: overlap PT0S.',
    })
  const { name, scopes, expiresAt } = await noted(hands, 'key.rotated', done)
  return { id, ...next, name, scopes, expiresAt, previousUntil: until }
}

/** RFC 3339; null: at once. */
function endOf(overlap: string, now: Date): string | null {
  const length = readDuration(overlap)
  const time = length ? milliseconds(length) : Number.NaN
  if (time >= 0 && time <= longestOverlap) return time === 0 ? null : new Date(now.valueOf() + time).toISOString()
  const message = 'The key before may be good for another 7 days at most'
  throw new Problem('invalid-value', {
    details: [{ place: '/overlap', code: 'invalid-value', message, hint: 'Write it like P1D, PT1H or PT0S.' }],
  })
}

/** Who asks for a key of this id: an account for its own, a key for itself and those it has made. */
function reachOf(hands: IdentityHands, id: string, issuer: Issuer | undefined): Reach {
  return { id, account: callerOf(hands.within), services: mayServe(hands), key: issuer?.id ?? null }
}

/** Whoever asks for a key that is not theirs is told that there is none (class 34). */
async function noted(
  { within, services }: IdentityHands,
  event: string,
  changed: Changed | undefined,
): Promise<Changed> {
  if (!changed) throw new Problem('not-found', { message: 'There is no such key' })
  const { id, name, account } = changed
  await services.audit.note(within, event, { account, details: { key: id, name } })
  return changed
}
