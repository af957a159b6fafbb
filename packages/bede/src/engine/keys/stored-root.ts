import { randomBytes } from 'node:crypto'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'
import { internalCall } from '../internal-call.ts'
import { field, input, is, text, value } from '../internal-statement.ts'
import { secretLength } from './root-secret.ts'

/** The row of bede.secret that holds it. */
const name = 'root'

/**
 * The root that a backend without a secret of its own keeps in its database, so that all of its processes have the same;
 * made where it is not there yet: two processes that start at once end up with one. Throws a Problem `invalid-setting`
 * for a stored root that is not one: the backend does not start (class 103).
 */
export async function storedRoot(connection: Connection, planner: Planner): Promise<Uint8Array> {
  const make = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model: platform.secret,
      values: { name: input('name', text), value: input('value', text) },
      exists: { key: ['name'], then: 'keep' },
    },
  })
  const read = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      from: { model: platform.secret, as: 'row', where: is('eq', 'name', text) },
      item: { kind: 'object', members: { value: value(field('value'), text) } },
    },
  })
  let [stored] = (await read.run(connection, { name })) ?? []
  if (stored == null) {
    await make.run(connection, { name, value: randomBytes(secretLength).toString('base64url') })
    ;[stored] = (await read.run(connection, { name })) ?? []
  }
  return parseRoot(stored ?? null)
}

function parseRoot(stored: string | null): Uint8Array {
  const row: unknown = stored === null ? undefined : JSON.parse(stored)
  const value =
    typeof row === 'object' && row !== null && 'value' in row && typeof row.value === 'string' ? row.value : ''
  const root = Buffer.from(value, 'base64url')
  if (root.length === secretLength && root.toString('base64url') === value) return root
  throw new Problem('invalid-setting', {
    message: `The stored key '${name}' is not a key of ${secretLength} bytes`,
    hint: `Restore the row '${name}' of bede.secret, or delete it: Bede makes a new one at its next start, and what the old one signed is no longer accepted.`,
  })
}
