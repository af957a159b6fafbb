import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { Json, ValueType } from '../../src/expr/value.ts'
import { encode } from '../../src/sql/encode.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Connection, Driver } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'

/** A value comes back from the database as it went in, as a parameter and as a literal, whatever it looks like. */

const storable = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0'))
const hostile = fc.constantFrom(
  "'",
  "''",
  "\\'",
  '\\',
  '"',
  '","',
  '{',
  '}',
  '{}',
  '{"a"}',
  'NULL',
  'null',
  '',
  ' ',
  "'; select 1; --",
  "E'\\x27'",
  '$1',
  '$$',
  '$a$',
  '%',
  '_',
  '\\x00',
  "\\'||(select 1)||'",
  "U&'\\0027'",
  '\u2028',
  '\ufeff',
  '＇',
  'ʼ',
  '::text',
  ')',
  '--\n',
)
const text = fc.oneof(
  storable,
  hostile,
  fc.tuple(hostile, storable, hostile).map((parts) => parts.join('')),
)
const milliseconds = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
const digits = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String)
const two = (n: number) => String(n).padStart(2, '0')

const plainJson: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((n) => n + 0),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(text, tie('json'), { maxKeys: 4 }),
  ),
})).json

const kinds: readonly (readonly [ValueType, fc.Arbitrary<Json>])[] = [
  [{ kind: 'text' }, text],
  [{ kind: 'choice', choices: ['a'] }, text],
  [{ kind: 'id', model: 'm' }, fc.uuid()],
  [{ kind: 'ref', model: 'm', integer: true }, fc.maxSafeInteger()],
  [{ kind: 'integer' }, fc.integer()],
  [{ kind: 'bigint' }, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)],
  [
    { kind: 'decimal' },
    fc.tuple(digits, fc.option(fc.nat(99_999))).map(([whole, part]) => (part === null ? whole : `${whole}.${part}`)),
  ],
  [{ kind: 'float' }, fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0)],
  [{ kind: 'boolean' }, fc.boolean()],
  [{ kind: 'timestamp' }, milliseconds.map((date) => date.toISOString())],
  [{ kind: 'date' }, milliseconds.map((date) => date.toISOString().slice(0, 10))],
  [{ kind: 'time' }, fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59)).map((parts) => parts.map(two).join(':'))],
  [
    { kind: 'duration' },
    fc
      .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 23 }))
      .map(([days, hours]) => `P${days}DT${hours}H`),
  ],
  [{ kind: 'bytes' }, fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes).toString('base64'))],
  [{ kind: 'json' }, plainJson.filter((json) => json !== null)],
  [{ kind: 'array', of: { kind: 'text' } }, fc.array(text, { maxLength: 6 })],
  [{ kind: 'array', of: { kind: 'integer' } }, fc.array(fc.integer(), { maxLength: 6 })],
  [
    { kind: 'array', of: { kind: 'bytes' } },
    fc.array(
      fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64')),
      { maxLength: 4 },
    ),
  ],
  [
    { kind: 'array', of: { kind: 'timestamp' } },
    fc.array(
      milliseconds.map((date) => date.toISOString()),
      { maxLength: 4 },
    ),
  ],
]

const RUNS = 40
const url = await postgresUrl()

for (const [name, address] of [
  ['PGlite', 'memory://'],
  ['PostgreSQL', url],
] as const) {
  describe(`values on ${name}`, { skip: address === undefined ? NO_POSTGRES : false }, () => {
    let driver: Driver
    let connection: Connection
    before(async () => {
      driver = openStore(address)
      connection = await driver.open()
    })
    after(() => driver.close())

    /** Many values in one statement: as parameters, as literals, and read out of a JSON document. */
    async function roundTrip(type: ValueType, values: readonly Json[]): Promise<Json[]> {
      const shown = (sql: string) => postgres.jsonValue(sql, type)
      const document = postgres.literal({ a: values }, { kind: 'json' })
      const sql = [
        ...values.map((_, at) => shown(postgres.param(at + 1, type))),
        ...values.map((value) => shown(postgres.literal(value, type))),
        ...values.map((_, at) => shown(postgres.fromJson(`(${document} -> 'a' -> ${at})`, [], type))),
      ]
      const columns = sql.map((column, at) => `${column} as c${at}`).join(', ')
      const params = values.map((value) => postgres.encode(value, type))
      const [row] = await connection.query({
        sql: `select row_to_json(r) from (select ${columns}) r`,
        params,
        shape: ['r'],
      })
      return Object.values(JSON.parse(row![0]!))
    }

    for (const [type, values] of kinds) {
      test(`class 64, 66: ${type.kind}${type.of ? ` of ${type.of.kind}` : ''}: what goes in comes out`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 20 }), async (list) => {
            const plain: Json[] = JSON.parse(JSON.stringify(list))
            assert.deepEqual(await roundTrip(type, plain), [...plain, ...plain, ...plain])
          }),
          { numRuns: RUNS },
        )
      })
    }

    test('class 65: keys and paths of a JSON document are text', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 3 }), storable, async (path, value) => {
          const nested = path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value)
          const document = postgres.literal(nested, { kind: 'json' })
          const sql = `select ${postgres.fromJson(document, path, { kind: 'text' })}`
          assert.deepEqual(await connection.query({ sql, params: [], shape: ['v'] }), [[value]])
        }),
        { numRuns: RUNS },
      )
    })

    test('class 67: a name is a name, whatever it looks like', async () => {
      const short = text.filter((one) => one !== '' && Buffer.byteLength(one) <= 63)
      await fc.assert(
        fc.asyncProperty(short, async (one) => {
          const name = postgres.identifier(one)
          const sql = `select ${name}.${name} from (select 1 as ${name}) as ${name}`
          const quoted = postgres.jsonObject([[one, '1']])
          const [row] = await connection.query({ sql: `select ${quoted}`, params: [], shape: ['v'] })
          assert.deepEqual(JSON.parse(row![0]!), { [one]: 1 })
          assert.deepEqual(await connection.query({ sql, params: [], shape: ['v'] }), [['1']])
        }),
        { numRuns: RUNS },
      )
    })

    test('a new id is a UUID of version 7, made now, and differs from row to row', async () => {
      const sql = `select ${postgres.newId()}::text from generate_series(1, 50)`
      const ids = (await connection.query({ sql, params: [], shape: ['id'] })).map(([id]) => id!)
      assert.equal(new Set(ids).size, 50)
      for (const id of ids) {
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        const made = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
        assert.ok(Math.abs(made - Date.now()) < 86_400_000, id)
      }
    })
  })
}

const refused = (value: Json, type: ValueType): string => {
  try {
    encode(value, type)
  } catch (error) {
    if (isProblem(error)) return error.code
    throw error
  }
  return 'taken'
}

test('class 71: an object is no text, a text is no number, and a number is no text', () => {
  const operators: Json[] = [{ $ne: null }, { kind: 'sql', text: '1' }, [], ['x'], {}]
  for (const [type] of kinds) {
    if (type.kind === 'json' || type.kind === 'array') continue
    for (const operator of operators)
      assert.equal(refused(operator, type), 'invalid-input', `${JSON.stringify(operator)} as ${type.kind}`)
  }
  assert.equal(refused('1', { kind: 'integer' }), 'invalid-input')
  assert.equal(refused(1, { kind: 'text' }), 'invalid-input')
  assert.equal(refused(1, { kind: 'bigint' }), 'invalid-input')
  assert.equal(refused('true', { kind: 'boolean' }), 'invalid-input')
  assert.equal(refused('x', { kind: 'array', of: { kind: 'text' } }), 'invalid-input')
  assert.equal(refused([{ $ne: 1 }], { kind: 'array', of: { kind: 'text' } }), 'invalid-input')
})

test('class 66: no item of an array leaves it, and no array is in an array', () => {
  assert.equal(
    encode(['a","b', '\\', 'NULL', null], { kind: 'array', of: { kind: 'text' } }),
    '{"a\\",\\"b","\\\\","NULL",NULL}',
  )
  assert.equal(refused([['a']], { kind: 'array', of: { kind: 'array', of: { kind: 'text' } } }), 'invalid-input')
})

test('numbers, times and bytes have one form and no other', () => {
  const wrong: readonly (readonly [ValueType, readonly Json[]])[] = [
    [{ kind: 'integer' }, [1.5, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY]],
    [{ kind: 'float' }, [Number.NaN, Number.POSITIVE_INFINITY]],
    [{ kind: 'bigint' }, ['9223372036854775808', '1e3', '0x10', ' 1', '1 ', '+1', '']],
    [{ kind: 'decimal' }, ['NaN', 'Infinity', '1e5', '.5', '5.', '1,5', '--1', '']],
    [
      { kind: 'timestamp' },
      [
        'now',
        'infinity',
        'epoch',
        '2026-02-30T00:00:00Z',
        '2026-01-01',
        '2026-01-01T00:00:00',
        '0000-01-01T00:00:00Z',
        '2026-01-01T24:00:01Z',
      ],
    ],
    [{ kind: 'date' }, ['today', '2026-02-30', '2026-1-1', 'infinity', '0000-01-01']],
    [{ kind: 'time' }, ['24:00:00', '12:60:00', 'allballs', '12:00', '12:00:00.1234']],
    [{ kind: 'duration' }, ['1 day', 'P1Y', 'P1M', 'P', 'PT', 'P99999999D', 'infinity']],
    [{ kind: 'bytes' }, ['\\x00', 'a', 'AA=A', '=', 'AA']],
    [{ kind: 'id' }, ['1', '01900000-0000-7000-8000-00000000000', '{01900000-0000-7000-8000-000000000000}']],
  ]
  for (const [type, values] of wrong) {
    for (const value of values)
      assert.equal(refused(value, type), 'invalid-input', `${JSON.stringify(value)} as ${type.kind}`)
  }
})

test('what no database can store is refused: NUL, and half of a surrogate pair, at any depth', () => {
  for (const bad of ['a\0b', '\ud800', 'x\udc00y']) {
    assert.equal(refused(bad, { kind: 'text' }), 'invalid-text')
    assert.equal(refused([bad], { kind: 'array', of: { kind: 'text' } }), 'invalid-text')
    assert.equal(refused({ a: [{ b: bad }] }, { kind: 'json' }), 'invalid-text')
    assert.equal(refused({ [bad]: 1 }, { kind: 'json' }), 'invalid-text')
  }
})

test('class 67: a name that no database can hold is refused', () => {
  for (const name of ['', 'a\0b', '\ud800', 'x'.repeat(64), 'é'.repeat(32)]) {
    assert.throws(
      () => postgres.identifier(name),
      (error) => isProblem(error) && error.code === 'invalid-name',
      JSON.stringify(name),
    )
  }
  assert.equal(postgres.identifier('a"; drop table x; --'), '"a""; drop table x; --"')
})
