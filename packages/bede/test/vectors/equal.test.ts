import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { evaluate } from '../../src/expr/evaluate.ts'
import type { Expr } from '../../src/expr/expr.ts'
import type { FunctionName } from '../../src/expr/names.ts'
import type { Json, ValueType } from '../../src/expr/value.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Connection } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { testStores } from '../support/stores.ts'
import { lacksVectors } from './support/stores.ts'

/** Law 6 for vectors: the two evaluators agree as far as sums of single-precision floats do. */

const distances: readonly FunctionName[] = ['cosineDistance', 'l2Distance', 'innerProduct']
type Vector = readonly number[]

const number = fc.oneof(
  fc.float({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(0, -0, 1, 0.1, 1e-7, -3, 1000, 1e12, -1e12),
)
const pair = fc.integer({ min: 1, max: 40 }).chain((dimensions) => {
  const vector = fc.oneof(
    { weight: 9, arbitrary: fc.array(number, { minLength: dimensions, maxLength: dimensions }) },
    { weight: 1, arbitrary: fc.constant(Array.from({ length: dimensions }, () => 0)) },
  )
  return fc.record({ dimensions: fc.constant(dimensions), a: vector, b: vector })
})

const literal = (value: Json, type: ValueType): Expr => ({ kind: 'literal', value, type })
const inMemory = (fn: FunctionName, a: Json, b: Json, type: ValueType): Json =>
  evaluate(
    { kind: 'call', fn, args: [literal(a, type), literal(b, type)] },
    {
      input: {},
      actor: null,
      now: '2026-01-01T00:00:00.000Z',
      rows: {},
      fieldType: () => type,
      rowsOf: () => ({ rows: [], fieldType: () => type }),
    },
  )

/** What errors of single precision can add up to, beside the numbers that went in. */
const scaleOf = (fn: FunctionName, a: Vector, b: Vector): number => {
  const length = (v: Vector) => Math.hypot(...v)
  if (fn === 'cosineDistance') return 1
  return fn === 'l2Distance' ? length(a) + length(b) : length(a) * length(b)
}

for (const store of await testStores()) {
  if (store.skip !== false || (await lacksVectors(store))) continue
  const driver = openStore(store.url)
  after(() => driver.close())
  const opened = (async () => {
    const connection = await driver.open()
    await connection.script('create extension if not exists "vector"')
    return connection
  })()
  const inDatabase = async (connection: Connection, a: Json, b: Json, type: ValueType): Promise<Json[]> => {
    const [left, right] = [1, 2].map((n) => ({ sql: postgres.param(n, type), type }))
    const columns = distances.map((fn) => `${postgres.call(fn, [left!, right!])} as ${fn}`).join(', ')
    const params = [postgres.encode(a, type), postgres.encode(b, type)]
    const sql = `select row_to_json(x)::text from (select ${columns}) x`
    const [row] = await connection.query({ sql, params, shape: ['x'] })
    return Object.values(JSON.parse(row?.[0] ?? '{}'))
  }

  test(`${store.name}: memory and the database measure the same`, { skip: store.skip }, async () => {
    const connection = await opened
    await fc.assert(
      fc.asyncProperty(pair, async ({ dimensions, a, b }) => {
        const type: ValueType = { kind: 'vector', dimensions }
        const found = await inDatabase(connection, a, b, type)
        for (const [at, fn] of distances.entries()) {
          const [memory, database] = [inMemory(fn, a, b, type), found[at] as Json]
          if (memory === null || database === null) assert.equal(memory, database, fn)
          else {
            const off = Math.abs(Number(memory) - Number(database))
            assert.ok(off <= 1e-5 * scaleOf(fn, a, b), `${fn}: ${memory} and ${database}`)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test(`${store.name}: what is no finite number is null, in memory and in the database`, async () => {
    const connection = await opened
    const type: ValueType = { kind: 'vector', dimensions: 2 }
    const most = 3.4028235e38
    const cases: [Json, Json, (number | null)[]][] = [
      [
        [0, 0],
        [1, 2],
        [null, Math.fround(Math.sqrt(5)), 0],
      ],
      [
        [0, 0],
        [0, 0],
        [null, 0, 0],
      ],
      [
        [most, most],
        [most, most],
        [null, 0, null],
      ],
      [
        [most, 0],
        [-most, 0],
        [null, null, null],
      ],
      [
        [most, most],
        [most, -most],
        [null, null, null],
      ],
      [null, [1, 2], [null, null, null]],
    ]
    for (const [a, b, expected] of cases) {
      const round = (values: Json[]) => values.map((value) => (value === null ? null : Math.fround(Number(value))))
      const about = JSON.stringify([a, b])
      assert.deepEqual(round(await inDatabase(connection, a, b, type)), expected, about)
      assert.deepEqual(round(distances.map((fn) => inMemory(fn, a, b, type))), expected, about)
    }
  })
}
