import type { Aggregate, Call, Expr, Input, Item, Order } from '../expr/expr.ts'
import { aggregateType, resultType } from '../expr/functions.ts'
import type { ValueType } from '../expr/value.ts'
import { historyModel } from '../manifest/platform/history.ts'
import type { ModelDefinition } from '../model/definition.ts'
import { conjuncts } from '../plan/condition.ts'
import type { BoundScan } from '../plan/plan.ts'
import { compileComparison, withTrigrams } from './comparison.ts'
import { column, columns, identifier, modelIn, parameter, type SqlContext, storedText, table } from './context.ts'
import type { Operand } from './dialect.ts'
import { digestOf } from './digest.ts'
import { keyFields, sameRow } from './key.ts'
import type { EncryptedField } from './sealer.ts'

/** SQL with the type of its value. */
export interface TypedSql {
  readonly sql: string
  readonly type: ValueType
}

const boolean: ValueType = { kind: 'boolean' }
const timestamp: ValueType = { kind: 'timestamp' }
const text: ValueType = { kind: 'text' }

/** An expression as SQL. What the declaration wrote is a literal, what a call brings is a parameter. */
export function compileExpr(expr: Expr<BoundScan>, context: SqlContext): TypedSql {
  switch (expr.kind) {
    case 'literal':
      return { sql: context.dialect.literal(expr.value, expr.type), type: expr.type }
    case 'input':
      return {
        sql: parameter(context, { kind: 'input', path: expr.path, type: expr.type }, expr.type),
        type: expr.type,
      }
    case 'item':
      return { sql: compileItem(expr, context), type: expr.type }
    case 'actor':
      return {
        sql: parameter(context, { kind: 'actor', field: expr.field, type: expr.type }, expr.type),
        type: expr.type,
      }
    case 'now':
      return { sql: parameter(context, { kind: 'now' }, timestamp), type: timestamp }
    case 'field':
      return column(context, expr.row, expr.field)
    case 'call': {
      if (expr.fn === 'exactly') return { sql: compileExactly(expr, context), type: boolean }
      const compared = compileComparison(expr, context, compileExpr)
      if (compared !== undefined) return { sql: compared, type: boolean }
      const args = expr.args.map((arg) => compileOperand(arg, context))
      return {
        sql: context.dialect.call(expr.fn, withTrigrams(expr, args, context)),
        type: resultType(
          expr.fn,
          args.map(({ type }) => type),
        ),
      }
    }
    case 'case': {
      const branches = expr.branches.map(({ when, then }) => ({
        when: compileExpr(when, context),
        then: compileExpr(then, context),
      }))
      const otherwise = compileExpr(expr.otherwise, context)
      const cases = branches.map(({ when, then }) => `when ${when.sql} then ${then.sql}`)
      return {
        sql: `case ${cases.join(' ')} else ${otherwise.sql} end`,
        type: branches[0]?.then.type ?? otherwise.type,
      }
    }
    case 'given': {
      const then = compileExpr(expr.then, context)
      const otherwise = expr.otherwise ? compileExpr(expr.otherwise, context).sql : 'true'
      return {
        sql: `case when ${sent(expr.path, expr.as, context)} then ${then.sql} else ${otherwise} end`,
        type: then.type,
      }
    }
    case 'some':
    case 'every':
    case 'none': {
      const source = from(expr.from, context)
      const where = compileExpr(expr.where, context).sql
      const counter = expr.kind === 'every' ? `(${where}) is not true` : where
      const body = rest(expr.from, context, counter === 'true' ? [] : [counter])
      const exists = `exists(select 1 ${source}${body})`
      return { sql: expr.kind === 'some' ? exists : `(not ${exists})`, type: boolean }
    }
    case 'aggregate':
      return compileAggregate(expr, context)
    case 'via': {
      const source = from(expr.from, context)
      const value = compileExpr(expr.value, context)
      return { sql: `(select ${value.sql} ${source}${rest(expr.from, context)})`, type: value.type }
    }
  }
}

/** Whether an encrypted value is one of these: whether its column begins with what one of them is hashed to. */
function compileExactly({ args: [field, ...values] }: Call<BoundScan>, context: SqlContext): string {
  const of = field && encryptedField(field, context)
  if (!of) throw new Error('the plan asks for the value of what is not an encrypted field')
  const texts: ValueType = { kind: 'array', of: text }
  const digests = values.map((value): Operand => {
    if (value.kind !== 'input' && value.kind !== 'actor' && value.kind !== 'literal')
      throw new Error('the plan compares an encrypted value with what is not known')
    return { sql: parameter(context, { kind: 'digests', ...of, value }, texts), type: texts }
  })
  return context.dialect.call('exactly', [{ sql: compileDigest(field, context), type: text }, ...digests])
}

/** Where an encrypted value comes from: a column, however it is reached. */
function encryptedField(expr: Expr<BoundScan>, context: SqlContext): EncryptedField | undefined {
  switch (expr.kind) {
    case 'field': {
      const model = context.rows.get(expr.row)
      return model === undefined ? undefined : { model, field: expr.field }
    }
    case 'via':
      context.rows.set(expr.from.as, expr.from.model)
      return encryptedField(expr.value, context)
    case 'case':
      return expr.branches[0] && encryptedField(expr.branches[0].then, context)
    default:
      return undefined
  }
}

/** What the column begins with: a hash of the value under a key of its own. */
function compileDigest(expr: Expr<BoundScan>, context: SqlContext): string {
  switch (expr.kind) {
    case 'field':
      return digestOf(storedText(context, expr.row, expr.field), context.dialect)
    case 'via': {
      const source = from(expr.from, context)
      return `(select ${compileDigest(expr.value, context)} ${source}${rest(expr.from, context)})`
    }
    case 'case': {
      const cases = expr.branches.map(
        ({ when, then }) => `when ${compileExpr(when, context).sql} then ${compileDigest(then, context)}`,
      )
      return `(case ${cases.join(' ')} else ${compileDigest(expr.otherwise, context)} end)`
    }
    default:
      return context.dialect.literal(null, text)
  }
}

/** What is written in the declaration stays known: a unit of time is chosen when the text is made. */
const compileOperand = (expr: Expr<BoundScan>, context: SqlContext): Operand => ({
  ...compileExpr(expr, context),
  ...(expr.kind === 'literal' ? { literal: expr.value } : {}),
})

/** Whether the current item of a bulk has this member. At the top of the input that is decided before compiling. */
export function sent(path: readonly string[], as: string | undefined, context: SqlContext): string {
  const item = as === undefined ? undefined : context.items.get(as)
  if (item === undefined) throw new Error(`the plan was not specialized: ${path.join('.')}`)
  return `${path.reduce((sql, name) => `${sql} -> ${context.dialect.literal(name, { kind: 'text' })}`, `(${item}`)}) is not null`
}

/** A member of the current item, read out of JSON by its declared type. */
function compileItem(expr: Item, context: SqlContext): string {
  const item = context.items.get(expr.as)
  if (item === undefined) throw new Error(`the plan uses the item '${expr.as}' outside its each`)
  context.read.push({ as: expr.as, path: expr.path })
  return context.dialect.fromJson(item, expr.path, expr.type)
}

function compileAggregate(expr: Aggregate<BoundScan>, context: SqlContext): TypedSql {
  const source = from(expr.from, context)
  const of = expr.of && compileExpr(expr.of, context)
  const bounded = expr.from.limit !== undefined || expr.from.offset !== undefined
  // Selected below first: an aggregate of nothing but outer columns would be an aggregate of the outer rows.
  const inner =
    bounded || of
      ? `from (select ${of ? of.sql : '1'} as "v" ${source}${rest(expr.from, context)}) "s"`
      : `${source}${whereClause(expr.from, context)}`
  const operand = of && { sql: '"s"."v"', type: of.type }
  return {
    sql: `(select ${context.dialect.aggregate(expr.fn, operand)} ${inner})`,
    type: aggregateType(expr.fn, operand?.type),
  }
}

/** Whether a rule holds: true, and neither false nor unknown (law 6). */
export const holds = (rule: Expr<BoundScan>, context: SqlContext): string =>
  rule.kind === 'literal' ? String(rule.value === true) : `(${compileExpr(rule, context).sql}) is true`

/** `from "article" "t0"`: from here on the scan's row variable is known. */
export function from(scan: BoundScan, context: SqlContext): string {
  context.rows.set(scan.as, scan.model)
  return `from ${rowsOf(scan, context)} ${identifier(context, scan.as)}`
}

/**
 * The rows as they were: of every field the value that it had before the first change after that time, else the one it
 * has now. A row that was made later was not there.
 */
function rowsAsOf(model: ModelDefinition, name: string, at: Input, context: SqlContext): string {
  const history = modelIn(context, historyModel(name))
  const past = table(context, history)
  const time = compileExpr(at, context).sql
  const id = model.fields[model.id]?.column ?? 'id'
  const names = Object.entries(model.fields).map(
    ([field, { column }]) =>
      `(${context.dialect.literal(field, { kind: 'text' })}, ${context.dialect.literal(column, { kind: 'text' })})`,
  )
  const list = Object.values(model.fields).map(
    ({ column }) => `${column === id ? '"s"' : '"p"'}.${identifier(context, column)}`,
  )
  const later = `"h"."row_id" = "s".${identifier(context, id)} and "h"."at" > ${time}`
  const first = `select distinct on ("e"."key") "e"."key", "e"."value" from ${past} "h" cross join lateral jsonb_each("h"."before") "e" where ${later} order by "e"."key", "h"."id"`
  const values = `select jsonb_object_agg("m"."c", ${keptValue(model, context)}) from (${first}) "b" join (values ${names.join(', ')}) "m"("f", "c") on "m"."f" = "b"."key"`
  return (
    `(select ${list.join(', ')} from ${table(context, model)} "s" cross join lateral jsonb_populate_record("s", coalesce((${values}), '{}'::jsonb)) "p"` +
    ` where not exists(select 1 from ${past} "h" where ${later} and "h"."change" = 'create'))`
  )
}

/** A value that was kept, as the database reads a row from it. */
function keptValue(model: ModelDefinition, { dialect }: SqlContext): string {
  const cases = Object.entries(model.fields).flatMap(([field, { type }]) => {
    const value = dialect.rowMember('"b"."value"', type)
    return value === undefined ? [] : [`when ${dialect.literal(field, { kind: 'text' })} then ${value}`]
  })
  return cases.length === 0 ? '"b"."value"' : `case "m"."f" ${cases.join(' ')} else "b"."value" end`
}

/** Where the rows come from: the table, what the statement has written, or the one seen through the other. */
function rowsOf(scan: BoundScan, context: SqlContext): string {
  const model = modelIn(context, scan.model)
  const stored = scan.asOf ? rowsAsOf(model, scan.model, scan.asOf, context) : table(context, model)
  const write = context.writes.get(scan.model)
  if (scan.reads === 'stored' || !write) return stored
  if (scan.reads === 'written') return identifier(context, write.written ?? '')
  const added = scan.reads === 'pending' ? write.pending : (write.overlay ?? write.written)
  if (added === undefined) return stored
  const list = columns(context, model)
  const name = identifier(context, added)
  const kept = write.replaces
    ? ` "s" where not exists(select 1 from ${name} "x" where ${sameRow(model, '"x"', '"s"', context.dialect)})`
    : ''
  const union = write.remain ? ` union all select ${list} from ${name}` : ''
  return `(select ${list} from ${stored}${kept}${union})`
}

/** The conditions of a scan, its policy always among them: the statement reads as a list. */
function conditions(scan: BoundScan, context: SqlContext, more: readonly string[]): readonly string[] {
  const parts = [scan.where, scan.policy].flatMap((expr) => (expr ? conjuncts(expr) : []))
  return [...parts.map((expr) => compileExpr(expr, context).sql), ...more]
}

export function whereClause(scan: BoundScan, context: SqlContext, more: readonly string[] = []): string {
  const all = conditions(scan, context, more)
  return all.length === 0 ? '' : ` where ${all.join(' and ')}`
}

/** Everything after `from`: conditions, order, limit, offset. */
export function rest(scan: BoundScan, context: SqlContext, more: readonly string[] = []): string {
  return [
    whereClause(scan, context, more),
    orderBy(scan.limit ? pickedBy(scan, context) : scan, context),
    scan.limit ? ` limit ${compileExpr(scan.limit, context).sql}` : '',
    scan.offset ? ` offset ${compileExpr(scan.offset, context).sql}` : '',
  ].join('')
}

export function orderBy(scan: BoundScan, context: SqlContext): string {
  const order = (scan.order ?? []).flatMap((one) => {
    const nearest = nearestOperator(one, context)
    if (nearest !== undefined && one.by.kind === 'call')
      return one.by.args.map((arg) => compileExpr(arg, context).sql).join(` ${nearest} `)
    return orderKeys(one.by, context).map(
      (key) => `${compileExpr(key, context).sql}${one.direction === 'desc' ? ' desc' : ''}`,
    )
  })
  return order.length === 0 ? '' : ` order by ${order.join(', ')}`
}

/**
 * The nearest rows are picked by their distance alone: an index of vectors knows no second order, and PostgreSQL before
 * 17 takes it for all keys of an order or for none. Which of those that are as near as the last is picked is open.
 */
function pickedBy(scan: BoundScan, context: SqlContext): BoundScan {
  const [first, second, ...more] = scan.order ?? []
  const isId = second?.by.kind === 'field' && second.by.field === modelIn(context, scan.model).id
  if (!first || !isId || more.length > 0) return scan
  return nearestOperator(first, context) === undefined ? scan : { ...scan, order: [first] }
}

const nearestOperator = ({ by, direction }: Order<BoundScan>, { dialect }: SqlContext): string | undefined =>
  by.kind === 'call' ? dialect.nearestOperator(by.fn, direction) : undefined

/** An id that is made of other fields is ordered by these. */
const orderKeys = (by: Expr<BoundScan>, context: SqlContext): readonly Expr<BoundScan>[] => {
  if (by.kind !== 'field') return [by]
  const model = context.rows.get(by.row)
  return model === undefined ? [by] : keyFields(by.row, by.field, modelIn(context, model))
}
