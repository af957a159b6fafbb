import { addExact, divideExact, type Exact, exact, exactOf, floatOf } from '../toolkit/exact.ts'
import { compare, isExact } from './compare.ts'
import type { Aggregate, Expr, Order } from './expr.ts'
import { aggregateType, functions, resultType } from './functions.ts'
import { unify } from './kinds.ts'
import { fromJson, toJson, type Value } from './memory.ts'
import type { Json, ValueType } from './value.ts'
import type { RowSource } from './walk.ts'

/** A row as JSON writes its values, by field. */
export type MemoryRow = Readonly<Record<string, Json>>

/** What an expression is evaluated in. Values are as JSON writes them; what is absent reads as null. */
export interface Environment<S> {
  /** The call's input. */
  readonly input: Readonly<Record<string, Json>>
  readonly actor: Readonly<Record<string, Json | undefined>> | null
  /** RFC 3339. */
  readonly now: string
  /** Rows by variable; null: there is no such row, its fields are null. */
  readonly rows: Readonly<Record<string, MemoryRow | null>>
  /** Current items by variable. */
  readonly items?: Readonly<Record<string, Json>>
  fieldType(row: string, field: string): ValueType
  /**
   * The environment's view of a source: its candidate rows (its relation or model, before `where`, `order` and `limit`)
   * and the types of their fields. A bound scan's policy is applied by the evaluator.
   */
  rowsOf(
    from: S,
    environment: Environment<S>,
  ): { readonly rows: readonly MemoryRow[]; fieldType(field: string): ValueType }
}

/** A value and its type. */
interface Evaluated {
  readonly value: Value
  readonly type: ValueType
}

/** The value of an expression, as JSON writes it: what the database would answer. Never throws on values of their types. */
export function evaluate<S extends RowSource<S>>(expr: Expr<S>, environment: Environment<S>): Json {
  const { value, type } = run(expr, environment)
  return toJson(value, type)
}

/** Whether a rule holds: true, and neither false nor unknown (law 6). */
export const holds = <S extends RowSource<S>>(rule: Expr<S>, environment: Environment<S>): boolean =>
  run(rule, environment).value === true

const boolean: ValueType = { kind: 'boolean' }
const timestamp: ValueType = { kind: 'timestamp' }

const typed = (json: Json | undefined, type: ValueType): Evaluated => ({ value: fromJson(json, type) ?? null, type })

function run<S extends RowSource<S>>(expr: Expr<S>, environment: Environment<S>): Evaluated {
  switch (expr.kind) {
    case 'literal':
      return typed(expr.value, expr.type)
    case 'input':
      return typed(at(environment.input, expr.path), expr.type)
    case 'item':
      return typed(at(environment.items?.[expr.as], expr.path), expr.type)
    case 'actor':
      return typed(at(environment.actor ?? undefined, [expr.field]), expr.type)
    case 'now':
      return typed(environment.now, timestamp)
    case 'field':
      return typed(
        at(environment.rows[expr.row] ?? undefined, [expr.field]),
        environment.fieldType(expr.row, expr.field),
      )
    case 'call': {
      const args = expr.args.map((arg) => run(arg, environment))
      const types = args.map(({ type }) => type)
      const type = resultType(expr.fn, types)
      return {
        value: functions[expr.fn].evaluate(
          args.map(({ value }) => value),
          types,
        ),
        type,
      }
    }
    case 'case': {
      const values = [...expr.branches.map(({ then }) => then), expr.otherwise]
      const taken = expr.branches.findIndex(({ when }) => holds(when, environment))
      return oneOf(
        values.map((value) => run(value, environment)),
        taken < 0 ? values.length - 1 : taken,
      )
    }
    case 'given': {
      const sent =
        expr.as === undefined ? at(environment.input, expr.path) : at(environment.items?.[expr.as], expr.path)
      if (sent !== undefined) return run(expr.then, environment)
      return expr.otherwise ? run(expr.otherwise, environment) : { value: true, type: boolean }
    }
    case 'some':
      return { value: matching(expr.from, environment).some((inner) => holds(expr.where, inner)), type: boolean }
    case 'every':
      return { value: matching(expr.from, environment).every((inner) => holds(expr.where, inner)), type: boolean }
    case 'none':
      return { value: !matching(expr.from, environment).some((inner) => holds(expr.where, inner)), type: boolean }
    case 'aggregate':
      return aggregate(expr, environment)
    case 'via': {
      const [first] = matching(expr.from, environment)
      return first
        ? run(expr.value, first)
        : { value: null, type: run(expr.value, outside(expr.from, environment)).type }
    }
  }
}

/** The value chosen, of the type that all of them have together. */
function oneOf(values: readonly Evaluated[], taken: number): Evaluated {
  const type = unify(values.map((value) => value.type)) ?? boolean
  return { value: values[taken]?.value ?? null, type }
}

/** Own members only: what a caller sends cannot reach a prototype. */
function at(
  json: Json | Readonly<Record<string, Json | undefined>> | undefined,
  path: readonly string[],
): Json | undefined {
  let value: unknown = json
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value as Json | undefined
}

/** An environment for each row of a source that its policy and `where` let through, in order, within its limits. */
function matching<S extends RowSource<S>>(from: S, environment: Environment<S>): readonly Environment<S>[] {
  const { rows } = environment.rowsOf(from, environment)
  const inner = rows.map((row) => inside(from, environment, row))
  const kept = inner.filter(
    (one) => (!from.policy || holds(from.policy, one)) && (!from.where || holds(from.where, one)),
  )
  if (from.order) kept.sort((a, b) => inOrder(from.order ?? [], a, b))
  const offset = count(from.offset, environment) ?? 0
  const limit = count(from.limit, environment) ?? kept.length
  return kept.slice(offset, offset + limit)
}

const outside = <S extends RowSource<S>>(from: S, environment: Environment<S>): Environment<S> =>
  inside(from, environment, null)

function inside<S extends RowSource<S>>(from: S, environment: Environment<S>, row: MemoryRow | null): Environment<S> {
  const { fieldType } = environment.rowsOf(from, environment)
  return {
    ...environment,
    rows: { ...environment.rows, [from.as]: row },
    fieldType: (name, field) => (name === from.as ? fieldType(field) : environment.fieldType(name, field)),
  }
}

function count<S extends RowSource<S>>(expr: Expr<S> | undefined, environment: Environment<S>): number | undefined {
  const value = expr && run(expr, environment).value
  return value && isExact(value) ? Number(value.digits) : undefined
}

/** Nulls come last, and first where the direction is down: as PostgreSQL has it. */
function inOrder<S extends RowSource<S>>(order: readonly Order<S>[], a: Environment<S>, b: Environment<S>): number {
  for (const { by, direction } of order) {
    const [x, y] = [run(by, a).value, run(by, b).value]
    const up = x === null || y === null ? Number(x === null) - Number(y === null) : compare(x, y)
    if (up !== 0) return direction === 'asc' ? up : -up
  }
  return 0
}

function aggregate<S extends RowSource<S>>(expr: Aggregate<S>, environment: Environment<S>): Evaluated {
  const rows = matching(expr.from, environment)
  const { of } = expr
  if (expr.fn === 'count' || !of) return { value: exact(BigInt(rows.length)), type: aggregateType('count', undefined) }
  const argument = run(of, outside(expr.from, environment)).type
  const values = rows.map((row) => run(of, row).value).filter((value) => value !== null)
  return { value: overall(expr.fn, values, argument), type: aggregateType(expr.fn, argument) }
}

/** Floats are added as decimals of 15 digits: the sum does not depend on the order of the rows. */
function overall(fn: 'sum' | 'min' | 'max' | 'avg', values: readonly Value[], type: ValueType): Value {
  const [first] = values
  if (first === undefined) return null
  if (fn === 'min' || fn === 'max') {
    const wins = (order: number) => (fn === 'min' ? order < 0 : order > 0)
    return values.reduce((best, value) => (wins(compare(value, best)) ? value : best), first)
  }
  const numbers = values.map((value) => (isExact(value) ? value : exactOf(value as number)))
  const sum = numbers.reduce<Exact>(addExact, exact(0n))
  if (fn === 'sum') return type.kind === 'float' ? floatOf(sum) : sum
  if (type.kind === 'decimal' || type.kind === 'bigint') return divideExact(sum, exact(BigInt(values.length)))
  const total = floatOf(sum)
  return total === null ? null : total / values.length
}
