import assert from 'node:assert/strict'
import { test } from 'node:test'
import { link, start } from '../../src/index.ts'
import { createPlanner } from '../../src/sql/create-planner.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { idOf, problemOf, type Running, refused, running } from '../writes/support/running.ts'
import { library } from './support/library.ts'
import { lacksVectors } from './support/stores.ts'

const { manifest } = link(library)
const planner = createPlanner(manifest, postgres)
const now = '2026-01-01T00:00:00.000Z'
const log = createLogger({ level: 'error', write: () => {} })

for (const { store, run } of await running(library, ['note'])) {
  if (store.skip === false && (await lacksVectors(store))) {
    test(`${store.name} without pgvector: the start says what is missing, and nothing was made`, async () => {
      const problem = await problemOf(() => start(library, { database: store.url, mode: 'development', log }))
      assert.equal(problem.code, 'store-schema')
      assert.match(problem.message, /extension vector .*the server does not have/)
      assert.match(problem.hint ?? '', /pgvector.*|create extension "vector"/)
      assert.ok(await lacksVectors(store, "select 1 from pg_class where relname = 'note'"))
    })
    continue
  }
  const options = { skip: store.skip }
  const filled = async () => {
    const it = await run()
    await it.rows('truncate note, bede.history_note')
    const vectors: Record<string, string | null> = {
      same: '[1,0,0]',
      near: '[2,1,0]',
      across: '[0,3,0]',
      opposite: '[-4,0,0]',
      zero: '[0,0,0]',
      none: null,
      hidden: '[1,0,0]',
    }
    for (const [at, [title, value]] of Object.entries(vectors).entries())
      await it.rows(
        `insert into note (id, title, level, embedding) values ('${idOf(at)}', '${title}', ${title === 'hidden' ? 1 : 0}, ${value === null ? 'null' : `'${value}'`})`,
      )
    return it
  }
  /** What the database answers in a session of these settings, a pool having many. */
  const under = (it: Running, settings: string, operation: string, body: object, prefix = '') =>
    it.backend.connection.transaction(async (transaction) => {
      await transaction.script(settings)
      const call = { input: { body: { near: [1, 0, 0], ...body } }, actor: null, system: false, now }
      const { sql, params } = planner.statement(operation, call)
      const rows = await transaction.query({ sql: prefix + sql, params, shape: ['body'] })
      return rows.map(([line]) => line).join('\n')
    })
  const titles = async (it: Running, operation: string, input: object): Promise<string[]> =>
    (await it.as(null, operation, input)).json.items.map(({ title }: { title: string }) => title)

  test(`${store.name}: the nearest come first, of what the policy shows`, options, async () => {
    const it = await filled()
    const near = [1, 0, 0]
    const plain = async (operation: string) =>
      JSON.parse(await under(it, 'set local enable_indexscan = off', operation, { count: 100 })).items
    const byCosine = await plain('byCosine')
    assert.deepEqual(
      byCosine.map(({ title, distance }: { title: string; distance: number | null }) => [
        title,
        distance === null ? null : Math.round(distance * 1000) / 1000,
      ]),
      [
        ['same', 0],
        ['near', 0.106],
        ['across', 1],
        ['opposite', 2],
        ['zero', null],
        ['none', null],
      ],
    )
    const byLength = await plain('byLength')
    assert.deepEqual(
      byLength.map(({ title }: { title: string }) => title),
      ['same', 'zero', 'near', 'across', 'opposite', 'none'],
    )
    const byProduct = await plain('byProduct')
    assert.deepEqual(byProduct[0], { title: 'near', distance: 2 })
    assert.equal(byProduct.at(-1).title, 'none')
    assert.deepEqual(await titles(it, 'byCosine', { body: { near, count: 2 } }), ['same', 'near'])
    assert.deepEqual(await titles(it, 'within', { query: { near } }), ['near', 'same'])
  })

  test(`${store.name}: class 130: the nearest are found by the index of their distance`, options, async () => {
    const it = await filled()
    for (const [operation, index] of [
      ['byCosine', 'note_embedding_hnsw_cosine'],
      ['byLength', 'note_embedding_hnsw_l2'],
      ['byProduct', 'note_embedding_hnsw_inner_product'],
    ] as const) {
      const plan = await under(it, 'set local enable_seqscan = off', operation, { count: 2 }, 'explain ')
      assert.match(plan, new RegExp(`Limit [^\\n]*\\n *->  Index Scan using ${index} on note`), operation)
    }
  })

  test(`${store.name}: what the policy hides makes a list by an index shorter, and never shows`, options, async () => {
    const it = await filled()
    await it.rows(
      `insert into note (id, title, level, embedding) select gen_random_uuid(), 'hidden', 1, array[1, n / 10000.0, 0]::real[]::vector from generate_series(1, 400) n`,
    )
    const nearest = async (scan: string): Promise<string[]> => {
      const settings = `set local enable_seqscan = off; set local enable_sort = off; set local hnsw.iterative_scan = ${scan}`
      const { items } = JSON.parse(await under(it, settings, 'byCosine', { count: 4 }))
      return items.map(({ title }: { title: string }) => title)
    }
    const short = await nearest('off')
    assert.ok(short.length < 4 && !short.includes('hidden'), short.join())
    assert.deepEqual(await nearest('strict_order'), ['same', 'near', 'across', 'opposite'])
  })

  test(`${store.name}: a vector is written, read, changed and kept in the history as an array`, options, async () => {
    const it = await filled()
    const data = { title: 'new', embedding: [0.1, -2.5e-7, 3.4028235e38] }
    const { json: made } = await it.as(null, 'note.create', { data })
    assert.deepEqual(made.embedding, data.embedding)
    const { json: read } = await it.as(null, 'note.get', { id: made.id })
    assert.deepEqual(read.embedding, data.embedding)
    await it.as(null, 'note.update', { id: made.id, data: { embedding: null } })
    await it.as(null, 'note.update', { id: made.id, data: { embedding: [1, 2, 3] } })
    const history = await it.rows(
      `select change, after -> 'embedding', before -> 'embedding' from bede.history_note where row_id = '${made.id}' order by id`,
    )
    const { json: changes } = await it.as(null, 'note.history', { id: made.id })
    for (const [at, embedding] of [
      [1, null],
      [2, data.embedding],
    ] as const) {
      const then = await it.as(null, 'note.asOf', { id: made.id, at: changes.items[at].at })
      assert.deepEqual(then.json.embedding, embedding)
    }
    const stored = JSON.parse(history[0]?.[1] ?? 'null')
    assert.deepEqual(stored, data.embedding)
    assert.deepEqual(
      history.map(([what, after]) => [what, after === 'null']),
      [
        ['create', false],
        ['update', true],
        ['update', false],
      ],
    )
  })

  test(`${store.name}: class 129: what is no vector of so many numbers is refused by name`, options, async () => {
    const it = await filled()
    const wrong: [unknown, string][] = [
      [[1, 2], 'invalid-value'],
      [[1, 2, 3, 4], 'invalid-value'],
      [[], 'invalid-value'],
      [Array.from({ length: 20_000 }, () => 1), 'invalid-value'],
      [[1, 2, 1e39], 'invalid-value'],
      [[1, 2, -1e39], 'invalid-value'],
      [[1, 2, '3'], 'invalid-input'],
      [[1, 2, null], 'invalid-input'],
      [[1, 2, [3]], 'invalid-input'],
      [[1, 2, Number.NaN], 'invalid-input'],
      [[1, 2, Number.POSITIVE_INFINITY], 'invalid-input'],
      ['[1,2,3]', 'invalid-input'],
      [{ 0: 1, 1: 2, 2: 3, length: 3 }, 'invalid-input'],
      [1, 'invalid-input'],
    ]
    for (const [embedding, code] of wrong) {
      const about = JSON.stringify(embedding).slice(0, 40)
      const problem = await refused(it, () => it.as(null, 'note.create', { data: { title: 'x', embedding } }))
      assert.equal(problem.code, code, about)
      assert.match(problem.details[0]?.place ?? '', /^\/data\/embedding/, about)
    }
  })
}
