import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { ValueType } from '../../../src/expr/value.ts'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import { createStatements } from '../../../src/sql/ddl.ts'
import { parseMigration, writeMigration } from '../../../src/sql/migration/file.ts'
import { planMigration } from '../../../src/sql/migration/plan.ts'
import { postgres } from '../../../src/sql/postgres/dialect.ts'
import type { Connection } from '../../../src/store/driver.ts'
import { openStore } from '../../../src/store/open.ts'
import { postgresUrl } from '../../support/postgres.ts'
import { testStores } from '../../support/stores.ts'
import { applySteps } from './apply.ts'
import { catalogOf, emptied } from './catalog.ts'
import { type Pair, pair$ } from './pairs.ts'
import { fillTables, valuesOf } from './rows.ts'

/** How many pairs of schemas are tried: a few each time, hundreds when asked to. */
const pairs = Number(process.env.BEDE_PAIRS ?? 25)
const seed = process.env.BEDE_SEED === undefined ? {} : { seed: Number(process.env.BEDE_SEED) }

type Differ = (from: string, to: string, options: { unsafe: boolean }) => Promise<{ readonly sql: string }>
const { run: migra }: { run: Differ } = createRequire(import.meta.url)('@pgkit/migra')

const create = async (connection: Connection, manifest: Manifest): Promise<void> => {
  await emptied(connection)
  await connection.script(createStatements(manifest, postgres).join(';\n'))
}

/** All that leads from one manifest to the other, the contraction that follows included, by way of the files' text. */
async function migrate(connection: Connection, { before, after: now }: Pair): Promise<void> {
  const first = planMigration(before, [], now, postgres)
  assert.deepEqual(first.refusals, [])
  const number = (steps: typeof first.steps) => steps.map((step, i) => ({ ...step, n: i + 1 }))
  const file = parseMigration(writeMigration({ steps: number(first.steps), acceptedLosses: [], later: first.later }))
  if (process.env.BEDE_SHOW) console.log(writeMigration(file))
  await applySteps(connection, file.steps)
  const second = planMigration(now, file.later, now, postgres)
  assert.deepEqual(second.later, [], 'the contraction leaves nothing to do')
  await applySteps(connection, number(second.steps))
  assert.deepEqual(planMigration(now, second.later, now, postgres).steps, [])
}

/** What only one of two lists has. */
const difference = (a: readonly string[], b: readonly string[]): readonly string[] => [
  ...a.filter((one) => !b.includes(one)).map((one) => `migrated: ${one}`),
  ...b.filter((one) => !a.includes(one)).map((one) => `created: ${one}`),
]

const number = new Set(['integer', 'bigint', 'decimal', 'float'])

/** What a value that was of one type reads as in another. */
function carried(value: string | null, from: ValueType, to: ValueType): string | null {
  if (value === null || from.kind === to.kind) return value
  if (from.kind === 'date') return `${value} 00:00:00`
  if (from.kind === 'timestamp') return value.slice(0, 10)
  if (to.kind === 'json') return JSON.stringify(value)
  return number.has(from.kind) && to.kind === 'integer' ? String(Math.round(Number(value))) : value
}

/** Every value of every field that is still declared is there, as it was. */
async function assertKept(
  connection: Connection,
  { before, after: now }: Pair,
  held: ReadonlyMap<string, ReadonlyMap<string, readonly (string | null)[]>>,
): Promise<void> {
  for (const [model, definition] of Object.entries(now.models)) {
    const old = definition.was ?? model
    const values = held.get(old)
    if (!values) continue
    const there = await valuesOf(connection, now, model)
    for (const [field, { was, type, optional }] of Object.entries(definition.fields)) {
      if (type.kind === 'search') continue // words are taken anew
      const earlier = before.models[old]?.fields[was ?? field]
      const expected = values.get(was ?? field)
      if (!earlier || !expected) continue
      const found = there.get(field) ?? []
      assert.equal(found.length, expected.length)
      for (const [i, value] of expected.entries()) {
        if (value === null && !optional) continue // it was filled
        if (type.choices && value !== null && !type.choices.includes(value)) continue // it was given up
        const wanted = carried(value, earlier.type, type)
        const same =
          number.has(type.kind) && wanted !== null
            ? Number(found[i]) === Number(wanted)
            : found[i]?.replace('+00', '') === wanted?.replace('+00', '') || found[i] === wanted
        assert.ok(same || (found[i] ?? null) === wanted, `${model}.${field}: ${value} became ${found[i]}`)
      }
    }
  }
}

for (const store of await testStores()) {
  const count = store.name === 'PGlite' ? Math.ceil(pairs / 5) : pairs
  test(`${count} pairs of schemas: applying the migrations equals creating from the manifest, and rows survive: ${store.name}`, {
    skip: store.skip,
  }, async () => {
    const driver = openStore(store.url)
    const otherUrl = store.name === 'PostgreSQL' ? await postgresUrl() : undefined
    const otherDriver = otherUrl ? openStore(otherUrl) : undefined
    after(async () => {
      await driver.close()
      await otherDriver?.close()
    })
    const connection = await driver.open()
    const other = otherDriver ? await otherDriver.open() : connection
    await fc.assert(
      fc.asyncProperty(pair$, async (pair) => {
        await create(connection, pair.before)
        await fillTables(connection, pair.before)
        const held = new Map<string, ReadonlyMap<string, readonly (string | null)[]>>()
        for (const model of Object.keys(pair.before.models))
          held.set(model, await valuesOf(connection, pair.before, model))
        await migrate(connection, pair)
        await assertKept(connection, pair, held)
        // The schema of what Bede keeps for itself is there in every database it has made.
        await connection.script('drop schema if exists bede')
        const migrated = await catalogOf(connection)
        await create(other, pair.after)
        const created = await catalogOf(other)
        assert.deepEqual(difference(migrated, created), [])
        if (otherUrl) {
          const { sql } = await migra(store.url, otherUrl, { unsafe: true })
          // An extension that is needed no more stays.
          assert.equal(sql.replace(/^drop extension if exists "\w+";\s*/, ''), '')
        }
      }),
      { numRuns: count, endOnFailure: true, ...seed },
    )
  })
}
