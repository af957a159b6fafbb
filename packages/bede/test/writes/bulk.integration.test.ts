import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyone, app, defineSchema, id, model, ref, resources, text } from '../../src/index.ts'
import { idOf, refused, running, times } from './support/running.ts'

const shelf = model({ id: id<'shelf'>(), name: text({ unique: true }) })
const item = model({ id: id<'item'>(), sku: text({ unique: true }), title: text(), shelfId: ref('shelf') })
const models = defineSchema({ shelf, item })
const { shelf: Shelves, item: Items } = resources<typeof models, Record<never, never>>(models, {})
const all = { read: anyone, create: anyone, update: anyone, delete: anyone }
const itemView = Items.view(({ row }) => ({ id: row.id, sku: row.sku }))
const shelfView = Shelves.view(({ row }) => ({ id: row.id, name: row.name }))
const store_ = app({
  name: 'store',
  schema: models,
  use: {
    all: {
      shelfPolicy: Shelves.policy(() => all),
      itemPolicy: Items.policy(() => all),
      itemView,
      shelfView,
      items: Items.expose({ view: itemView, operations: ['get', 'createMany', 'updateMany', 'deleteMany'] }),
      shelves: Shelves.expose({ view: shelfView, operations: ['get', 'deleteMany'] }),
    },
  },
})

for (const { store, run } of await running(store_, ['shelf', 'item'])) {
  const options = { skip: store.skip }
  const on = async (count = 4) => {
    const running = await run()
    await running.rows('delete from item')
    await running.rows('delete from shelf')
    for (const n of [1, 2])
      await running.rows(`insert into shelf (id, name) values ('${idOf(n)}', '${n === 1 ? 'one' : 'two'}')`)
    for (const n of times(count, (index) => index))
      await running.rows(
        `insert into item (id, sku, title, shelf_id) values ('${idOf(100 + n)}', 'sku ${n}', 'x', '${idOf(1)}')`,
      )
    return running
  }
  const codes = (json: readonly { status: string; code: string | null }[]) =>
    json.map(({ status, code }) => code ?? status)
  const update = (changes: readonly (readonly [number, object])[]) => ({
    items: changes.map(([n, change]) => ({ id: idOf(100 + n), ...change })),
  })

  test(`${store.name}: what the database has against one row of many stops no other`, options, async () => {
    const running = await on()
    const made = await running.as(null, 'item.createMany', {
      items: [1, 9, 1, 2].map((shelf, n) => ({
        sku: n === 3 ? 'sku 0' : `new ${n}`,
        title: 'y',
        shelfId: idOf(shelf),
      })),
    })
    assert.deepEqual(codes(made.json), ['created', 'missing-reference', 'created', 'already-exists'])
    assert.deepEqual((await running.rows(`select sku from item where title = 'y' order by sku`)).flat(), [
      'new 0',
      'new 2',
    ])
    const changed = await running.as(
      null,
      'item.updateMany',
      update([
        [0, { title: 'z' }],
        [1, { sku: 'sku 0' }],
        [2, { sku: 'other' }],
        [0, { title: 'twice' }],
        [7, { title: 'nobody' }],
        [3, { shelfId: idOf(9), title: 'z' }],
      ]),
    )
    assert.deepEqual(codes(changed.json), [
      'updated',
      'already-exists',
      'updated',
      'conflict',
      'not-found',
      'missing-reference',
    ])
    assert.deepEqual(await running.rows(`select sku, title from item where title <> 'y' order by sku`), [
      ['other', 'x'],
      ['sku 0', 'z'],
      ['sku 1', 'x'],
      ['sku 3', 'x'],
    ])
    const deleted = await running.as(null, 'shelf.deleteMany', { ids: [idOf(1), idOf(2), idOf(9)] })
    assert.deepEqual(codes(deleted.json), ['still-referenced', 'deleted', 'not-found'])
    assert.deepEqual(await running.rows('select name from shelf'), [['one']])
    const twice = await running.as(null, 'item.deleteMany', { ids: [idOf(101), idOf(102), idOf(101)] })
    assert.deepEqual(codes(twice.json), ['deleted', 'deleted', 'conflict'])
  })

  test(`${store.name}: sent again under its key, it is answered as before and not done again`, options, async () => {
    const running = await on()
    const input = update([
      [0, { sku: 'swapped' }],
      [1, { sku: 'sku 2' }],
    ])
    const send = () => running.as(null, 'item.updateMany', input, { idempotencyKey: 'bulk' })
    const first = await send()
    assert.deepEqual(codes(first.json), ['updated', 'already-exists'])
    await running.rows(`update item set sku = 'back' where sku = 'swapped'`)
    const second = await send()
    assert.deepEqual([second.replayed, second.json], [true, first.json])
    assert.deepEqual(await running.rows(`select count(*)::text from item where sku = 'swapped'`), [['0']])
  })

  test(`${store.name}: rows that the database refuses are looked for up to a bound`, options, async () => {
    const running = await on(25)
    const same = (count: number) => update(times(count, (n) => [n, { sku: 'the same' }] as const))
    const problem = await refused(running, () => running.as(null, 'item.updateMany', same(25)))
    assert.equal(problem.code, 'already-exists')
    const few = await running.as(null, 'item.updateMany', same(21))
    assert.deepEqual(codes(few.json), ['updated', ...times(20, () => 'already-exists')])
  })

  test(`${store.name}: in a batch it is all or nothing`, options, async () => {
    const running = await on()
    const input = update([
      [0, { title: 'z' }],
      [1, { sku: 'sku 0' }],
    ])
    const batch = () => running.backend.engine.batch([{ operation: 'item.updateMany', input, actor: null }])
    assert.equal((await refused(running, batch)).code, 'already-exists')
  })
}
