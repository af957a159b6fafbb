import { randomBytes } from 'node:crypto'
import type { Expr } from '../expr/expr.ts'
import type { ValueType } from '../expr/value.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import { Problem } from '../telemetry/problem.ts'
import { internalCall } from './internal-call.ts'

/** The keys of one backend, one per purpose: what one signs, another does not accept (class 86). */
export interface Keys {
  /** Of the cursors that lists give out. */
  readonly cursor: Uint8Array
  /** Of the fingerprints of requests that hold secrets. */
  readonly fingerprint: Uint8Array
}

const keyLength = 32
const text: ValueType = { kind: 'text' }
const input = (name: string): Expr => ({ kind: 'input', path: [name], type: text })

/**
 * Reads the keys of this database, and makes those that are not there yet: two processes that start at once end up with
 * the same. Throws a Problem `invalid-setting` for a stored key that is not one: the backend does not start (class 103).
 */
export async function loadKeys(connection: Connection, planner: Planner): Promise<Keys> {
  const make = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model: platform.secret,
      values: { name: input('name'), value: input('value') },
      exists: { key: ['name'], then: 'keep' },
    },
  })
  const read = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      from: {
        model: platform.secret,
        as: 'row',
        where: { kind: 'call', fn: 'eq', args: [{ kind: 'field', row: 'row', field: 'name' }, input('name')] },
      },
      item: {
        kind: 'object',
        members: { value: { kind: 'value', expr: { kind: 'field', row: 'row', field: 'value' }, type: text } },
      },
    },
  })

  const load = async (name: string): Promise<Uint8Array> => {
    let [stored] = (await read.run(connection, { name })) ?? []
    if (stored == null) {
      await make.run(connection, { name, value: randomBytes(keyLength).toString('base64url') })
      ;[stored] = (await read.run(connection, { name })) ?? []
    }
    return parseKey(name, stored ?? null)
  }
  return { cursor: await load('cursor'), fingerprint: await load('fingerprint') }
}

function parseKey(name: string, stored: string | null): Uint8Array {
  const row: unknown = stored === null ? undefined : JSON.parse(stored)
  const value =
    typeof row === 'object' && row !== null && 'value' in row && typeof row.value === 'string' ? row.value : ''
  const key = Buffer.from(value, 'base64url')
  if (key.length === keyLength && key.toString('base64url') === value) return key
  throw new Problem('invalid-setting', {
    message: `The stored key '${name}' is not a key of ${keyLength} bytes`,
    hint: `Restore the row '${name}' of bede.secret, or delete it: Bede makes a new one at its next start, and what the old one signed is no longer accepted.`,
  })
}
