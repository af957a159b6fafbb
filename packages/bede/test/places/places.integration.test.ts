import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Point } from '../../src/expr/point.ts'
import { planOf } from '../writes/support/plan.ts'
import { actorOf, idOf, refused, running } from '../writes/support/running.ts'
import { town } from './shops.ts'

const ann = actorOf(1)
const berlin = { lat: 52.52, lon: 13.405 }

for (const { store, run } of await running(town(), ['shop', 'bede.history_shop'])) {
  const options = { skip: store.skip }
  const on = async () => {
    const running = await run()
    await running.rows(`insert into person (id, name) values ('${idOf(1)}', 'ann') on conflict do nothing`)
    await running.rows('delete from shop')
    return running
  }
  type On = Awaited<ReturnType<typeof on>>
  const shop = async (running: On, name: string, place: Point, more: object = {}): Promise<string> =>
    (await running.as(ann, 'shop.create', { data: { name, place, ...more } })).json.id
  const names = async (running: On, input: object): Promise<string[]> =>
    (await running.as(ann, 'shop.list', input)).json.items.map((one: { name: string }) => one.name).sort()
  const near = (at: { lat: number; lon: number }, metres: number) => ({ 'place[near]': { at, metres } })

  test(`${store.name}: a place is stored as it was sent, and shown as it was stored`, options, async () => {
    const running = await on()
    const places = [
      berlin,
      { lat: 90, lon: 180 },
      { lat: -90, lon: -180 },
      { lat: -33.856784, lon: 151.215297 },
      { lat: 5e-324, lon: -100.00000000000001 },
      { lat: 89.99999999999999, lon: 1e-7 },
    ]
    for (const [at, place] of places.entries()) {
      // The pole is kept free by the policy.
      if (place.lat > 89.99) continue
      const { json } = await running.as(ann, 'shop.get', { id: await shop(running, `s${at}`, place) })
      assert.deepEqual(json.place, place)
      assert.deepEqual([json.exit, json.toExit, json.door], [null, null, place])
      assert.equal(json.neighbors >= 1, true)
    }
    const id = await shop(running, 'zero', { lat: -0, lon: 50 }, { exit: berlin })
    const { answer, json } = await running.as(ann, 'shop.get', { id })
    assert.deepEqual(json.exit, berlin)
    assert.ok(answer.kind === 'json' && !/-0\b/.test(answer.text))
    assert.deepEqual(await running.rows(`select place::text, hidden::text from shop where id = '${id}'`), [
      ['(50,0)', '(2,1)'],
    ])
  })

  test(`class 21: what is no place on the earth is refused, on ${store.name}`, options, async () => {
    const running = await on()
    const id = await shop(running, 'a', berlin)
    const hostile: readonly (readonly [value: unknown, status: number])[] = [
      [{ lat: 90.0000001, lon: 0 }, 422],
      [{ lat: 0, lon: -180.00000001 }, 422],
      [{ lat: Number.NaN, lon: 0 }, 400],
      [{ lat: 0, lon: Number.POSITIVE_INFINITY }, 400],
      [{ lat: 1e308, lon: 0 }, 422],
      [{ lat: '52.5', lon: 13 }, 400],
      [{ lat: 52.5 }, 400],
      [{}, 400],
      [{ lat: 1, lon: 2, alt: 3 }, 400],
      [{ lat: null, lon: 2 }, 400],
      [{ lat: [1], lon: 2 }, 400],
      [{ latitude: 1, longitude: 2 }, 400],
      [[52.5, 13.4], 400],
      ['(13.4,52.5)', 400],
      ['52.5,13.4', 400],
      [7, 400],
      [true, 400],
      [null, 400],
      [JSON.parse('{"lat":1,"lon":2,"__proto__":{"lat":3}}'), 400],
    ]
    for (const [place, status] of hostile) {
      const says = JSON.stringify(place)
      const data = { name: 'b', place }
      assert.equal((await refused(running, () => running.as(ann, 'shop.create', { data }))).status, status, says)
      const update = () => running.as(ann, 'shop.update', { id, data: { place } })
      assert.equal((await refused(running, update)).status, status, says)
      const many = () => running.as(ann, 'shop.createMany', { items: [data] })
      assert.equal((await refused(running, many)).status, status, says)
      const asked = () => running.as(ann, 'shop.list', { 'place[near]': { at: place, metres: 5 } })
      assert.ok((await refused(running, asked)).status < 500, says)
    }
    const extra = await refused(running, () =>
      running.as(ann, 'shop.create', { data: { name: 'b', place: { lat: 1, lon: 2, lng: 3 } } }),
    )
    assert.match(JSON.stringify(extra.details), /Perhaps you meant 'lon'|lat, lon/)
  })

  test(`${store.name}: several rows at once hold their places, and changes are kept with them`, options, async () => {
    const running = await on()
    const many = await running.as(ann, 'shop.createMany', {
      items: [
        { name: 'a', place: berlin, exit: { lat: 1, lon: 1 } },
        { name: 'b', place: { lat: -1.5, lon: 3 }, exit: null },
        { name: 'pole', place: { lat: 89.9999, lon: 12 } },
        { name: 'null island', place: { lat: 0.001, lon: 0 } },
      ],
    })
    assert.deepEqual(
      many.json.map(({ status }: { status: string }) => status),
      ['created', 'created', 'refused', 'refused'],
    )
    const [a, b] = many.json.map(({ id }: { id: string }) => id)
    const before = new Date().toISOString()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await running.as(ann, 'shop.updateMany', {
      items: [
        { id: a, exit: null },
        { id: b, place: { lat: 2, lon: -3 } },
      ],
    })
    // The same place again is no change.
    await running.as(ann, 'shop.update', { id: b, data: { place: { lat: 2, lon: -3 } } })
    await running.as(ann, 'shop.update', { id: b, data: { place: { lat: 2, lon: -3.0000001 } } })
    const shown = async (id: string) => (await running.as(ann, 'shop.get', { id })).json
    assert.deepEqual([(await shown(a)).exit, (await shown(b)).place], [null, { lat: 2, lon: -3.0000001 }])
    const { json } = await running.as(ann, 'shop.history', { id: b })
    assert.deepEqual(
      json.items.map(({ before, after }: { before: { place: Point }; after: { place: Point } }) => [
        before?.place,
        after?.place,
      ]),
      [
        [
          { lat: 2, lon: -3 },
          { lat: 2, lon: -3.0000001 },
        ],
        [
          { lat: -1.5, lon: 3 },
          { lat: 2, lon: -3 },
        ],
        [undefined, { lat: -1.5, lon: 3 }],
      ],
    )
    assert.ok(!JSON.stringify(json.items).includes('"hidden":{'))
    const past = async (id: string) => (await running.as(ann, 'shop.asOf', { id, at: before })).json
    assert.deepEqual(
      [(await past(b)).place, (await past(a)).exit],
      [
        { lat: -1.5, lon: 3 },
        { lat: 1, lon: 1 },
      ],
    )
    assert.equal((await past(b)).exit, null)
  })

  test(`${store.name}: rules and actions speak of places`, options, async () => {
    const running = await on()
    const id = await shop(running, 'a', berlin, { exit: { lat: 10, lon: 10 } })
    const north = { data: { place: { lat: 89.9999, lon: -120 } } }
    assert.equal((await refused(running, () => running.as(ann, 'shop.update', { id, ...north }))).code, 'forbidden')
    const island = { id, data: { place: { lat: 0, lon: 0.001 } } }
    assert.equal((await refused(running, () => running.as(ann, 'shop.update', island))).status, 422)
    await running.as(ann, 'move', { id, to: { lat: 20, lon: 20 } })
    const { json } = await running.as(ann, 'shop.get', { id })
    assert.deepEqual(
      [json.place, json.exit],
      [
        { lat: 10, lon: 10 },
        { lat: 20, lon: 20 },
      ],
    )
    const settled = await running.as(ann, 'settle', { at: { lat: 30, lon: 40 } })
    assert.deepEqual(settled.json.near, ['settled'])
    const { place, exit } = (await running.as(ann, 'shop.get', { id: settled.json.id })).json
    assert.deepEqual(
      [place, exit],
      [
        { lat: 30, lon: 40 },
        { lat: -1.5, lon: 40 },
      ],
    )
    await running.as(ann, 'move', { id, to: null })
    assert.equal((await running.as(ann, 'shop.get', { id })).json.exit, null)
  })

  test(`${store.name}: what is near is found across the antimeridian and around the poles`, options, async () => {
    const running = await on()
    const at = (name: string, lat: number, lon: number) => shop(running, name, { lat, lon })
    await at('east', -17, 179.99)
    await at('west', -17, -179.99)
    await at('south a', -89.99, 10)
    await at('south b', -89.99, -170)
    await at('north a', 89.9, 45)
    await at('north b', 89.9, -135)
    await at('date line', 70, 180)
    await at('its other side', 70, -180)
    assert.deepEqual(await names(running, near({ lat: -17, lon: 179.99 }, 2200)), ['east', 'west'])
    assert.deepEqual(await names(running, near({ lat: -17, lon: -179.995 }, 2200)), ['east', 'west'])
    assert.deepEqual(await names(running, near({ lat: -17, lon: 179.99 }, 2000)), ['east'])
    assert.deepEqual(await names(running, near({ lat: -89.99, lon: 10 }, 3000)), ['south a', 'south b'])
    assert.deepEqual(await names(running, near({ lat: -90, lon: 0 }, 3000)), ['south a', 'south b'])
    assert.deepEqual(await names(running, near({ lat: 89.9, lon: 45 }, 30_000)), ['north a', 'north b'])
    assert.deepEqual(await names(running, near({ lat: 89.9, lon: 45 }, 10_000)), ['north a'])
    assert.deepEqual(await names(running, near({ lat: 70, lon: -180 }, 0)), ['date line', 'its other side'])
    const nearest = async (query: object) =>
      (await running.as(ann, 'nearest', { query })).json.shops.map(({ name }: { name: string }) => name)
    assert.deepEqual(await nearest({ at: { lat: 89.9, lon: -100 }, metres: 2_300_000 }), [
      'north b',
      'north a',
      'date line',
      'its other side',
    ])
    // Half of the earth is 20,015 km away at most.
    assert.equal((await nearest({ at: { lat: 70, lon: 0 }, metres: 20_000_000 })).length, 8)
    assert.deepEqual(await nearest({ at: { lat: -17, lon: 179.985 } }), ['east', 'west'])
    assert.deepEqual(await nearest({ at: { lat: -17, lon: -179.985 } }), ['west', 'east'])
    assert.equal(
      (await running.as(ann, 'person.list', { 'shops.place[near]': { at: { lat: 70, lon: 180 }, metres: 1 } })).json
        .items.length,
      1,
    )
    assert.equal(
      (await running.as(ann, 'person.list', { 'shops.place[near]': { at: { lat: 71, lon: 180 }, metres: 1 } })).json
        .items.length,
      0,
    )
  })

  test(
    `class 130: an index finds what is near, and how far that is is bounded, on ${store.name}`,
    options,
    async () => {
      const running = await on()
      for (const metres of [-1, 100_000.1, 1e308, Number.NaN, '5', null, [5], undefined]) {
        const problem = await refused(running, () =>
          running.as(ann, 'shop.list', { 'place[near]': { at: berlin, metres } }),
        )
        assert.ok(problem.status === 400 || problem.status === 422, String(metres))
      }
      for (const input of [
        { place: berlin },
        { 'place[eq]': berlin },
        { 'place[in]': [berlin] },
        { 'hidden[near]': { at: berlin, metres: 5 } },
        { sort: 'place' },
        { 'place[near]': { at: berlin, metres: 5, kilometres: 6 } },
        { 'place[near]': berlin },
      ]) {
        assert.equal((await refused(running, () => running.as(ann, 'shop.list', input))).status, 400)
      }
      for (const metres of [0, 5e-324, 1e-200, 100_000]) {
        assert.deepEqual(await names(running, near({ lat: 5e-324, lon: -1e-200 }, metres)), [])
      }
      await running.rows(
        `insert into shop (id, name, place, hidden, owner_id) select gen_random_uuid(), 'n' || n, point(n % 360 - 180, n / 360 + 30), '(1,1)', '${idOf(1)}' from generate_series(1, 8000) n`,
      )
      await running.rows('analyze shop')
      assert.match(await planOf(running, 'shop.list', { ...near(berlin, 5000), limit: 20 }, ann), /shop_place_gist/)
      assert.match(
        await planOf(running, 'nearest', { query: { at: berlin, metres: 5000 } }, ann),
        /Bitmap Index Scan on "?shop_place_gist/,
      )
      assert.match(
        await planOf(running, 'person.list', { 'shops.place[near]': { at: berlin, metres: 9 }, limit: 1 }, ann),
        /shop_place_gist/,
      )
    },
  )

  test(`${store.name}: a place that another hand spoiled is near nothing, and fails no list`, options, async () => {
    const running = await on()
    await shop(running, 'a', berlin)
    for (const place of ['(NaN,1)', '(1e100,-1e100)', '(Infinity,0)', '(0,-Infinity)', '(1000,50)']) {
      await running.rows(
        `insert into shop (id, name, place, hidden, owner_id) select gen_random_uuid(), 'x', '${place}', '(1,1)', '${idOf(1)}'`,
      )
    }
    assert.deepEqual(await names(running, near(berlin, 100_000)), ['a'])
    const all = await running.as(ann, 'shop.list', {})
    for (const one of all.json.items) assert.equal(one.name === 'a', one.toFountain !== null)
  })
}
