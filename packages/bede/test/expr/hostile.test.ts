import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Expr } from '../../src/expr/expr.ts'
import type { Json, ValueType } from '../../src/expr/value.ts'
import { type InputField, type Manifest, manifestVersion, type Shape } from '../../src/manifest/manifest.ts'
import type { ModelDefinition } from '../../src/model/definition.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Connection } from '../../src/store/driver.ts'
import { openWith, testStores } from '../support/stores.ts'

/**
 * Hostile text in every place an expression or a shape has for text: a literal, an item of an array, a document, a key
 * of a document, the name of a member, of a column, of a table. Each must come back as it went in, and do nothing.
 */

const hostile = [
  ...[
    "'",
    "''",
    "'''",
    '"',
    '""',
    '\\',
    "\\'",
    "\\''",
    '\\\\',
    '$1',
    '$$',
    '$x$',
    '?',
    ':x',
    '%s',
    '%',
    '_',
    ';',
    '--',
  ],
  ...[
    "'; drop table victim; --",
    '"; drop table victim; --',
    "' or '1'='1",
    "\\'; drop table victim; --",
    "x' || (select 1) || 'x",
  ],
  ...[
    "E'\\x27'",
    "U&'\\0027'",
    "'::regclass",
    '->>',
    "#>>'{a}'",
    '{',
    '}',
    '{"a":1}',
    '{NULL}',
    'NULL',
    'null',
    '[]',
    ',',
  ],
  ...['ʼ', '＇', '\u2028', '\u202e', '😀', '\u{10FFFF}', '\t', '\r\n', '\b', '\x01', '\x7f', '/*', '*/', '*//*'],
]
/** As the name of a table or a column: at most 63 bytes of anything but NUL. */
const names = hostile.filter((name) => name !== '')

const text: ValueType = { kind: 'text' }
const texts: ValueType = { kind: 'array', of: text }
const json: ValueType = { kind: 'json' }
const boolean: ValueType = { kind: 'boolean' }

const literal = (value: Json, type: ValueType): Expr => ({ kind: 'literal', value, type })
const input = (name: string, type: ValueType): Expr => ({ kind: 'input', path: [name], type })
const call = (fn: Extract<Expr, { kind: 'call' }>['fn'], ...args: Expr[]): Expr => ({ kind: 'call', fn, args })
const field = (name: string): Expr => ({ kind: 'field', row: 'row', field: name })
const value = (expr: Expr, type: ValueType): Shape => ({ kind: 'value', expr, type, nullable: true })
const document = (at: string): Json => ({ [at]: at, "a'b": { [at]: [at, null, { '->>': '::text' }] } })

const model = (name: string, table: string, columns: readonly string[]): ModelDefinition => ({
  table,
  id: 'id',
  fields: {
    id: { type: { kind: 'id', model: name }, column: 'id', default: { kind: 'generated' } },
    ...Object.fromEntries(columns.map((column, at) => [`f${at}`, { type: text, column, optional: true as const }])),
  },
  relations: {},
  indexes: [],
  checks: [],
})

/** One table whose columns have every hostile name, and one table of each hostile name. */
const models: Manifest['models'] = {
  victim: model('victim', 'victim', ['x']),
  wide: model('wide', 'wide', names),
  ...Object.fromEntries(names.map((name, at) => [`m${at}`, model(`m${at}`, name, ['x'])])),
}
const manifest: Manifest = {
  version: manifestVersion,
  name: 'hostile',
  models,
  actor: { fields: {} },
  policies: {},
  views: {},
  events: {},
  operations: {},
}

for (const store of await testStores()) {
  describe(`hostile text on ${store.name}`, { skip: store.skip }, () => {
    let connection: Connection
    let close: () => Promise<void>
    const planner = createPlanner(manifest, postgres)

    before(async () => {
      ;({ connection, close } = await openWith(store, manifest))
      await connection.script("insert into victim (id, x) values ('01900000-0000-7000-8000-000000000000', 'alive')")
    })
    after(async () => {
      const [row] = await connection.query({ sql: 'select x from victim', params: [], shape: ['x'] })
      assert.deepEqual(row, ['alive'], 'the table that every text tries to drop')
      await close()
    })

    /** What the database answers to a shape over no rows, as JSON. */
    const ask = async (answers: Shape, inputs: Record<string, InputField> = {}, sent: Record<string, Json> = {}) => {
      const operation = { kind: 'read', auth: 'optional', input: inputs, answers } as const
      const call = { input: sent, actor: null, system: true, now: '2026-11-21T00:00:00.000Z' } as const
      const [row] = await connection.query(planner.adhoc(operation).statement(call))
      return JSON.parse(row?.[0] ?? 'null')
    }
    const object = (members: readonly (readonly [string, Shape])[]): Shape => ({
      kind: 'object',
      members: Object.fromEntries(members),
    })

    test('class 64: a literal, an input and what is computed from them come back as they are', async () => {
      const shown = hostile.map((one, at): [string, Shape] => [`l${at}`, value(literal(one, text), text)])
      assert.deepEqual(Object.values(await ask(object(shown))), hostile)
      for (const one of hostile) {
        const answer = await ask(
          object([
            ['input', value(input('x', text), text)],
            ['concat', value(call('concat', literal(one, text), input('x', text)), text)],
            ['replace', value(call('replace', literal(`a${one}b`, text), input('x', text), literal('', text)), text)],
            ['contains', value(call('contains', literal(`a${one}b`, text), input('x', text)), boolean)],
            ['wild', value(call('contains', literal('abc', text), input('x', text)), boolean)],
            [
              'length',
              value(call('length', call('concat', input('x', text), literal(one, text))), { kind: 'integer' }),
            ],
          ]),
          { x: { type: text } },
          { x: one },
        )
        const length = [...one].length * 2
        assert.deepEqual(answer, { input: one, concat: one + one, replace: 'ab', contains: true, wild: false, length })
      }
    })

    test('class 65: a document and its keys are data, in a literal and in an input', async () => {
      for (const one of hostile) {
        const answer = await ask(
          object([
            ['literal', value(literal(document(one), json), json)],
            ['input', value(input('x', json), json)],
          ]),
          { x: { type: json } },
          { x: document(one) },
        )
        assert.deepEqual(answer, { literal: document(one), input: document(one) })
      }
    })

    test('class 66: items of lists are values one by one, in literals, arrays and arguments', async () => {
      const answer = await ask(
        object([
          ['array', value(literal(hostile, texts), texts)],
          ['input', value(input('x', texts), texts)],
          ['size', value(call('size', input('x', texts)), { kind: 'integer' })],
          [
            'last',
            value(
              call('in', literal(hostile.at(-1) ?? '', text), ...hostile.map((one) => literal(one, text))),
              boolean,
            ),
          ],
          ['absent', value(call('in', literal('absent', text), ...hostile.map((one) => literal(one, text))), boolean)],
          ['listed', value(call('in', literal('absent', text), input('x', texts)), boolean)],
        ]),
        { x: { type: texts, items: { type: text } } },
        { x: hostile },
      )
      assert.deepEqual(answer, {
        array: hostile,
        input: hostile,
        size: hostile.length,
        last: true,
        absent: false,
        listed: false,
      })
      for (const one of hostile) {
        const has = value(call('has', input('x', texts), literal(one, text)), boolean)
        const without = hostile.filter((other) => other !== one)
        const inputs = { x: { type: texts, items: { type: text } } }
        assert.deepEqual(
          [await ask(has, inputs, { x: hostile }), await ask(has, inputs, { x: without })],
          [true, false],
        )
      }
    })

    test('class 67: names of members, columns and tables are names, whatever is in them', async () => {
      const members = hostile.map((one, at): [string, Shape] => [
        one,
        value(literal(at, { kind: 'integer' }), { kind: 'integer' }),
      ])
      assert.deepEqual(await ask(object(members)), Object.fromEntries(hostile.map((one, at) => [one, at])))
      const columns = names.map((name, at): [string, Shape] => [name, value(field(`f${at}`), text)])
      assert.deepEqual(await ask({ kind: 'list', from: { model: 'wide', as: 'row' }, item: object(columns) }), [])
      for (const at of names.keys()) {
        const from = { model: `m${at}`, as: `'; drop table victim; --"` }
        const item = value({ kind: 'field', row: from.as, field: 'f0' }, text)
        assert.deepEqual(await ask({ kind: 'list', from, item }), [], names[at])
      }
    })

    test('class 68, 71: a value that is an object where text is expected never reaches the database as anything else', async () => {
      for (const marker of [
        { $ne: null },
        { isRaw: true, sql: '1=1' },
        { toPostgres: 'now()' },
        ['x'],
        { kind: 'literal', value: 'x' },
      ]) {
        const shown = value(call('eq', literal('x', text), input('x', text)), boolean)
        const outcome = await ask(shown, { x: { type: text } }, { x: marker }).catch(() => 'refused')
        assert.ok(outcome === 'refused' || outcome === false, JSON.stringify(marker))
      }
    })
  })
}
