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
  const titles = async (it: Running, operation: string, input: object): Promise<string[]> =>
    (await it.as(null, operation, input)).json.items.map(({ title }: { title: string }) => title)

  test(`${store.name}: the nearest come first, of what the policy shows`, options, async () => {
    const it = await filled()
    const near = [1, 0, 0]
    const all = (operation: string) => it.as(null, operation, { body: { near, count: 100 } })
    const plain = async (operation: string) => {
      await it.rows('set enable_indexscan = off')
      try {
        return (await all(operation)).json.items
      } finally {
        await it.rows('reset enable_indexscan')
      }
    }
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
    const planner = createPlanner(manifest, postgres)
    for (const [operation, index] of [
      ['byCosine', 'note_embedding_hnsw_cosine'],
      ['byLength', 'note_embedding_hnsw_l2'],
      ['byProduct', 'note_embedding_hnsw_inner_product'],
    ] as const) {
      const input = { body: { near: [1, 0, 0], count: 2 } }
      const call = { input, actor: null, system: false, now: '2026-01-01T00:00:00.000Z' }
      const { sql, params } = planner.statement(operation, call)
      const plan = await it.backend.connection.transaction(async (transaction) => {
        await transaction.script('set local enable_seqscan = off')
        const rows = await transaction.query({ sql: `explain ${sql}`, params, shape: ['plan'] })
        return rows.map(([line]) => line).join('\n')
      })
      assert.match(plan, new RegExp(`Limit [^\\n]*\\n *->  Index Scan using ${index} on note`), operation)
    }
  })

  test(`${store.name}: what the policy hides makes a list by an index shorter, and never shows`, options, async () => {
    const it = await filled()
    await it.rows(
      `insert into note (id, title, level, embedding) select gen_random_uuid(), 'hidden', 1, array[1, n / 10000.0, 0]::real[]::vector from generate_series(1, 400) n`,
    )
    const { connection } = it.backend
    const nearest = () => titles(it, 'byCosine', { body: { near: [1, 0, 0], count: 4 } })
    try {
      await connection.script('set enable_seqscan = off; set enable_sort = off; set hnsw.iterative_scan = off')
      const short = await nearest()
      assert.ok(short.length < 4 && !short.includes('hidden'), short.join())
      await connection.script("set hnsw.iterative_scan = 'strict_order'")
      assert.deepEqual(await nearest(), ['same', 'near', 'across', 'opposite'])
    } finally {
      await connection.script('reset enable_seqscan; reset enable_sort; reset hnsw.iterative_scan')
    }
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
