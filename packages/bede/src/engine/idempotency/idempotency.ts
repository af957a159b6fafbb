import type { Json } from '../../expr/value.ts'
import { tenantsOfActor } from '../../manifest/tenant.ts'
import { StoreError } from '../../store/driver.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import type { Uploads } from '../arriving.ts'
import { chosenOf } from '../handler/stated.ts'
import type { Place, Result, Work } from '../work.ts'
import { openedAnswer } from './closed-answer.ts'
import { checkKey, fingerprint, isTaken, type KeptAnswer, keptFor, scopeOf, type Use } from './kept-answer.ts'

/** How a call uses its `Idempotency-Key`; undefined when it has none, or only reads. Throws a Problem. */
export async function useOf(work: Work): Promise<Use | undefined> {
  const { operation, call, runtime } = work
  if (call.idempotencyKey === undefined || operation.kind === 'read') return undefined
  const key = checkKey(call.idempotencyKey)
  if (operation.kind === 'invoke' && operation.sensitive) {
    throw new Problem('malformed-request', {
      message: 'This answer holds a secret and is never kept, so it cannot be given again',
      hint: 'Send the request without Idempotency-Key.',
    })
  }
  // Where one acts cannot be part of whose the key is where it is what the call changes.
  const moves = operation.kind === 'invoke' && operation.moves === true
  const use = { scope: scopeOf(call.actor, moves ? [] : tenantsOfActor(runtime.manifest)), key }
  const [current = ''] = await fingerprints(work, use, [runtime.keys.derive('fingerprint')])
  return { ...use, fingerprint: current }
}

/**
 * Does the work the first time its key is used; afterwards gives the answer that was kept. The work keeps its answer in
 * its own statement or transaction, so the unique index decides who is first, and a refusal keeps nothing.
 *
 * The second one can fail on anything the first has changed (its row is there, its state has moved on) before it meets
 * the index: so whatever it fails on, the kept answer is looked for first.
 */
export async function once(
  work: Work & { readonly use: Use },
  attempt: (place: Place) => Promise<Result>,
): Promise<Result> {
  const { use, place, runtime } = work
  for (let again = false; ; again = true) {
    try {
      const result = await apart(place, attempt)
      purge(work)
      return result
    } catch (error) {
      if (!settled(error)) throw error
      const kept = await runtime.kept.find(place.connection, use)
      if (kept && !expired(kept, work)) return await replay(kept, work)
      // The key was freed between the two statements, or its day is over: the work is done after all, once.
      if (again || !(kept || isTaken(error))) throw error
      if (kept) await runtime.kept.forget(place.connection, use)
    }
  }
}

/** The fingerprint of the request under each of these keys. */
async function fingerprints(
  { name, operation, call, input, uploads, runtime: { hasher, encryption } }: Work,
  use: Omit<Use, 'fingerprint'>,
  keys: readonly Uint8Array[],
): Promise<readonly string[]> {
  const made: string[] = []
  const files = uploads && digestsOf(uploads)
  const media = operation.kind === 'invoke' ? chosenOf(operation, call.accept) : undefined
  const hashing = { hasher, keyed: encryption !== undefined, use, files, media }
  for (const key of keys) made.push(await fingerprint(name, operation.input, input, { ...hashing, key }))
  return made
}

/** What tells files from others: their names and their bytes. */
const digestsOf = (uploads: Uploads): Json =>
  Object.entries(uploads).map(([name, files]) => [
    name,
    ...[files].flat().map((file) => file && [file.name, file.type, file.sha256]),
  ])

/** In a shared transaction a failure must not take the others with it before the kept answer is found. */
const apart = (place: Place, attempt: (place: Place) => Promise<Result>): Promise<Result> =>
  place.inTransaction ? place.connection.transaction((connection) => attempt({ ...place, connection })) : attempt(place)

/** Errors that say how the world is, and not that it could not be asked. */
function settled(error: unknown): boolean {
  if (error instanceof StoreError)
    return error.failure === 'unique' || error.failure === 'foreign' || error.failure === 'check'
  return isProblem(error) && error.status < 499
}

async function replay(kept: KeptAnswer, work: Work & { readonly use: Use }): Promise<Result> {
  const { use, runtime } = work
  // What was kept before the secret was changed has a fingerprint under the one before.
  const earlier = async () => fingerprints(work, use, runtime.keys.all('fingerprint').slice(1))
  if (kept.fingerprint !== use.fingerprint && !(await earlier()).includes(kept.fingerprint)) {
    throw new Problem('idempotency-mismatch', {
      hint: 'Make a new key for every new request; repeat a key only with the very same request.',
    })
  }
  const body =
    kept.body !== null && work.operation.kind === 'invoke' ? openedAnswer(runtime, use, kept.body) : kept.body
  return { kind: 'kept', status: kept.status, body }
}

const expired = (kept: KeptAnswer, { runtime }: Work): boolean =>
  Date.parse(kept.createdAt) + keptFor <= runtime.clock().valueOf()

/** At most once in so many milliseconds, some call takes the old keys away, without waiting for it. */
const purgeEvery = 60 * 60 * 1000
const purged = new WeakMap<object, number>()

function purge({ runtime, place }: Work): void {
  const now = runtime.clock().valueOf()
  if (place.inTransaction || now - (purged.get(runtime) ?? 0) < purgeEvery) return
  purged.set(runtime, now)
  runtime.background('purge kept answers', () =>
    runtime.kept.purge(runtime.connection, new Date(now - keptFor).toISOString()),
  )
}
