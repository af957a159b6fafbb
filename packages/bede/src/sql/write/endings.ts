import type { ValueType } from '../../expr/value.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { BoundScan, WritePlan } from '../../plan/plan.ts'
import { identifier, modelIn, parameter, type SqlContext, table } from '../context.ts'
import { type Clause, clause } from './clauses.ts'

/** What an account signs in with or holds. */
const held = [
  platform.session,
  platform.oneTime,
  platform.apiKey,
  platform.passkey,
  platform.totp,
  platform.recoveryCode,
]
/** What its password opens, or would open. */
const opened = [platform.session, platform.oneTime]

const id: ValueType = { kind: 'id', model: platform.session }

/**
 * What ends with an account's row, in the same statement, whatever operation it is (class 99): all it has, when it is
 * deleted and the row stays; and what was opened with its password, when that becomes another one, but for the session in
 * which its owner does so. `asSystem`: what the system writes as a password says itself what ends with it, since it also
 * hashes one again.
 */
export function endingClauses(write: WritePlan<BoundScan>, asSystem: boolean, context: SqlContext): readonly Clause[] {
  const { identity, models } = context.manifest
  if (!identity || !Object.hasOwn(models, identity.model)) return []
  const account = context.writes.get(identity.model)
  if (account?.written === undefined) return []
  const gone = !account.remain && modelIn(context, identity.model).softDelete !== undefined
  if (gone) return ended(held, account.written, undefined, context)
  if (asSystem || write.model !== identity.model || write.kind === 'delete') return []
  const set = write.kind === 'update' ? write.set : (write.exists?.set ?? {})
  if (!Object.hasOwn(set, identity.password)) return []
  return [...ended(opened, clause.written, platform.session, context), ...halfDone(clause.written, context)]
}

/** `spared`: the kind of which the one stays in which it happens. */
const ended = (
  kinds: readonly string[],
  rows: string,
  spared: string | undefined,
  context: SqlContext,
): readonly Clause[] =>
  kinds
    .filter((kind) => Object.hasOwn(context.manifest.models, kind))
    .map((kind, index) => {
      const { identity } = context.manifest
      const model = modelIn(context, kind)
      const own = modelIn(context, identity?.model ?? '')
      const column = (name: string) => identifier(context, model.fields[name]?.column ?? name)
      const whose = identifier(context, own.fields[own.id]?.column ?? 'id')
      const keep =
        kind === spared
          ? ` and "e".${column('id')} is distinct from ${parameter(context, { kind: 'origin', part: 'session' }, id)}`
          : ''
      // What they act with as somebody else ends with their own.
      const acting = model.fields.impersonatorId ? ` or "e".${column('impersonatorId')} = "w".${whose}` : ''
      return {
        name: `$ended${index}`,
        sql: `delete from ${table(context, model)} "e" using ${identifier(context, rows)} "w" where ("e".${column('accountId')} = "w".${whose}${keep}${acting}) returning 1`,
      }
    })

/** A sign-in that stands before its second step rests on the password it began with. */
function halfDone(rows: string, context: SqlContext): readonly Clause[] {
  const { identity, models } = context.manifest
  if (!Object.hasOwn(models, platform.totp)) return []
  const app = modelIn(context, platform.totp)
  const own = modelIn(context, identity?.model ?? '')
  const column = (name: string) => identifier(context, app.fields[name]?.column ?? name)
  const whose = identifier(context, own.fields[own.id]?.column ?? 'id')
  const now = parameter(context, { kind: 'now' }, { kind: 'timestamp' })
  const sql = `update ${table(context, app)} "e" set ${column('endedAt')} = ${now} from ${identifier(context, rows)} "w" where "e".${column('accountId')} = "w".${whose} returning 1`
  return [{ name: '$halfDone', sql }]
}
