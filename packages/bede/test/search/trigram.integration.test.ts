import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  app,
  defineSchema,
  id,
  integer,
  isProblem,
  link,
  model,
  one,
  ref,
  resources,
  text,
} from '../../src/index.ts'
import { idOf, problemOf, running } from '../writes/support/running.ts'
import { planOf } from './support/plan.ts'

const maker = model(
  { id: id<'maker'>(), name: text({ max: 80 }), hidden: integer({ default: 0 }) },
  { index: [{ fields: ['name'], method: 'trigram' }] },
)
const thing = model(
  {
    id: id<'thing'>(),
    name: text({ max: 80 }),
    code: text({ default: '', max: 80 }),
    makerId: ref('maker'),
    maker: one('makerId'),
  },
  { index: [{ fields: ['name'], method: 'trigram' }, ['code'], { fields: ['code'], method: 'trigram' }] },
)
const models = defineSchema({ maker, thing })
const actor = { id: ref('maker') }
const { maker: Makers, thing: Things } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const view = Things.view(({ row }) => ({ name: row.name, likeness: row.name.similarity('lamp') }))
const workshop = (more: object = {}) =>
  app({
    name: 'workshop',
    schema: models,
    use: {
      all: {
        makerPolicy: Makers.policy(({ row }) => ({ read: row.hidden.eq(0) })),
        thingPolicy: Things.policy(({ row }) => ({ read: row.name.ne('secret lamp') })),
        view,
        things: Things.expose({
          view,
          operations: ['list'],
          filter: ['name', 'code', 'maker.name'],
          sort: ['code'],
          ...more,
        }),
      },
    },
  })

const names = ['desk lamp', 'Lampe 50%', 'under_score', 'back\\slash', 'secret lamp', 'chair', 'ölampel']

for (const { store, run } of await running(workshop(), ['maker', 'thing'])) {
  const options = { skip: store.skip }
  const on = async () => {
    const it = await run()
    await it.rows('delete from thing')
    await it.rows('delete from maker')
    await it.rows(
      `insert into maker (id, name, hidden) values ('${idOf(1)}', 'Johnson', 0), ('${idOf(2)}', 'Hidden Johnson', 1)`,
    )
    for (const [at, name] of names.entries())
      await it.rows(
        `insert into thing (id, name, code, maker_id) values ('${idOf(10 + at)}', '${name}', '${name}', '${idOf(1 + (at % 2))}')`,
      )
    const found = async (input: object): Promise<string[]> =>
      (await it.as(null, 'thing.list', input)).json.items.map(({ name }: { name: string }) => name).sort()
    return { it, found }
  }

  test(`${store.name}: what a trigram index serves finds what it would find without`, options, async () => {
    const { found } = await on()
    const visible = names.filter((name) => name !== 'secret lamp')
    for (const part of ['a', 'amp', 'lamp', '%', '_', '\\', '50%', 'x%', 'r_s', '\\s', 'l', 'Lampe', 'pel', 'ö'])
      for (const field of ['name', 'code']) {
        const by = (test: (name: string) => boolean) => visible.filter(test).sort()
        assert.deepEqual(
          await found({ [`${field}[contains]`]: part }),
          by((name) => name.includes(part)),
        )
        assert.deepEqual(
          await found({ [`${field}[startsWith]`]: part }),
          by((name) => name.startsWith(part)),
        )
        assert.deepEqual(
          await found({ [`${field}[endsWith]`]: part }),
          by((name) => name.endsWith(part)),
        )
      }
  })

  test(`${store.name}: like a text, with a letter wrong, and only among what may be seen`, options, async () => {
    const { it, found } = await on()
    assert.deepEqual(await found({ 'name[similar]': 'desk lampp' }), ['desk lamp'])
    assert.deepEqual(await found({ 'name[similar]': 'a secret lamp' }), [])
    assert.deepEqual(await found({ 'name[similar]': 'the lamp' }), ['desk lamp'])
    assert.deepEqual(await found({ 'name[similar]': "'; drop table thing; --" }), [])
    assert.deepEqual((await found({ 'maker.name[similar]': 'Jonson' })).length, 3)
    const { json } = await it.as(null, 'thing.list', { 'name[similar]': 'lamp' })
    assert.ok(json.items.every(({ likeness }: { likeness: number }) => likeness > 0.3 && likeness <= 1))
    const long = await problemOf(() => found({ 'name[similar]': 'x'.repeat(201) }))
    assert.equal(long.code, 'invalid-value')
  })

  test(`${store.name}: class 130: parts of a text and likeness are found by the index`, options, async () => {
    const { it } = await on()
    for (const filter of ['name[contains]', 'name[startsWith]', 'name[endsWith]', 'name[similar]', 'name']) {
      const plan = await planOf(it, workshop(), 'thing.list', { [filter]: 'lamp' })
      assert.match(plan, /Index Scan on thing_name_trigram/, filter)
    }
    assert.match(await planOf(it, workshop(), 'thing.list', { 'code[startsWith]': 'lamp' }), /thing_code_idx/)
  })
}

test('class 130: an order needs an index that is in order, and likeness one of trigrams', () => {
  const mistakes = (of: Parameters<typeof workshop>[0]) => {
    try {
      link(workshop(of))
    } catch (error) {
      if (isProblem(error)) return error.details.map(({ place, code }) => [place, code])
      throw error
    }
    return []
  }
  assert.deepEqual(mistakes({}), [])
  assert.deepEqual(mistakes({ sort: ['name'] }), [['thing.list.answers.sort.name', 'missing-index']])
  const { input } = link(workshop({ filter: ['name'] })).manifest.operations['thing.list'] as { input: object }
  assert.ok('name[similar]' in input)
  const { manifest } = link(workshop())
  assert.deepEqual(manifest.models.thing?.indexes.find(({ name }) => name === 'thing_name_trigram')?.method, 'trigram')
})
