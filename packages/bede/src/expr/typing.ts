import type { Expr, Order } from './expr.ts'
import { type Argument, isMistake, type Mistake, mistake } from './functions/rule.ts'
import { callType, functions, typeOfAggregate } from './functions.ts'
import { describeType, kinds, unify } from './kinds.ts'
import { fromJson } from './memory.ts'
import type { ValueType } from './value.ts'
import type { RowSource } from './walk.ts'

/** What an expression gives. */
export interface Typed {
  readonly type: ValueType
  readonly nullable: boolean
}

/** What names mean where an expression stands. Each answers a mistake when there is no such thing. */
export interface TypeScope<S> {
  field(row: string, name: string): Typed | Mistake
  input(path: readonly string[], type: ValueType): Typed | Mistake
  item(as: string, path: readonly string[], type: ValueType): Typed | Mistake
  actor(name: string, type: ValueType): Typed | Mistake
  /** Whether an input that may be left out is known there; `as`: inside the current item. */
  given(path: readonly string[], as: string | undefined): Mistake | undefined
  /** The scope inside a source: its row variable is known there. */
  enter(from: S): TypeScope<S> | Mistake
}

export type Report = (mistake: Mistake) => void

const boolean: ValueType = { kind: 'boolean' }

/** The type of an expression; undefined after mistakes, all of which are reported. */
export function typeOf<S extends RowSource<S>>(expr: Expr<S>, scope: TypeScope<S>, report: Report): Typed | undefined {
  const known = (answer: Typed | Mistake): Typed | undefined => {
    if (!isMistake(answer)) return answer
    report(answer)
    return undefined
  }
  switch (expr.kind) {
    case 'literal':
      return known(typeOfLiteral(expr.value, expr.type))
    case 'input':
      return known(scope.input(expr.path, expr.type))
    case 'item':
      return known(scope.item(expr.as, expr.path, expr.type))
    case 'actor':
      return known(scope.actor(expr.field, expr.type))
    case 'now':
      return { type: { kind: 'timestamp' }, nullable: false }
    case 'field':
      return known(scope.field(expr.row, expr.field))
    case 'call': {
      const args = expr.args.map((arg) => typeOf(arg, scope, report))
      if (!args.every((arg) => arg !== undefined)) return undefined
      const type = callType(
        expr.fn,
        args.map(({ type }, at) => argument(type, expr.args[at])),
      )
      return known(
        isMistake(type) ? type : { type, nullable: functions[expr.fn].nullable(args.map(({ nullable }) => nullable)) },
      )
    }
    case 'case': {
      for (const { when } of expr.branches) expectCondition(when, scope, report)
      const values = [...expr.branches.map(({ then }) => then), expr.otherwise].map((value) =>
        typeOf(value, scope, report),
      )
      return values.every((value) => value !== undefined) ? known(together(values)) : undefined
    }
    case 'given': {
      const unknown = scope.given(expr.path, expr.as)
      if (unknown) report(unknown)
      const then = typeOf(expr.then, scope, report)
      const otherwise = expr.otherwise && typeOf(expr.otherwise, scope, report)
      if (!then || !expr.otherwise) return then
      return otherwise && known(together([then, otherwise]))
    }
    case 'some':
    case 'every':
    case 'none': {
      const inner = enter(expr.from, scope, report)
      if (inner) expectCondition(expr.where, inner, report)
      return { type: boolean, nullable: false }
    }
    case 'aggregate': {
      const inner = enter(expr.from, scope, report)
      if (!inner) return undefined
      const of = expr.of && typeOf(expr.of, inner, report)
      if (expr.of && !of) return undefined
      const type = typeOfAggregate(expr.fn, of?.type)
      return known(isMistake(type) ? type : { type, nullable: expr.fn !== 'count' })
    }
    case 'via': {
      const inner = enter(expr.from, scope, report)
      const value = inner && typeOf(expr.value, inner, report)
      return value && { type: value.type, nullable: true }
    }
  }
}

/** The scope inside a source, after its clauses were checked; undefined when its rows cannot be known. */
export function enter<S extends RowSource<S>>(from: S, scope: TypeScope<S>, report: Report): TypeScope<S> | undefined {
  const inner = scope.enter(from)
  if (isMistake(inner)) {
    report(inner)
    return undefined
  }
  if (from.where) expectCondition(from.where, inner, report)
  for (const key of from.order ?? []) expectOrder(key, inner, report)
  for (const [name, count] of [
    ['limit', from.limit],
    ['offset', from.offset],
  ] as const) {
    const type = count && typeOf(count, scope, report)?.type
    if (type && type.kind !== 'integer') report(mistake(`${name} expects a whole number, not ${describeType(type)}`))
  }
  return inner
}

export function expectCondition<S extends RowSource<S>>(expr: Expr<S>, scope: TypeScope<S>, report: Report): void {
  const type = typeOf(expr, scope, report)?.type
  if (type && type.kind !== 'boolean') {
    report(
      mistake(
        `A condition is expected, not ${describeType(type)}`,
        'Compare it with something: .eq(…), .gt(…), .isNotNull().',
      ),
    )
  }
}

function expectOrder<S extends RowSource<S>>({ by }: Order<S>, scope: TypeScope<S>, report: Report): void {
  const type = typeOf(by, scope, report)?.type
  if (type && !kinds[type.kind].ordered) report(mistake(`There is no order of ${describeType(type)}`))
}

const argument = <S>(type: ValueType, expr: Expr<S> | undefined): Argument => {
  if (expr?.kind === 'literal') return { type, literal: expr.value, known: true }
  return expr?.kind === 'input' || expr?.kind === 'actor' ? { type, known: true } : { type }
}

function typeOfLiteral(value: Parameters<typeof fromJson>[0], type: ValueType): Typed | Mistake {
  const read = fromJson(value, type)
  if (read === undefined) return mistake(`${JSON.stringify(value)} is not ${describeType(type)}`)
  const choices = type.kind === 'choice' ? type.choices : undefined
  if (choices && typeof value === 'string' && !choices.includes(value)) {
    return mistake(
      `${JSON.stringify(value)} is not one of the choices`,
      `It is one of ${choices.map((one) => `'${one}'`).join(', ')}.`,
    )
  }
  return { type, nullable: read === null }
}

function together(values: readonly Typed[]): Typed | Mistake {
  const type = unify(values.map((value) => value.type))
  const nullable = values.some((value) => value.nullable)
  if (type) return { type, nullable }
  return mistake(`One value is ${[...new Set(values.map((value) => describeType(value.type)))].join(', another ')}`)
}
