import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffModels, effectOf } from '../../../src/manifest/diff.ts'
import { type StoredTable, storedTables } from '../../../src/manifest/stored.ts'
import type { FieldDefinition, ModelDefinition } from '../../../src/model/definition.ts'
import { planMigration } from '../../../src/sql/migration/plan.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import { table, tablesOnly, text } from '../../fixtures/tables.ts'

type Field = Omit<FieldDefinition, 'column'>
const encrypted = (model: string, more: object = {}): Field => ({
  type: { kind: 'encrypted', of: { kind: 'text' }, model, field: 'note', ...more },
  optional: true,
})
const person = (note: Field, more: Partial<ModelDefinition> = {}) => ({ person: table('person', { note }, more) })

/** What speaks against it, with what to do; and what development would do. */
function refused(before: Record<string, ModelDefinition>, after: Record<string, ModelDefinition>): string {
  const [from, to] = [tablesOnly(before), tablesOnly(after)]
  const plan = planMigration(from, [], to, postgres)
  const effects = diffModels(storedTables(from) as readonly StoredTable[], to).map(effectOf)
  assert.ok(effects.includes('destructive'), 'development changes nothing of it by itself')
  return plan.refusals.map(({ code, message, hint }) => `${code}: ${message} ${hint}`).join('\n')
}

test('what was written in clear does not become encrypted by a cast, nor the other way', () => {
  const clear = person(text({ optional: true }))
  const closed = person(encrypted('person'))
  assert.match(refused(clear, closed), /impossible-migration: The database has no key.*another name.*handler/)
  assert.match(refused(closed, clear), /impossible-migration: The database has no key/)
})

test('a table with encrypted values keeps its name', () => {
  const human = { human: table('human', { note: encrypted('human') }, { was: 'person' }) }
  assert.match(refused(person(encrypted('person')), human), /bound to the name of their table.*table: 'person'/)
})

test('what is found by its value is indexed by what its column begins with', () => {
  const indexes = [{ name: 'person_note_key', fields: ['note'], unique: true as const }]
  const plan = planMigration(
    tablesOnly(person(encrypted('person'))),
    [],
    tablesOnly(person(encrypted('person', { search: 'exact' }), { indexes })),
    postgres,
  )
  assert.deepEqual(plan.refusals, [])
  assert.match(JSON.stringify(plan.steps), /unique index.*\(\(left\(.*note.*, 43\)\)\)/)
})
