import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CompiledOperation } from '../../src/manifest/manifest.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { field, call as fn, literal, small } from '../fixtures/small.ts'

const id = '01939d6e-0000-7000-8000-000000000001'
const call = { input: {}, actor: { id, role: 'member' }, system: false, now: '2026-11-21T00:00:00.000Z' }

const byTitle = (title: string): CompiledOperation => ({
  kind: 'read',
  auth: 'optional',
  input: {},
  answers: {
    kind: 'one',
    from: { model: 'article', as: 'a', where: fn('eq', field('title', 'a'), literal(title, { kind: 'text' })) },
    item: { kind: 'view', view: 'article', row: 'a' },
  },
})

test("a handler's values become parameters: queries that differ in values alone share one statement", () => {
  const planner = createPlanner(small, postgres)
  const hostile = `x' or '1'='1`
  const first = planner.adhoc(byTitle('A')).statement(call)
  const second = planner.adhoc(byTitle(hostile)).statement(call)
  assert.equal(first.name, second.name)
  assert.equal(first.sql, second.sql)
  assert.ok(!second.sql.includes(hostile))
  assert.ok(second.params.includes(hostile))
})

test('class 30: a query of a handler binds the policies of every model it meets', () => {
  const { sql } = createPlanner(small, postgres).adhoc(byTitle('A')).statement(call)
  assert.match(sql, /"status" = 'published'/)
  assert.match(sql, /"hidden" = false/)
})

test('a unit of time stays in the text, where the database wants it', () => {
  const planner = createPlanner(small, postgres)
  const perDay: CompiledOperation = {
    kind: 'read',
    auth: 'optional',
    input: {},
    answers: {
      kind: 'list',
      from: { model: 'article', as: 'a' },
      item: {
        kind: 'value',
        type: { kind: 'timestamp' },
        expr: fn('startOf', literal('day', { kind: 'text' }), field('createdAt', 'a')),
      },
    },
  }
  assert.match(planner.adhoc(perDay).statement(call).sql, /date_trunc\('day'/)
})
