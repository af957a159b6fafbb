import { createHash, createHmac } from 'node:crypto'
import type { Json } from '../../expr/value.ts'
import type { InputField } from '../../manifest/manifest.ts'
import { idempotencyKeyIndex } from '../../manifest/platform/idempotency.ts'
import { platform } from '../../manifest/platform/names.ts'
import { hasSecrets } from '../../manifest/secret-inputs.ts'
import type { Planner } from '../../sql/planner.ts'
import { type Connection, StoreError } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type Actor, isSystem, type OperationCall } from '../call.ts'
import { canonicalJson, joined } from '../canonical.ts'
import type { Hasher } from '../hasher.ts'
import { replaceSecrets } from '../input/secrets.ts'
import type { Input } from '../input/validate.ts'
import { internalCall } from '../internal-call.ts'
import { call, field, input, integer, is, text, time, value } from '../internal-statement.ts'

/** What tells one use of an `Idempotency-Key` from another. */
export interface Use {
  readonly scope: string
  readonly key: string
  readonly fingerprint: string
}

export interface KeptAnswer {
  readonly fingerprint: string
  readonly status: number
  readonly body: string | null
  readonly createdAt: string
}

/** The answers kept for `Idempotency-Key`, in the platform's table. */
export interface KeptAnswers {
  find(connection: Connection, use: Use): Promise<KeptAnswer | undefined>
  /** Takes the key, in the transaction of the work; who comes second waits here, then fails on the unique index. */
  take(connection: Connection, use: Use, now: string): Promise<void>
  keep(connection: Connection, use: Use, status: number, body: string | null): Promise<void>
  forget(connection: Connection, use: Use): Promise<void>
  /** Deletes what is older than `before` (RFC 3339). */
  purge(connection: Connection, before: string): Promise<void>
}

/** How long an answer is kept. */
export const keptFor = 24 * 60 * 60 * 1000

const longestKey = 255

/** The key as it may be used: 1 to 255 printable ASCII characters. Throws a Problem `malformed-request`. */
export function checkKey(key: string): string {
  if (key.length > 0 && key.length <= longestKey && /^[\x20-\x7e]+$/.test(key)) return key
  throw new Problem('malformed-request', {
    message: 'The Idempotency-Key cannot be read',
    hint: `Send 1 to ${longestKey} printable ASCII characters, for example a UUID.`,
  })
}

/**
 * Whose keys these are. Ids of actors and the other names cannot meet (class 25). `tenants`: the actor's fields that say
 * in which tenant it acts; what it was answered in one is not for another.
 */
export function scopeOf(actor: OperationCall['actor'], tenants: readonly string[]): string {
  if (actor === null) return 'anonymous'
  if (isSystem(actor)) return 'system'
  const id = actor.id satisfies Actor['id']
  return tenants.length === 0
    ? `actor:${id}`
    : `tenant:${JSON.stringify([id, ...tenants.map((name) => actor[name] ?? null)])}`
}

/**
 * SHA-256 over the operation and its input; `keyed`: under the key, where a guess at an input that is encrypted elsewhere
 * could be checked against it. A secret of the input goes in as an argon2id digest under a salt that only
 * this backend can make: the fingerprint is stored, and a guess at a password must not be checked against it.
 */
export async function fingerprint(
  operation: string,
  fields: Readonly<Record<string, InputField>>,
  input: Input,
  hashing: {
    readonly hasher: Hasher
    readonly key: Uint8Array
    readonly keyed: boolean
    readonly use: Omit<Use, 'fingerprint'>
    /** What tells the files of the call from others; undefined: it has none. */
    readonly files?: Json | undefined
    /** The media type of the answer, where there is a choice and it is not the usual one. */
    readonly media?: string | undefined
  },
): Promise<string> {
  const { hasher, key, keyed, use, files, media } = hashing
  const salt = () =>
    createHmac('sha256', key)
      .update(joined(operation, use.scope, use.key))
      .digest()
      .subarray(0, 16)
  const open = hasSecrets(fields)
    ? await replaceSecrets(fields, input, (secret) => hasher.digest(secret, salt()))
    : input
  const hash = keyed ? createHmac('sha256', key).update('request') : createHash('sha256')
  const more = [...(files === undefined ? [] : [canonicalJson(files)]), ...(media === undefined ? [] : [`as ${media}`])]
  return hash.update(joined(operation, canonicalJson(open), ...more)).digest('hex')
}

/** Whether the statement failed because the key was taken already. */
export const isTaken = (error: unknown): boolean =>
  error instanceof StoreError && error.failure === 'unique' && error.constraint === idempotencyKeyIndex

export function keptAnswers(planner: Planner): KeptAnswers {
  const model = platform.idempotency
  const target = call('and', is('eq', 'scope', text), is('eq', 'key', text))
  const members = {
    fingerprint: value(field('fingerprint'), text),
    status: value(field('status'), integer),
    body: value(field('body'), text),
    createdAt: value(field('createdAt'), time),
  }

  const find = internalCall(planner, {
    kind: 'read',
    answers: { kind: 'one', from: { model, as: 'row', where: target }, item: { kind: 'object', members } },
  })
  const take = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: {
        scope: input('scope', text),
        key: input('key', text),
        fingerprint: input('fingerprint', text),
        status: input('status', integer),
      },
    },
  })
  const keep = internalCall(planner, {
    kind: 'write',
    write: { kind: 'update', model, target, set: { status: input('status', integer), body: input('body', text) } },
  })
  const forget = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target, absent: 'ok' } })
  const old = call('lt', field('createdAt'), input('before', time))
  const purge = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: old, absent: 'ok' } })

  return {
    async find(connection, { scope, key }) {
      const row = await find.run(connection, { scope, key })
      return row?.[0] == null ? undefined : (JSON.parse(row[0]) as KeptAnswer) // our own row, written by `take` or the planner
    },
    async take(connection, use, now) {
      await take.run(connection, { ...use, status: 0 }, { now })
    },
    async keep(connection, { scope, key }, status, body) {
      await keep.run(connection, { scope, key, status, body })
    },
    async forget(connection, { scope, key }) {
      await forget.run(connection, { scope, key })
    },
    async purge(connection, before) {
      await purge.run(connection, { before })
    },
  }
}
