import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Expr } from '../../src/expr/expr.ts'
import type { ValueType } from '../../src/expr/value.ts'
import { lowerCondition, lowerExpr } from '../../src/plan/lower.ts'
import { freshNames, type Scope } from '../../src/plan/scope.ts'
import { call, field, literal, small } from '../fixtures/small.ts'

const text: ValueType = { kind: 'text' }
const scope = (rows: Record<string, string>): Scope => ({
  manifest: small,
  rows: new Map(Object.entries(rows).map(([name, model]) => [name, { as: name, model }])),
  trusted: false,
  system: false,
  reads: () => 'stored',
  fresh: freshNames(),
})
const via = (row: string, name: string, value: Expr, more: object = {}): Expr => ({
  kind: 'via',
  from: { relation: { row, name }, as: name, ...more },
  value,
})
const authorName = via('row', 'author', field('name', 'author'))
const isAda = call('eq', authorName, literal('Ada', text))

test('a condition about the row that a reference names says that there is such a row', () => {
  const condition = lowerCondition(isAda, scope({ row: 'article' }))
  assert.deepEqual(condition, {
    kind: 'some',
    from: {
      model: 'user',
      as: 't0',
      trusted: false,
      reads: 'stored',
      where: call('eq', field('id', 't0'), field('authorId', 'row')),
    },
    where: call('eq', field('name', 't0'), literal('Ada', text)),
  })
})

test('from the other side, through two references, and within and and given', () => {
  const kinds = (expr: Expr) =>
    JSON.stringify(lowerCondition(expr, scope({ row: 'tag' }))).match(/"kind":"(some|via)"/g)
  const deep = via('row', 'article', authorNameOf('article'))
  assert.deepEqual(kinds(call('eq', literal('Ada', text), deep)), ['"kind":"some"', '"kind":"some"'])
  const bool = literal(true, { kind: 'boolean' })
  const wrapped: Expr = { kind: 'given', path: ['x'], then: call('and', call('eq', deep, literal('Ada', text)), bool) }
  assert.deepEqual(kinds(call('and', wrapped, bool)), ['"kind":"some"', '"kind":"some"'])
})

function authorNameOf(row: string): Expr {
  return via(row, 'author', field('name', 'author'))
}

test('where unknown is not false, where a null decides, and where more than one row may be meant, it stays a value', () => {
  const at = scope({ row: 'article' })
  const stays = [
    call('not', isAda),
    call('isNull', authorName),
    call('or', isAda, isAda),
    call('in', literal('Ada', text), authorName, literal('Bo', text)),
    call('eq', via('row', 'tags', field('name', 'tags')), literal('x', text)),
    call(
      'eq',
      via('row', 'author', field('name', 'author'), { limit: literal(1, { kind: 'integer' }) }),
      literal('Ada', text),
    ),
  ]
  for (const expr of stays) {
    assert.doesNotMatch(JSON.stringify(lowerCondition(expr, { ...at, fresh: freshNames() })), /"some"/)
  }
  assert.doesNotMatch(JSON.stringify(lowerExpr(isAda, at)), /"some"/)
})

test('a variable that hides one in scope is left where it is', () => {
  const hiding = call('eq', via('row', 'author', field('name', 'author')), field('name', 'author'))
  assert.doesNotMatch(JSON.stringify(lowerCondition(hiding, scope({ row: 'article', author: 'user' }))), /"some"/)
})
