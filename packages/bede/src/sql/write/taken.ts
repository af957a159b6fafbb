import type { BoundScan, WritePlan } from '../../plan/plan.ts'
import { identifier, modelIn, parameter, type SqlContext, table } from '../context.ts'
import { digestOf } from '../digest.ts'
import { indexName } from '../names.ts'
import { updateClauses } from './change.ts'
import { clause, withClauses } from './clauses.ts'
import { proposalClauses } from './create.ts'

export const takenShape = ['constraint', 'table'] as const

/** Rows about to be written: where they stand, and which fields they were given. */
interface Proposed {
  readonly model: string
  readonly from: string
  readonly given: readonly string[]
}

/** Whether a write gives a unique field a value that is encrypted. */
export const givesUnique = (write: WritePlan<BoundScan>, context: SqlContext): boolean =>
  proposedBy(write).some((one) => uniquesOf(one, context).length > 0)

/**
 * Asked before a write while values are hashed under several keys: the unique index of which another row has the value,
 * hashed under an earlier key. The index itself knows equal values by equal hashes, and those are of one key. Rows under an
 * earlier key are only ever rewritten to the current one, so none can come between this and the write.
 */
export function compileTaken(write: WritePlan<BoundScan>, context: SqlContext): string {
  const clauses =
    write.kind === 'create'
      ? proposalClauses(write, context)
      : write.kind === 'update'
        ? updateClauses(write, { ifMatch: false, dry: true }, context)
        : []
  const found = proposedBy(write).flatMap((one) =>
    uniquesOf(one, context).map(({ name, fields }) => {
      const model = modelIn(context, one.model)
      const columnOf = (field: string) => identifier(context, model.fields[field]?.column ?? field)
      const isClosed = (field: string) => model.fields[field]?.type.kind === 'encrypted'
      const same = fields.map((field) =>
        isClosed(field)
          ? `(${parameter(context, { kind: 'earlier', model: one.model, field }, { kind: 'json' })} -> "n".${columnOf(model.id)}::text) ? ${digestOf(`"m".${columnOf(field)}`, context.dialect)}`
          : `"m".${columnOf(field)} = "n".${columnOf(field)}`,
      )
      const other = [`"m".${columnOf(model.id)} <> "n".${columnOf(model.id)}`, ...notThere(write, columnOf)]
      const living = model.softDelete === undefined ? [] : [`"m".${columnOf(model.softDelete)} is null`]
      const where = [...same, ...other, ...living].join(' and ')
      const text = (of: string) => context.dialect.literal(of, { kind: 'text' })
      return `select ${text(indexName(name))}, ${text(model.table)} where exists(select 1 from ${table(context, model)} "m" join ${identifier(context, one.from)} "n" on ${where})`
    }),
  )
  return `${withClauses(clauses, context)} ${found.join(' union all ')} limit 1`
}

/** An upsert may find its own row there. */
const notThere = (write: WritePlan<BoundScan>, columnOf: (field: string) => string): readonly string[] =>
  write.kind === 'create' && write.exists
    ? [`not (${write.exists.key.map((field) => `"m".${columnOf(field)} = "n".${columnOf(field)}`).join(' and ')})`]
    : []

function proposedBy(write: WritePlan<BoundScan>): readonly Proposed[] {
  if (write.kind === 'create') {
    const children = write.children.map(
      (child, index): Proposed => ({ model: child.model, from: `$new${index}`, given: Object.keys(child.values) }),
    )
    return [{ model: write.model, from: clause.fresh, given: Object.keys(write.values) }, ...children]
  }
  return write.kind === 'update' ? [{ model: write.model, from: clause.fresh, given: Object.keys(write.set) }] : []
}

const uniquesOf = ({ model, given }: Proposed, context: SqlContext) => {
  const { fields, indexes } = modelIn(context, model)
  return indexes.filter(
    ({ unique, fields: over }) =>
      unique && over.some((field) => fields[field]?.type.kind === 'encrypted' && given.includes(field)),
  )
}
