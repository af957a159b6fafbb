import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Expr, Source } from '../../src/expr/expr.ts'
import { type Known, simplify, simplifySource } from '../../src/expr/simplify.ts'
import { actor, call, field, given, input, literal } from '../fixtures/small.ts'

const text = { kind: 'text' } as const
const boolean = { kind: 'boolean' } as const
const integer = { kind: 'integer' } as const
const yes = literal(true, boolean)
const no = literal(false, boolean)
const unknown = literal(null, boolean)
const me = actor('id', { kind: 'ref', model: 'user' })
const mine = call('eq', field('authorId'), me)
const open = call('eq', field('status'), literal('published', text))
const tags: Source = { relation: { row: 'row', name: 'tags' }, as: 't' }
const only =
  (...names: string[]): NonNullable<Known['sent']> =>
  ([name]) =>
    names.includes(name ?? '')

test('nobody signed in: a rule about the actor is unknown, and what is left is the rest', () => {
  assert.deepEqual(simplify(call('or', open, mine), { anonymous: true }), call('or', open, unknown))
  assert.deepEqual(simplify(call('and', open, mine), { anonymous: true }), call('and', open, unknown))
  assert.deepEqual(simplify(call('isNotNull', me), { anonymous: true }), no)
  assert.deepEqual(simplify(mine), mine)
  // Where only matters whether it holds, unknown is false.
  assert.deepEqual(simplifySource<Source>({ ...tags, where: call('and', open, mine) }, { anonymous: true }).where, no)
})

test('a condition that hangs on an input is there when it was sent, and not when it was not', () => {
  const wanted = call('eq', field('title'), input(text, 'title'))
  const rule = call('and', open, given(['title'], wanted))
  assert.deepEqual(simplify(rule, { sent: only('title') }), call('and', open, wanted))
  assert.deepEqual(simplify(rule, { sent: only() }), open)
  assert.deepEqual(simplify(rule), rule)
  assert.deepEqual(
    simplify(given(['a'], literal(1, integer), literal(2, integer)), { sent: only() }),
    literal(2, integer),
  )
})

test('inside an each it depends on the item, and stays', () => {
  const item: Expr = { kind: 'given', as: 'i', path: ['title'], then: yes, otherwise: no }
  assert.deepEqual(simplify(item, { sent: only() }), item)
})

test('what can have no row is empty', () => {
  const none: Source = { ...tags, where: call('and', no, open) }
  const quantified = (kind: 'some' | 'every' | 'none', from: Source, where: Expr): Expr => ({ kind, from, where })
  assert.deepEqual(simplify(quantified('some', none, yes)), no)
  assert.deepEqual(simplify(quantified('none', none, yes)), yes)
  assert.deepEqual(simplify(quantified('every', none, no)), yes)
  assert.deepEqual(simplify(quantified('some', tags, unknown)), no)
  assert.deepEqual(simplify(call('not', quantified('some', tags, open))), quantified('none', tags, open))
  assert.deepEqual(simplify({ kind: 'aggregate', fn: 'count', from: none }), literal(0, integer))
  assert.deepEqual(simplifySource<Source>({ ...tags, where: call('or', yes, open) }), tags)
})

test('and, or and not keep SQL’s three values', () => {
  assert.deepEqual(simplify(call('and', unknown, no)), no)
  assert.deepEqual(simplify(call('or', unknown, yes)), yes)
  assert.deepEqual(simplify(call('and', unknown, yes)), unknown)
  assert.deepEqual(simplify(call('not', unknown)), unknown)
  assert.deepEqual(simplify(call('and')), yes)
  assert.deepEqual(simplify(call('or')), no)
  assert.deepEqual(
    simplify(call('and', call('and', open, mine), call('and', yes, open))),
    call('and', open, mine, open),
  )
  assert.deepEqual(simplify(call('not', call('not', open))), open)
})

test('what is written is computed, unless JSON cannot hold it', () => {
  assert.deepEqual(simplify(call('concat', literal('a', text), call('upper', literal('b', text)))), literal('aB', text))
  assert.deepEqual(simplify(call('eq', literal(1, integer), literal(null, integer))), unknown)
  assert.deepEqual(simplify(call('coalesce', literal(null, text), field('note'))), field('note'))
  assert.deepEqual(simplify(call('coalesce', literal('x', text), field('note'))), literal('x', text))
  const square = call('multiply', literal(2 ** 52, integer), literal(2 ** 52, integer))
  assert.deepEqual(simplify(square), square)
})

test('a case ends where it is decided', () => {
  const choose = (...whens: Expr[]): Expr => ({
    kind: 'case',
    branches: whens.map((when, at) => ({ when, then: literal(at, integer) })),
    otherwise: literal(9, integer),
  })
  assert.deepEqual(simplify(choose(no, unknown)), literal(9, integer))
  assert.deepEqual(simplify(choose(no, yes, open)), literal(1, integer))
  assert.deepEqual(simplify(choose(open, yes)), {
    kind: 'case',
    branches: [{ when: open, then: literal(0, integer) }],
    otherwise: literal(1, integer),
  })
})
