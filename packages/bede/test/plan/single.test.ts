import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CompiledOperation } from '../../src/manifest/manifest.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import { createStatements } from '../../src/sql/ddl.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { openStore } from '../../src/store/open.ts'
import { call, field, input, small } from '../fixtures/small.ts'

const text = { kind: 'text' } as const
const now = '2026-11-21T00:00:00.000Z'

const byName = (by: 'role' | 'name'): CompiledOperation => {
  const from = { model: 'user', as: 'u', where: call('eq', field(by, 'u'), input(text, 'value')) }
  const item = { kind: 'value', type: text, expr: field('name', 'u') } as const
  return {
    kind: 'read',
    auth: 'optional',
    input: { value: { type: text } },
    answers: {
      kind: 'object',
      members: {
        value: { kind: 'value', type: text, nullable: true, expr: { kind: 'via', from, value: field('name', 'u') } },
        row: { kind: 'one', from, item: { kind: 'object', members: { name: item } }, nullable: true },
      },
    },
  }
}

test('what is looked up by something that two rows have is the first of them, and no error of the database', async () => {
  const driver = openStore('memory://')
  try {
    const connection = await driver.open()
    await connection.script(createStatements(small, postgres).join(';\n'))
    const add = (id: string, name: string) =>
      `insert into "user" (id, name, email, role, hidden) values ('01900000-0000-7000-8000-00000000000${id}', '${name}', '${name}@example.com', 'member', false)`
    await connection.script(['3', '1', '2'].map((id) => add(id, `user ${id}`)).join(';'))
    const manifest = { ...small, operations: { find: byName('role') } }
    const statement = createPlanner(manifest, postgres).statement('find', {
      input: { value: 'member' },
      actor: null,
      system: false,
      now,
    })
    const rows = await connection.query(statement)
    assert.deepEqual(
      rows.map(([body]) => JSON.parse(body!)),
      [{ value: 'user 1', row: { name: 'user 1' } }],
    )
  } finally {
    await driver.close()
  }
})

test('what is looked up by something unique needs no limit', () => {
  const sqlOf = (by: 'role' | 'name') =>
    createPlanner({ ...small, operations: { find: byName(by) } }, postgres).statement('find', {
      input: { value: 'x' },
      actor: null,
      system: false,
      now,
    }).sql
  assert.match(sqlOf('role'), /limit/)
  assert.doesNotMatch(sqlOf('name'), /limit/)
})
