import type { Call, Expr } from '../expr/expr.ts'
import type { FunctionName } from '../expr/names.ts'
import type { FieldDefinition } from '../model/definition.ts'
import type { BoundScan } from '../plan/plan.ts'
import { column, fieldIn, modelIn, rawColumn, type SqlContext } from './context.ts'
import type { Operand } from './dialect.ts'
import { partOfKey } from './key.ts'

type Compile = (expr: Expr<BoundScan>, context: SqlContext) => { readonly sql: string }

interface Stored {
  readonly row: string
  readonly field: FieldDefinition
}

/**
 * An equality with a column that an index can serve although the column is not of the type Bede would give it: one of
 * the database's own types, or an id that is made of several columns. Undefined: it is compared as everything is.
 */
export function compileComparison(expr: Call<BoundScan>, context: SqlContext, compile: Compile): string | undefined {
  if (expr.fn !== 'eq' && expr.fn !== 'ne' && expr.fn !== 'in') return undefined
  const [left, ...others] = expr.args
  if (left === undefined || others.length === 0) return undefined
  const [list] = others
  if (expr.fn === 'in' && others.length === 1 && list) {
    const among = keyAmong(left, list, context, compile)
    if (among !== undefined) return among
  }
  const equal = (a: Expr<BoundScan>, b: Expr<BoundScan>) =>
    equality(a, b, context, compile) ?? (expr.fn === 'in' ? undefined : equality(b, a, context, compile))
  const parts = others.map((other) => equal(left, other))
  if (parts.some((part) => part === undefined)) return undefined
  const all = parts.length === 1 ? String(parts[0]) : `(${parts.join(' or ')})`
  return expr.fn === 'ne' ? `(not ${all})` : all
}

function equality(a: Expr<BoundScan>, b: Expr<BoundScan>, context: SqlContext, compile: Compile): string | undefined {
  const stored = storedField(a, context)
  if (!stored || !(b.kind === 'field' || 'type' in b)) return undefined
  const { row, field } = stored
  const other = storedField(b, context)
  if (field.type.parts) {
    if (other ? !other.field.type.parts : b.kind === 'field' || b.type.kind === 'array') return undefined
    return keyEquality(stored, other, compile(b, context).sql, context)
  }
  if (field.native === undefined) return undefined
  const raw = rawColumn(context, row, field)
  const { native } = context.dialect
  if (other) {
    const same = other.field.native !== undefined && native.cast(other.field.native) === native.cast(field.native)
    return same ? `(${raw} = ${rawColumn(context, other.row, other.field)})` : undefined
  }
  const cast = 'type' in b ? native.comparable(field.native, field.type, b.type) : undefined
  return cast === undefined ? undefined : `(${raw} = (${compile(b, context).sql})::${cast})`
}

function keyEquality({ row, field }: Stored, other: Stored | undefined, sql: string, context: SqlContext): string {
  const parts = (field.type.parts ?? []).map((part, at) => {
    const otherPart = other?.field.type.parts?.[at]
    if (other && otherPart) {
      return `${column(context, row, part.field).sql} = ${column(context, other.row, otherPart.field).sql}`
    }
    const stored = fieldIn(context, context.rows.get(row) ?? '', part.field)
    const value = partOfKey(sql, at, part.type)
    const text = part.type.kind === 'choice' ? { kind: 'text' as const } : part.type
    const cast = stored.native && context.dialect.native.comparable(stored.native, stored.type, text)
    return cast
      ? `${rawColumn(context, row, stored)} = (${value})::${cast}`
      : `${column(context, row, part.field).sql} = ${value}`
  })
  return parts.length === 0 ? 'false' : `(${parts.join(' and ')})`
}

/** An id of several columns, which is one of a list of texts: each text is looked up in the table's own key. */
function keyAmong(
  left: Expr<BoundScan>,
  list: Expr<BoundScan>,
  context: SqlContext,
  compile: Compile,
): string | undefined {
  const stored = storedField(left, context)
  if (!stored?.field.type.parts || !('type' in list) || list.type.kind !== 'array') return undefined
  const same = keyEquality(stored, undefined, '"$k"."$key"', context)
  return `exists(select 1 from unnest(${compile(list, context).sql}) "$k"("$key") where ${same})`
}

const partly: ReadonlySet<FunctionName> = new Set(['contains', 'startsWith', 'endsWith'])

/** The operands of a call, the first marked where an index of trigrams is what serves it. */
export function withTrigrams(
  { fn, args: [first] }: Call<BoundScan>,
  operands: readonly Operand[],
  context: SqlContext,
): readonly Operand[] {
  if (first === undefined || !partly.has(fn)) return operands
  const stored = storedField(first, context)
  const model = stored && context.rows.get(stored.row)
  if (!stored || model === undefined || stored.field.native !== undefined) return operands
  const { indexes, fields } = modelIn(context, model)
  const over = indexes.filter((index) => !index.where && fields[index.fields[0] ?? ''] === stored.field)
  const ordered = fn === 'startsWith' && over.some(({ method }) => method === undefined)
  if (ordered || !over.some(({ method }) => method === 'trigram')) return operands
  return operands.map((operand, at) => (at === 0 ? { ...operand, trigrams: true as const } : operand))
}

/** The field behind an expression that is a stored column and nothing computed. */
function storedField(expr: Expr<BoundScan>, context: SqlContext): Stored | undefined {
  if (expr.kind !== 'field') return undefined
  const model = context.rows.get(expr.row)
  if (model === undefined || context.computed.get(expr.row)?.has(expr.field)) return undefined
  return { row: expr.row, field: fieldIn(context, model, expr.field) }
}
