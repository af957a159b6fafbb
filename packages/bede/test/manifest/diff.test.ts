import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Change, diffModels, effectOf } from '../../src/manifest/diff.ts'
import { storedTables } from '../../src/manifest/stored.ts'
import type { FieldDefinition, ModelDefinition } from '../../src/model/definition.ts'
import { small } from '../fixtures/small.ts'
import { everything, refTo, table, tablesOnly, text } from '../fixtures/tables.ts'

type Fields = Readonly<Record<string, Omit<FieldDefinition, 'column'>>>

const differences = (
  before: Readonly<Record<string, ModelDefinition>>,
  after: Readonly<Record<string, ModelDefinition>>,
): readonly Change[] => diffModels(JSON.parse(JSON.stringify(storedTables(tablesOnly(before)))), tablesOnly(after))
const said = (changes: readonly Change[]): readonly string[] =>
  changes.map(
    (change) =>
      `${change.kind} ${change.table.model}${'column' in change ? `.${change.column.field}` : ''}: ${effectOf(change)}`,
  )
const fields = (
  before: Fields,
  after: Fields,
  more: readonly [Partial<ModelDefinition>, Partial<ModelDefinition>] = [{}, {}],
): readonly string[] => said(differences({ a: table('a', before, more[0]) }, { a: table('a', after, more[1]) }))

test('a manifest does not differ from itself, nor from its JSON', () => {
  for (const manifest of [small, everything]) {
    assert.deepEqual(diffModels(JSON.parse(JSON.stringify(storedTables(manifest))), manifest), [])
  }
})

test('what only the application knows is no difference', () => {
  assert.deepEqual(
    fields(
      { x: text({ max: 5 }) },
      { x: { type: { kind: 'email' }, max: 9, pattern: 'x', private: true, immutable: true } },
    ),
    [],
  )
  assert.deepEqual(fields({ x: text(), y: text() }, { y: text(), x: text() }), [], 'nor is their order')
})

test('tables come and go', () => {
  const a = table('a', {})
  const b = table('b', { aId: refTo('a') })
  assert.deepEqual(said(differences({}, { b, a })), [
    'add-table a: additive',
    'add-table b: additive',
    'change-reference b.aId: fitting',
  ])
  assert.deepEqual(said(differences({ a, b }, { a })), ['remove-table b: destructive'])
})

test('a table and a field that say what they were are renamed, with what hangs on them', () => {
  const a = table('a', { name: text() })
  const user = table('user', { name: text() })
  const b = table('b', { aId: refTo('a') })
  const bOfUser = table('b', { aId: refTo('user') })
  assert.deepEqual(said(differences({ a, b }, { user: { ...user, was: 'a' }, b: bOfUser })), [
    'rename-table user: additive',
  ])
  assert.deepEqual(said(differences({ a, b }, { user, b: bOfUser })), [
    'add-table user: additive',
    'change-reference b.aId: fitting',
    'remove-table a: destructive',
  ])
  assert.deepEqual(fields({ x: text() }, { y: text({ was: 'x' }) }), ['rename-column a.y: additive'])
  assert.deepEqual(fields({ x: text() }, { y: text() }), ['add-column a.y: fitting', 'remove-column a.x: destructive'])
  assert.deepEqual(fields({ y: text() }, { y: text({ was: 'x' }) }), [], 'a rename that has been made is no difference')
  const check = (name: string) => ({
    checks: [{ name: 'c', expr: { kind: 'field' as const, row: 'row', field: name } }],
  })
  const index = (name: string) => ({ indexes: [{ name: 'a_i', fields: [name] }] })
  assert.deepEqual(
    fields({ oldName: text() }, { newName: text({ was: 'oldName' }) }, [
      { ...check('oldName'), ...index('oldName') },
      { ...check('newName'), ...index('newName') },
    ]),
    ['rename-column a.newName: additive'],
  )
})

test('columns', () => {
  assert.deepEqual(fields({}, { x: text({ optional: true }) }), ['add-column a.x: additive'])
  assert.deepEqual(fields({}, { x: text({ default: { kind: 'value', value: '' } }) }), ['add-column a.x: additive'])
  assert.deepEqual(fields({}, { x: text({ default: { kind: 'actor', field: 'id' } }) }), ['add-column a.x: fitting'])
  assert.deepEqual(fields({}, { x: text() }), ['add-column a.x: fitting'])
  assert.deepEqual(fields({ x: text() }, {}), ['remove-column a.x: destructive'])
  assert.deepEqual(fields({ x: text() }, { x: text({ optional: true }) }), ['change-optional a.x: additive'])
  assert.deepEqual(fields({ x: text({ optional: true }) }, { x: text() }), ['change-optional a.x: fitting'])
  assert.deepEqual(fields({ x: text() }, { x: text({ default: { kind: 'value', value: '1' } }) }), [
    'change-default a.x: additive',
  ])
  assert.deepEqual(fields({ x: text() }, { x: { type: { kind: 'integer' } } }), ['change-type a.x: destructive'])
  assert.deepEqual(
    fields(
      { x: { type: { kind: 'decimal', precision: 5, scale: 2 } } },
      { x: { type: { kind: 'decimal', precision: 5, scale: 1 } } },
    ),
    ['change-type a.x: destructive'],
  )
})

test('choices: more are additive, fewer must fit', () => {
  const choice = (...choices: string[]): Fields => ({ x: { type: { kind: 'choice', choices } } })
  assert.deepEqual(fields(choice('a', 'b'), choice('b', 'a')), [])
  assert.deepEqual(fields(choice('a'), choice('a', 'b')), ['change-choices a.x: additive'])
  assert.deepEqual(fields(choice('a', 'b'), choice('a')), ['change-choices a.x: fitting'])
  assert.deepEqual(fields(choice('a'), { x: text() }), ['change-choices a.x: additive'])
  assert.deepEqual(fields({ x: text() }, choice('a')), ['change-choices a.x: fitting'])
})

test('references, indexes and checks', () => {
  assert.deepEqual(fields({ x: refTo('a') }, { x: refTo('a', { onDelete: 'cascade' }) }), [
    'change-reference a.x: fitting',
  ])
  const indexed = (name: string, unique?: true): Partial<ModelDefinition> => ({
    indexes: [{ name, fields: ['x'], ...(unique && { unique }) }],
  })
  const x = { x: text() }
  assert.deepEqual(fields(x, x, [{}, indexed('i')]), ['add-index a: additive'])
  assert.deepEqual(fields(x, x, [{}, indexed('i', true)]), ['add-index a: fitting'])
  assert.deepEqual(fields(x, x, [indexed('i'), {}]), ['remove-index a: additive'])
  assert.deepEqual(fields(x, x, [indexed('i'), indexed('j')]), ['rename-index a: additive'])
  assert.deepEqual(fields(x, x, [indexed('i'), indexed('i', true)]), [
    'remove-index a: additive',
    'add-index a: fitting',
  ])
  const some = (unique: boolean, value: string, name = 'x'): Partial<ModelDefinition> => ({
    indexes: [
      {
        name: 'i',
        fields: [name],
        ...(unique && { unique }),
        where: {
          kind: 'call',
          fn: 'eq',
          args: [
            { kind: 'field', row: 'row', field: name },
            { kind: 'literal', value, type: { kind: 'text' } },
          ],
        },
      },
    ],
  })
  assert.deepEqual(fields(x, x, [some(true, 'a'), some(true, 'a')]), [])
  assert.deepEqual(fields(x, { y: text({ was: 'x' }) }, [some(true, 'a'), some(true, 'a', 'y')]), [
    'rename-column a.y: additive',
  ])
  assert.deepEqual(fields(x, x, [some(true, 'a'), some(true, 'b')]), [
    'remove-index a: additive',
    'add-index a: fitting',
  ])
  assert.deepEqual(fields(x, x, [some(false, 'a'), indexed('i')]), [
    'remove-index a: additive',
    'add-index a: additive',
  ])
  const check = (value: boolean): Partial<ModelDefinition> => ({
    checks: [{ name: 'c', expr: { kind: 'literal', value, type: { kind: 'boolean' } } }],
  })
  assert.deepEqual(fields(x, x, [{}, check(true)]), ['add-check a: fitting'])
  assert.deepEqual(fields(x, x, [check(true), check(false)]), ['remove-check a: additive', 'add-check a: fitting'])
})
