import type { Case, Expr, Given } from './expr.ts'
import { functions, resultType } from './functions.ts'
import { fromJson, toJson } from './memory.ts'
import type { FunctionName } from './names.ts'
import type { Json, ValueType } from './value.ts'
import { mapChildren, mapSource, type RowSource } from './walk.ts'

/** What is known of a call before its values are. */
export interface Known {
  /** Whether the input at a path was sent. Absent: not known; `given` stays. */
  readonly sent?: (path: readonly string[]) => boolean
  /** Nobody is signed in: every field of the actor is null. */
  readonly anonymous?: boolean
}

const boolean: ValueType = { kind: 'boolean' }

type Literal = { readonly kind: 'literal'; readonly value: Json; readonly type: ValueType }
const literal = (value: Json, type: ValueType): Literal => ({ kind: 'literal', value, type })
const TRUE = literal(true, boolean)
const FALSE = literal(false, boolean)
const UNKNOWN = literal(null, boolean)

const is = <S>(expr: Expr<S> | undefined, value: Json): boolean => expr?.kind === 'literal' && expr.value === value
const isLiteral = <S>(expr: Expr<S>): expr is Literal => expr.kind === 'literal'

/** An expression equal in meaning, null by null, with what is known computed. A plan is specialized with it per shape of request. */
export function simplify<S extends RowSource<S>>(expr: Expr<S>, known: Known = {}): Expr<S> {
  const inner = (child: Expr<S>): Expr<S> => simplify(child, known)
  const source = (from: S): S => simplifySource(from, known)
  if (expr.kind === 'given') return simplifyGiven(expr, known)
  const mapped = mapChildren(expr, inner, source)
  switch (mapped.kind) {
    case 'actor':
      return known.anonymous ? literal(null, mapped.type) : mapped
    case 'input':
      return known.sent?.(mapped.path) === false ? literal(null, mapped.type) : mapped
    case 'call':
      return simplifyCall(mapped.fn, mapped.args)
    case 'case':
      return simplifyCase(mapped)
    case 'some':
      return isEmpty(mapped.from) || fails(mapped.where) ? FALSE : { ...mapped, where: settle(mapped.where) }
    case 'none':
      return isEmpty(mapped.from) || fails(mapped.where) ? TRUE : { ...mapped, where: settle(mapped.where) }
    case 'every':
      return isEmpty(mapped.from) || is(mapped.where, true) ? TRUE : mapped
    case 'aggregate':
      return mapped.fn === 'count' && isEmpty(mapped.from) ? literal(0, { kind: 'integer' }) : mapped
    default:
      return mapped
  }
}

/** As {@link simplify}, for a condition of which only matters whether it holds: what is unknown is as good as false. */
export const simplifyCondition = <S extends RowSource<S>>(expr: Expr<S>, known: Known = {}): Expr<S> =>
  settle(simplify(expr, known))

/** Below `and` and `or` an unknown member may be taken for false: neither makes true of one what it does not of the other. */
function settle<S extends RowSource<S>>(expr: Expr<S>): Expr<S> {
  if (is(expr, null)) return FALSE
  if (expr.kind !== 'call' || (expr.fn !== 'and' && expr.fn !== 'or')) return expr
  const args = expr.args.map(settle)
  return expr.fn === 'and' ? connect('and', args, TRUE, FALSE) : connect('or', args, FALSE, TRUE)
}

/** A source with its expressions simplified; conditions that always hold are left out. */
export function simplifySource<S extends RowSource<S>>(from: S, known: Known = {}): S {
  const simple = mapSource(from, (child) => simplify(child, known))
  const mapped = {
    ...simple,
    ...(simple.where ? { where: settle(simple.where) } : {}),
    ...(simple.policy ? { policy: settle(simple.policy) } : {}),
  }
  if (!is(mapped.where, true)) return mapped
  const { where, ...rest } = mapped
  return rest as S // the one clause that every source may do without
}

/** False or unknown: no row passes. */
const fails = <S>(rule: Expr<S> | undefined): boolean => is(rule, false) || is(rule, null)

/** Whether no row can come from it. */
export const isEmpty = <S extends RowSource<S>>(from: S): boolean =>
  fails(from.where) || fails(from.policy) || is(from.limit, 0)

/** Inside an `each` it depends on the item, and stays. */
function simplifyGiven<S extends RowSource<S>>(expr: Given<S>, known: Known): Expr<S> {
  if (expr.as === undefined && known.sent) {
    return known.sent(expr.path) ? simplify(expr.then, known) : expr.otherwise ? simplify(expr.otherwise, known) : TRUE
  }
  return mapChildren(
    expr,
    (child) => simplify(child, known),
    (from) => simplifySource(from, known),
  )
}

function simplifyCase<S extends RowSource<S>>(expr: Case<S>): Expr<S> {
  const branches = expr.branches.filter(({ when }) => !fails(when))
  const certain = branches.findIndex(({ when }) => is(when, true))
  const before = certain < 0 ? branches : branches.slice(0, certain)
  const otherwise = branches[certain]?.then ?? expr.otherwise
  return before.length === 0 ? otherwise : { ...expr, branches: before, otherwise }
}

function simplifyCall<S extends RowSource<S>>(fn: FunctionName, args: readonly Expr<S>[]): Expr<S> {
  switch (fn) {
    case 'and':
      return connect('and', args, TRUE, FALSE)
    case 'or':
      return connect('or', args, FALSE, TRUE)
    case 'not':
      return negate(args)
    case 'coalesce':
      return firstOf(args)
    default:
      return fold(fn, args)
  }
}

/** `neutral` members are left out, one `decisive` member decides, nested ones of the same kind are taken in. */
function connect<S extends RowSource<S>>(
  fn: 'and' | 'or',
  args: readonly Expr<S>[],
  neutral: Literal,
  decisive: Literal,
): Expr<S> {
  const members = args
    .flatMap((arg) => (arg.kind === 'call' && arg.fn === fn ? arg.args : [arg]))
    .filter((arg) => !is(arg, neutral.value))
  if (members.some((arg) => is(arg, decisive.value))) return decisive
  if (members.every((arg) => is(arg, null))) return members.length === 0 ? neutral : UNKNOWN
  return members.length === 1 && members[0] ? members[0] : { kind: 'call', fn, args: members }
}

function negate<S extends RowSource<S>>(args: readonly Expr<S>[]): Expr<S> {
  const [arg] = args
  if (arg?.kind === 'call' && arg.fn === 'not' && arg.args[0]) return arg.args[0]
  if (arg?.kind === 'some') return { ...arg, kind: 'none' }
  if (arg?.kind === 'none') return { ...arg, kind: 'some' }
  return fold('not', args)
}

/** Nulls before the first value are left out, and everything behind the first that is certain. */
function firstOf<S extends RowSource<S>>(args: readonly Expr<S>[]): Expr<S> {
  if (args.every(isLiteral)) return fold('coalesce', args)
  const values = args.filter((arg) => !is(arg, null))
  const certain = values.findIndex(isLiteral)
  const kept = certain < 0 ? values : values.slice(0, certain + 1)
  return kept.length === 1 && kept[0] ? kept[0] : { kind: 'call', fn: 'coalesce', args: kept }
}

/** Functions whose result is true or false, so that its type is known without the arguments'. */
const conditions: ReadonlySet<FunctionName> = new Set([
  'eq',
  'ne',
  'lt',
  'lte',
  'gt',
  'gte',
  'not',
  'contains',
  'startsWith',
  'endsWith',
  'similar',
  'matches',
  'within',
])

/** Computes a call of literals; a strict condition with a null among its arguments is unknown whatever the others are. */
function fold<S extends RowSource<S>>(fn: FunctionName, args: readonly Expr<S>[]): Expr<S> {
  if (conditions.has(fn) && args.some((arg) => is(arg, null))) return UNKNOWN
  const call: Expr<S> = { kind: 'call', fn, args }
  if (!args.every(isLiteral) || functions[fn].storeOnly) return call
  const types = args.map(({ type }) => type)
  const type = resultType(fn, types)
  const values = args.map((arg) => fromJson(arg.value, arg.type) ?? null)
  const result = toJson(functions[fn].evaluate(values, types), type)
  // An exact number beyond JSON's stays a computation.
  return fromJson(result, type) === undefined ? call : literal(result, type)
}
