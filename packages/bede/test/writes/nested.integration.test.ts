import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  fromActor,
  id,
  integer,
  link,
  many,
  model,
  one,
  ref,
  resources,
  text,
} from '../../src/index.ts'
import { actorOf, ended, idOf, refused, running, times } from './support/running.ts'

const person = model({ id: id<'person'>(), name: text() })
const order = model({
  id: id<'order'>(),
  title: text({ max: 20 }),
  ownerId: ref('person', { default: fromActor('id'), immutable: true }),
  items: many('item', 'orderId'),
})
const item = model(
  {
    id: id<'item'>(),
    sku: text({ min: 1, max: 20 }),
    quantity: integer({ min: 1, max: 99 }),
    secretNote: text({ optional: true, private: true }),
    locked: integer({ default: 0 }),
    orderId: ref('order'),
    order: one('orderId'),
    parts: many('part', 'itemId'),
  },
  { unique: [['orderId', 'sku']] },
)
const part = model({ id: id<'part'>(), name: text({ max: 20 }), itemId: ref('item'), item: one('itemId') })
const models = defineSchema({ person, order, item, part })
const actor = { id: ref('person') }
interface Depot extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { person: Persons, order: Orders, item: Items, part: Parts } = resources<Depot, Actor>(models, actor)

const orderView = Orders.view(({ row }) => ({
  id: row.id,
  title: row.title,
  items: row.items.list(
    (i) => ({
      id: i.id,
      sku: i.sku,
      quantity: i.quantity,
      parts: i.parts.list((p) => ({ id: p.id, name: p.name }), { order: (p) => p.name.asc() }),
    }),
    { order: (i) => i.sku.asc() },
  ),
}))
const whole = {
  items: { create: true, update: true, delete: true, nested: { parts: { create: true, update: true, delete: true } } },
} as const

const depot = (nested: object = whole, more: object = {}) =>
  app({
    name: 'depot',
    schema: models,
    use: {
      all: {
        personPolicy: Persons.policy(() => ({ read: anyone })),
        orderPolicy: Orders.policy(({ row, actor }) => {
          const mine = row.ownerId.eq(actor.id)
          return { read: mine, create: mine, update: mine, delete: mine }
        }),
        itemPolicy: Items.policy(({ row, actor }) => {
          const mine = row.order.ownerId.eq(actor.id)
          const free = row.locked.eq(0)
          return { read: anyone, create: mine, update: { from: free, to: mine }, delete: free, ...more }
        }),
        partPolicy: Parts.policy(({ row, actor }) => {
          const mine = row.item.order.ownerId.eq(actor.id)
          return { read: anyone, create: mine, update: mine, delete: mine }
        }),
        orderView,
        orders: Orders.expose({
          view: orderView,
          operations: ['get', 'create', 'update'],
          nested: nested as typeof whole,
        }),
      },
    },
  })

const [ann, bob] = [actorOf(1), actorOf(2)]

/** The same numbers every time. */
const random = (seed: number) => () => {
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed / 2147483648
}

for (const { store, run } of await running(depot(), ['"order"', 'item', 'part'])) {
  const options = { skip: store.skip }
  const on = async () => {
    const running = await run()
    await running.rows(
      `insert into person (id, name) values ('${idOf(1)}', 'ann'), ('${idOf(2)}', 'bob') on conflict do nothing`,
    )
    for (const table of ['part', 'item', '"order"']) await running.rows(`delete from ${table}`)
    return running
  }
  const plain = (order: { title: string; items: { sku: string; quantity: number; parts: { name: string }[] }[] }) => ({
    title: order.title,
    items: order.items.map(({ sku, quantity, parts }) => ({ sku, quantity, parts: parts.map(({ name }) => name) })),
  })

  test(`a row is created with its children and theirs, and changed with them, on ${store.name}`, options, async () => {
    const running = await on()
    const data = {
      title: 'one',
      items: [
        { sku: 'a', quantity: 1, parts: [{ name: 'x' }, { name: 'y' }] },
        { sku: 'b', quantity: 2 },
      ],
    }
    const made = await running.as(ann, 'order.create', { data })
    assert.deepEqual([made.status, made.created], [201, made.json.id])
    assert.deepEqual(plain(made.json), {
      title: 'one',
      items: [
        { sku: 'a', quantity: 1, parts: ['x', 'y'] },
        { sku: 'b', quantity: 2, parts: [] },
      ],
    })
    const [a, b] = made.json.items
    const changed = await running.as(ann, 'order.update', {
      id: made.json.id,
      data: {
        items: {
          delete: [b.id],
          create: [{ sku: 'b', quantity: 9, parts: [{ name: 'z' }] }],
          update: [
            { id: a.id, quantity: 5, parts: { delete: [a.parts[0].id], update: [{ id: a.parts[1].id, name: 'yy' }] } },
          ],
        },
      },
    })
    assert.deepEqual(
      [changed.status, plain(changed.json)],
      [
        200,
        {
          title: 'one',
          items: [
            { sku: 'a', quantity: 5, parts: ['yy'] },
            { sku: 'b', quantity: 9, parts: ['z'] },
          ],
        },
      ],
    )
    const without = await running.as(ann, 'order.update', { id: made.json.id, data: { title: 'two' } })
    assert.equal(without.json.items.length, 2)
    const minimal = await running.as(ann, 'order.create', { data }, { minimal: true })
    assert.deepEqual([minimal.status, minimal.answer.kind], [201, 'none'])
    const keyed = () => running.as(ann, 'order.create', { data }, { idempotencyKey: 'k' })
    const [first, second] = [await keyed(), await keyed()]
    assert.deepEqual([second.replayed, second.json], [true, first.json])
    assert.deepEqual(await running.rows('select count(*)::text from "order"'), [['3']])
  })

  test(`a refusal anywhere in it undoes all of it and says where, on ${store.name}`, options, async () => {
    const running = await on()
    const { json } = await running.as(ann, 'order.create', {
      data: {
        title: 'one',
        items: [
          { sku: 'a', quantity: 1, parts: [{ name: 'x' }] },
          { sku: 'b', quantity: 2 },
        ],
      },
    })
    const said = async (items: unknown, who = ann) => {
      const problem = await refused(running, () =>
        running.as(who, 'order.update', { id: json.id, data: { title: 'changed', items } }),
      )
      return [problem.code, ...problem.details.map(({ place }) => place)]
    }
    const [a, b] = json.items
    const fine = { sku: 'c', quantity: 1 }
    assert.deepEqual(await said({ create: [fine, { sku: 'd', quantity: 100 }] }), [
      'invalid-value',
      '/data/items/create/1/quantity',
    ])
    assert.deepEqual(await said({ create: [fine, { sku: 'a', quantity: 1 }] }), [
      'already-exists',
      '/data/items/create/1',
    ])
    assert.deepEqual(
      await said({
        update: [
          { id: a.id, quantity: 3 },
          { id: idOf(7), quantity: 3 },
        ],
      }),
      ['missing-reference', '/data/items/update/1'],
    )
    assert.equal((await said({ update: [{ id: a.id, sku: 'b' }] }))[0], 'already-exists')
    assert.equal((await said({ create: [fine], delete: [a.id] }))[0], 'still-referenced')
    assert.deepEqual(await said({ create: [{ ...fine, parts: [{ name: 'x'.repeat(21) }] }] }), [
      'invalid-value',
      '/data/items/create/0/parts/0/name',
    ])
    await running.rows(`update item set locked = 1 where sku = 'b'`)
    assert.deepEqual(await said({ create: [fine], update: [{ id: b.id, quantity: 3 }] }), [
      'forbidden',
      '/data/items/update/0',
    ])
    assert.deepEqual(await said({ delete: [b.id] }), ['forbidden', '/data/items/delete/0'])
    assert.deepEqual((await said({ create: times(101, (n) => ({ sku: `${n}`, quantity: 1 })) }))[0], 'invalid-value')
    // While developing it says which rule hid the parent.
    assert.deepEqual(await said({ create: [fine] }, bob), ['not-found', 'order.policy.read'])
    const batch = () =>
      running.backend.engine.batch([
        { operation: 'order.create', input: { data: { title: 'x', items: [fine] } }, actor: ann },
        { operation: 'order.update', input: { id: json.id, data: { items: { delete: [b.id] } } }, actor: ann },
      ])
    assert.equal((await refused(running, batch)).code, 'forbidden')
  })

  test(
    `class 16: a child of somebody else is not reached through one's own parent, on ${store.name}`,
    options,
    async () => {
      const running = await on()
      const create = async (who: typeof ann) =>
        (
          await running.as(who, 'order.create', {
            data: { title: 'x', items: [{ sku: 'a', quantity: 1, parts: [{ name: 'p' }] }] },
          })
        ).json
      const [mine, other] = [await create(ann), await create(bob)]
      const [[own], [foreign]] = [mine.items, other.items]
      const tries = [
        { update: [{ id: foreign.id, quantity: 9 }] },
        { delete: [foreign.id] },
        { update: [{ id: own.id, parts: { update: [{ id: foreign.parts[0].id, name: 'q' }] } }] },
        { update: [{ id: own.id, parts: { delete: [foreign.parts[0].id] } }] },
        { update: [{ id: foreign.id, parts: { create: [{ name: 'q' }] } }] },
        {
          update: [
            { id: own.id, quantity: 2 },
            { id: own.id, quantity: 3 },
          ],
        },
      ]
      for (const items of tries) {
        const update = () => running.as(ann, 'order.update', { id: mine.id, data: { items } })
        const { code } = await refused(running, update)
        assert.ok(['missing-reference', 'conflict'].includes(code), `${JSON.stringify(items)} ${code}`)
      }
    },
  )

  test(`class 31: no child names its own parent, nor what nobody may write, on ${store.name}`, options, async () => {
    const running = await on()
    const mine = (await running.as(ann, 'order.create', { data: { title: 'x', items: [{ sku: 'a', quantity: 1 }] } }))
      .json
    const other = (await running.as(bob, 'order.create', { data: { title: 'y' } })).json
    const extras = [
      { orderId: other.id },
      { secretNote: 'x' },
      { id: idOf(5) },
      { parent: other.id },
      { item: {} },
      { order: { ownerId: idOf(2) } },
    ]
    for (const extra of extras) {
      const child = { sku: 'z', quantity: 1, ...extra }
      const inputs = [
        ['order.create', { data: { title: 'n', items: [child] } }],
        ['order.update', { id: mine.id, data: { items: { create: [child] } } }],
        ...('id' in extra
          ? []
          : [
              [
                'order.update',
                { id: mine.id, data: { items: { update: [{ id: mine.items[0].id, ...extra }] } } },
              ] as const,
            ]),
      ] as const
      for (const [operation, input] of inputs) {
        const { code } = await refused(running, () => running.as(ann, operation, input))
        assert.equal(code, 'unknown-field', JSON.stringify(input))
      }
    }
    const { code } = await refused(running, () =>
      running.as(ann, 'order.update', { id: mine.id, data: { items: [{ sku: 'q', quantity: 1 }] } }),
    )
    assert.equal(code, 'invalid-input')
  })

  test(
    `fifty who add to one parent at once are all there, one version at a time, on ${store.name}`,
    options,
    async () => {
      const running = await on()
      const { json } = await running.as(ann, 'order.create', { data: { title: 'x' } })
      const add = (n: number) =>
        running.as(ann, 'order.update', { id: json.id, data: { items: { create: [{ sku: `s${n}`, quantity: 1 }] } } })
      assert.deepEqual(await ended(times(50, add)), { ok: 50 })
      assert.deepEqual(await running.rows('select count(*)::text from item'), [['50']])
      const same = () =>
        running.as(ann, 'order.update', { id: json.id, data: { items: { create: [{ sku: 'same', quantity: 1 }] } } })
      assert.deepEqual(await ended(times(10, same)), { ok: 1, 'already-exists': 9 })
    },
  )

  test(`random changes give what a model in memory gives, on ${store.name}`, options, async () => {
    const running = await on()
    const next = random(20261121)
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(next() * list.length)]
    let { json } = await running.as(ann, 'order.create', { data: { title: 'r' } })
    for (let round = 0; round < 25; round++) {
      const expected = new Map<string, { quantity: number; parts: string[] }>(
        json.items.map((i: { sku: string; quantity: number; parts: { name: string }[] }) => [
          i.sku,
          { quantity: i.quantity, parts: i.parts.map(({ name }) => name) },
        ]),
      )
      const create = times(Math.floor(next() * 3), (n) => ({
        sku: `${round}-${n}`,
        quantity: 1 + Math.floor(next() * 9),
        parts: times(Math.floor(next() * 3), (p) => ({ name: `p${p}` })),
      }))
      const gone = next() < 0.4 ? pick(json.items.filter((i: { parts: unknown[] }) => i.parts.length === 0)) : undefined
      const kept = json.items.filter((i: unknown) => i !== gone)
      const changed =
        next() < 0.7
          ? (pick(kept) as { id: string; sku: string; parts: { id: string; name: string }[] } | undefined)
          : undefined
      const dropped = changed && next() < 0.5 ? changed.parts[0] : undefined
      const quantity = 1 + Math.floor(next() * 90)
      const items = {
        create,
        ...(gone ? { delete: [(gone as { id: string }).id] } : {}),
        ...(changed
          ? {
              update: [
                {
                  id: changed.id,
                  quantity,
                  parts: { create: [{ name: `n${round}` }], ...(dropped ? { delete: [dropped.id] } : {}) },
                },
              ],
            }
          : {}),
      }
      for (const { sku, quantity, parts } of create)
        expected.set(sku, { quantity, parts: parts.map(({ name }) => name) })
      if (gone) expected.delete((gone as { sku: string }).sku)
      if (changed) {
        const parts = changed.parts.filter((one) => one !== dropped).map(({ name }) => name)
        expected.set(changed.sku, { quantity, parts: [...parts, `n${round}`] })
      }
      // Every third time something in it is wrong, and nothing of it may stay.
      const broken = round % 3 === 2 ? { ...items, create: [...create, { sku: `${round}-bad`, quantity: 0 }] } : items
      const call = () => running.as(ann, 'order.update', { id: json.id, data: { items: broken } })
      if (broken !== items) {
        assert.equal((await refused(running, call)).code, 'invalid-value')
        continue
      }
      json = (await call()).json
      const seen = json.items.map((i: { sku: string; quantity: number; parts: { name: string }[] }) => [
        i.sku,
        { quantity: i.quantity, parts: i.parts.map(({ name }) => name).sort() },
      ])
      const wanted = [...expected].map(([sku, { quantity, parts }]) => [sku, { quantity, parts: [...parts].sort() }])
      const bySku = (a: unknown[], b: unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1)
      assert.deepEqual(seen.sort(bySku), wanted.sort(bySku), `round ${round}`)
    }
  })
}

test('what may be nested is checked at the start', () => {
  const said = (nested: object, more?: object): string => {
    try {
      link(depot(nested, more))
    } catch (error) {
      return String(error)
    }
    return 'it was linked'
  }
  assert.equal(said({ items: { create: true } }), 'it was linked')
  assert.match(said({ itemz: { create: true } }), /itemz/)
  assert.match(said({ owner: { create: true } }), /owner/)
  assert.match(said({ items: { delete: true } }, { delete: undefined }), /does not state it/)
  const three = { items: { create: true, nested: { parts: { create: true, nested: { x: { create: true } } } } } }
  assert.match(said(three), /x|levels deep/)
})
