import { milliseconds, readDuration } from '../../expr/duration.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { IdentityHands } from '../hands.ts'
import { callerOf, issuerOf, keysOf, mayServe, mint } from './issue.ts'
import type { Changed, Reach } from './store.ts'

/** How long a key that was rotated may be good beside the one that took its place, in milliseconds. */
const longestOverlap = 7 * 24 * 60 * 60 * 1000

export async function renameKey(hands: IdentityHands, id: string, name: string): Promise<void> {
  const changed = await keysOf(hands).rename(hands.within.connection, await reachOf(hands, id), name)
  await noted(hands, 'key.renamed', changed)
}

/** Ends it, with all that was made with it. */
export async function revokeKey(hands: IdentityHands, id: string): Promise<void> {
  const changed = await keysOf(hands).revoke(hands.within.connection, await reachOf(hands, id))
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
  const reach = await reachOf(hands, id)
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
async function reachOf(hands: IdentityHands, id: string): Promise<Reach> {
  const key = (await issuerOf(hands))?.id ?? null
  return { id, account: callerOf(hands.within), services: mayServe(hands), key }
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
