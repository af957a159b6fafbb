import type { Expr } from '../../expr/expr.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'
import { internalCall } from '../internal-call.ts'
import { call, field, input, is, text, value } from '../internal-statement.ts'
import type { Keys } from './keys.ts'

/** The names of the secrets under which rows of this database are sealed, kept in the database: rows of bede.secret. */
export interface SecretsInUse {
  /**
   * Notes the current secret. Throws a Problem `invalid-setting` where rows are sealed under one that is not given: a
   * backend that cannot read its own rows, or would write them under the secret of another place, does not start
   * (class 103).
   */
  check(connection: Connection, keys: Keys): Promise<void>
  /** Nothing is sealed under it any more. */
  forget(connection: Connection, id: string): Promise<void>
  list(connection: Connection): Promise<readonly string[]>
}

const beginning = 'key '
const name = field('name')
const sent = input('name', text)

export function secretsInUse(planner: Planner): SecretsInUse {
  const literal: Expr = { kind: 'literal', value: beginning, type: text }
  const list = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'list',
      from: { model: platform.secret, as: 'row', where: call('startsWith', name, literal) },
      item: value(name, text),
    },
  })
  const note = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model: platform.secret,
      values: { name: sent, value: sent },
      exists: { key: ['name'], then: 'keep' },
    },
  })
  const forget = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'delete',
      model: platform.secret,
      target: is('eq', 'name', text),
      absent: 'ok',
    },
  })
  const listed = async (connection: Connection): Promise<readonly string[]> => {
    const [body] = (await list.run(connection, {})) ?? []
    const names: readonly string[] = JSON.parse(body ?? '[]') // our own rows
    return names.map((one) => one.slice(beginning.length))
  }
  return {
    async check(connection, keys) {
      const known = await listed(connection)
      const missing = known.filter((id) => !keys.ids.includes(id))
      if (missing.length > 0) throw notGiven(missing)
      const [current = ''] = keys.ids
      if (!known.includes(current)) await note.run(connection, { name: beginning + current })
    },
    async forget(connection, id) {
      await forget.run(connection, { name: beginning + id })
    },
    list: listed,
  }
}

const notGiven = (missing: readonly string[]): Problem =>
  new Problem('invalid-setting', {
    message: `Rows of this database are sealed under ${missing.length === 1 ? 'the secret' : 'the secrets'} ${missing.join(', ')}, which BEDE_SECRET and BEDE_SECRET_PREVIOUS do not name.`,
    hint: 'Add what BEDE_SECRET was to BEDE_SECRET_PREVIOUS; bede secrets rotate seals the rows anew, and then it may go.',
  })
