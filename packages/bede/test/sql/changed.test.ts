import assert from 'node:assert/strict'
import { test } from 'node:test'
import { link } from '../../src/identity/link.ts'
import type { CompiledOperation, Manifest } from '../../src/manifest/manifest.ts'
import { credentialsChanged } from '../../src/plan/credentials.ts'
import { changedPayload, readChanged } from '../../src/sql/changed.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { club } from '../engine/support/club.ts'
import { small } from '../fixtures/small.ts'

const call = {
  input: { id: '01890a5d-ac96-774b-bcce-b302099a8057' },
  actor: null,
  system: false,
  now: '2026-01-01T00:00:00.000Z',
}
const remove: CompiledOperation = {
  kind: 'write',
  auth: 'optional',
  input: { id: { type: { kind: 'id', model: 'article' } } },
  write: {
    kind: 'delete',
    model: 'article',
    target: {
      kind: 'call',
      fn: 'eq',
      args: [
        { kind: 'field', row: 'row', field: 'id' },
        { kind: 'input', path: ['id'], type: { kind: 'id', model: 'article' } },
      ],
    },
  },
}
const shown: CompiledOperation = {
  kind: 'read',
  auth: 'optional',
  input: {},
  answers: {
    kind: 'list',
    from: { model: 'article', as: 'row' },
    item: { kind: 'value', expr: { kind: 'field', row: 'row', field: 'title' }, type: { kind: 'text' } },
  },
}

test('a write tells of what it changed only where somebody keeps answers made of it, and in its own statement', () => {
  const cached: Manifest = { ...small, operations: { remove, shown: { ...shown, cache: { for: 30 } } } }
  const plain: Manifest = { ...small, operations: { remove, shown } }
  const told = createPlanner(cached, postgres).statement('remove', call)
  assert.match(
    told.sql,
    /select "written"::text \|\| case when "written" > 0 then pg_notify\('bede_changed', '[\w,]*article[\w,]*'\)::text else '' end, "body" from "\$result"$/,
  )
  assert.ok(told.changes?.includes('article'))
  const silent = createPlanner(plain, postgres).statement('remove', call)
  assert.doesNotMatch(silent.sql, /notify/)
  assert.equal(silent.changes, undefined)
  const after = createPlanner(cached, postgres, { telling: false }).statement('remove', call)
  assert.equal(after.sql, silent.sql)
  assert.deepEqual(after.changes, told.changes)
})

test('a write tells that credentials changed when it ends one or changes what its account may do, and no other does', () => {
  const { manifest } = link(club())
  const planner = createPlanner(manifest, postgres)
  const changes = (write: CompiledOperation['write']) =>
    planner.adhoc({ kind: 'write', auth: 'required', input: {}, ...(write && { write }) }).statement(call).changes ?? []
  const target = { kind: 'literal', value: true, type: { kind: 'boolean' } } as const
  const value = { kind: 'literal', value: null, type: { kind: 'text' } } as const
  const now = { kind: 'now' } as const
  for (const [write, tells] of [
    [{ kind: 'delete', model: 'bede_session', target }, true],
    [{ kind: 'update', model: 'bede_session', target, set: { tokenHash: value } }, true],
    [{ kind: 'update', model: 'bede_session', target, set: { usedAt: now } }, false],
    [{ kind: 'create', model: 'bede_session', values: { tokenHash: value } }, false],
    [{ kind: 'update', model: 'member', target, set: { role: value } }, true],
    [{ kind: 'update', model: 'member', target, set: { name: value } }, false],
    [{ kind: 'delete', model: 'member', target }, true],
    [{ kind: 'create', model: 'member', values: { name: value } }, false],
    [{ kind: 'delete', model: 'note', target }, false],
  ] as const)
    assert.equal(changes(write).includes(credentialsChanged), tells, JSON.stringify(write))
})

test('what does not fit into a notification stands for everything', () => {
  assert.deepEqual(readChanged(changedPayload(['a', 'b'])), ['a', 'b'])
  assert.equal(
    readChanged(changedPayload(Array.from({ length: 500 }, (_, i) => `model_of_some_length_${i}`))),
    undefined,
  )
})
