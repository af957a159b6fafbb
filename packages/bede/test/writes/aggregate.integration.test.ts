import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import {
  type ActorOf,
  app,
  choice,
  decimal,
  defineSchema,
  id,
  integer,
  link,
  model,
  not,
  one,
  or,
  ref,
  resources,
  secret,
  text,
  timestamp,
} from '../../src/index.ts'
import { shapeSchema } from '../../src/surface/openapi/shape-schema.ts'
import { actorOf, idOf, problemOf, running } from './support/running.ts'

const author = model({
  id: id<'author'>(),
  name: text(),
  email: text({ private: true }),
  salary: integer({ default: 0 }),
  password: secret({ optional: true, private: true }),
  hidden: choice(['yes', 'no'], { default: 'no' }),
})
const article = model(
  {
    id: id<'article'>(),
    status: choice(['draft', 'published'], { default: 'draft' }),
    price: decimal({ precision: 8, scale: 2, optional: true }),
    words: integer({ default: 0 }),
    margin: integer({ default: 0 }),
    cost: integer({ default: 0, private: true }),
    createdAt: timestamp({ default: 'now' }),
    authorId: ref('author'),
    author: one('authorId'),
  },
  { index: [['status']] },
)
const models = defineSchema({ author, article })
const actor = { id: ref('author') }
interface Press extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { author: Authors, article: Articles } = resources<Press, Actor>(models, actor)
const articleView = Articles.view(({ row }) => ({ id: row.id }))

const press = (aggregate: object = usual) =>
  app({
    name: 'press',
    schema: models,
    use: {
      all: {
        authorPolicy: Authors.policy(({ row, actor }) => ({
          read: or(row.hidden.eq('no'), row.id.eq(actor.id)),
          fields: { salary: { read: row.id.eq(actor.id) } },
        })),
        articlePolicy: Articles.policy(({ row, actor }) => ({
          read: or(row.status.eq('published'), row.authorId.eq(actor.id)),
          fields: { margin: { read: not(row.status.eq('draft')) } },
        })),
        articleView,
        articles: Articles.expose({
          view: articleView,
          operations: ['list'],
          filter: ['status'],
          aggregate: aggregate as typeof usual,
        }),
      },
    },
  })
const usual = {
  groupBy: ['status', 'author.name', 'createdAt.month'],
  measures: {
    count: true,
    sum: ['price', 'words'],
    avg: ['price', 'words'],
    min: ['createdAt', 'words'],
    max: ['price'],
  },
  maxGroups: 3,
} as const

/** [author, status, price, words, day] */
const rows = [
  [1, 'published', '10.00', 5, '2026-01-01'],
  [1, 'published', '2.50', 7, '2026-01-31'],
  [1, 'draft', '99.00', 1, '2026-02-01'],
  [2, 'published', null, 3, '2026-02-28'],
  [2, 'draft', '50.00', 100, '2026-03-01'],
  [3, 'published', '1.00', 2, '2026-03-02'],
] as const

for (const { store, run } of await running(press(), ['author', 'article'])) {
  const options = { skip: store.skip }
  const on = async () => {
    const running = await run()
    await running.rows('delete from article; ')
    for (const [n, name, hidden] of [
      [1, 'Ann', 'no'],
      [2, 'Bob', 'no'],
      [3, 'Cat', 'yes'],
    ] as const)
      await running.rows(
        `insert into author (id, name, email, salary, hidden) values ('${idOf(n)}', '${name}', 'x', ${n}, '${hidden}') on conflict do nothing`,
      )
    for (const [index, [who, status, price, words, day]] of rows.entries())
      await running.rows(
        `insert into article (id, status, price, words, margin, cost, created_at, author_id) values ('${idOf(100 + index)}', '${status}', ${price ?? 'null'}, ${words}, 1, 1, '${day}', '${idOf(who)}')`,
      )
    return running
  }

  test(
    `rows are counted and measured in groups, as far as the actor may see them, on ${store.name}`,
    options,
    async () => {
      const running = await on()
      const ask = async (input: object, who = 9) => (await running.as(actorOf(who), 'article.aggregate', input)).json
      assert.deepEqual(await ask({}), { items: [{ by: {}, measures: { count: 4 } }], more: false })
      assert.deepEqual(await ask({}, 1), { items: [{ by: {}, measures: { count: 5 } }], more: false })
      assert.deepEqual(await ask({ groupBy: ['status'], measure: ['count', 'sum.price'], sort: '-sum.price' }, 1), {
        items: [
          { by: { status: 'draft' }, measures: { count: 1, 'sum.price': '99.00' } },
          { by: { status: 'published' }, measures: { count: 4, 'sum.price': '13.50' } },
        ],
        more: false,
      })
      assert.deepEqual(
        await ask({ groupBy: ['createdAt.month'], measure: ['sum.words', 'min.createdAt'], status: 'published' }),
        {
          items: [
            {
              by: { 'createdAt.month': '2026-01-01T00:00:00.000Z' },
              measures: { 'sum.words': 12, 'min.createdAt': '2026-01-01T00:00:00.000Z' },
            },
            {
              by: { 'createdAt.month': '2026-02-01T00:00:00.000Z' },
              measures: { 'sum.words': 3, 'min.createdAt': '2026-02-28T00:00:00.000Z' },
            },
            {
              by: { 'createdAt.month': '2026-03-01T00:00:00.000Z' },
              measures: { 'sum.words': 2, 'min.createdAt': '2026-03-02T00:00:00.000Z' },
            },
          ],
          more: false,
        },
      )
      assert.deepEqual(await ask({ groupBy: ['status'], measure: ['max.price', 'avg.words'], status: 'draft' }), {
        items: [],
        more: false,
      })
      const all = await ask({ groupBy: ['status', 'createdAt.month'], sort: 'createdAt.month' }, 1)
      assert.deepEqual([all.items.length, all.more], [3, true])
      assert.deepEqual((await ask({ groupBy: ['status'], limit: 1 }, 1)).more, true)
    },
  )

  test(`class 6: what an actor may not see has no name in a group, on ${store.name}`, options, async () => {
    const running = await on()
    const ask = async (who: number) =>
      (await running.as(actorOf(who), 'article.aggregate', { groupBy: ['author.name'] })).json.items
    assert.deepEqual(await ask(9), [
      { by: { 'author.name': 'Ann' }, measures: { count: 2 } },
      { by: { 'author.name': 'Bob' }, measures: { count: 1 } },
      { by: { 'author.name': null }, measures: { count: 1 } },
    ])
    assert.deepEqual(await ask(3), [
      { by: { 'author.name': 'Ann' }, measures: { count: 2 } },
      { by: { 'author.name': 'Bob' }, measures: { count: 1 } },
      { by: { 'author.name': 'Cat' }, measures: { count: 1 } },
    ])
  })

  test(
    `class 67: a name of a group or a measure comes from the declaration and nowhere else, on ${store.name}`,
    options,
    async () => {
      const running = await on()
      const hostile = [
        'cost',
        'author.email',
        'margin',
        '"; drop table article; --',
        '__proto__',
        'status"',
        'constructor',
      ]
      for (const name of hostile) {
        for (const input of [{ groupBy: [name] }, { measure: [name] }, { measure: [`sum.${name}`] }, { sort: name }]) {
          const problem = await problemOf(() => running.as(actorOf(1), 'article.aggregate', input))
          assert.equal(problem.code, 'sort' in input ? problem.code : 'invalid-value', JSON.stringify(input))
          assert.ok(problem.status === 400 || problem.status === 422)
        }
      }
      const said = async (input: object) =>
        (await problemOf(() => running.as(actorOf(1), 'article.aggregate', input))).details.map(({ place }) => place)
      assert.deepEqual(await said({ groupBy: ['status', 'status'] }), ['/groupBy/1'])
      assert.deepEqual(await said({ groupBy: ['status'], sort: 'author.name' }), ['/sort'])
      assert.deepEqual(await said({ measure: [] }), ['/measure'])
      assert.deepEqual(await said({ limit: 4 }), ['/limit'])
      assert.deepEqual(await said({ groupBy: [{ kind: 'literal', value: 'x' }] }), ['/groupBy/0'])
      assert.deepEqual((await running.rows('select count(*)::text from article'))[0], ['6'])
    },
  )

  test(`the described answer is the one given, on ${store.name}`, options, async () => {
    const running = await on()
    const operation = running.backend.manifest.operations['article.aggregate']
    assert.ok(operation?.kind === 'read' && operation.answers)
    assert.equal(operation.http?.path, '/articles/aggregate')
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const validate = ajv.compile(shapeSchema(operation.answers))
    const { groupBy } = usual
    const measure = [
      'count',
      'sum.price',
      'sum.words',
      'avg.price',
      'avg.words',
      'min.createdAt',
      'min.words',
      'max.price',
    ]
    const answer = (await running.as(actorOf(1), 'article.aggregate', { groupBy, measure })).json
    assert.equal(answer.items.length, 3)
    assert.ok(validate(answer), ajv.errorsText(validate.errors))
    assert.ok(!validate({ items: [{ by: { cost: 1 }, measures: {} }], more: false }))
  })
}

test('class 6: what is private, secret or under a rule of its own is neither grouped nor measured', () => {
  const said = (aggregate: object): string => {
    try {
      link(press(aggregate))
    } catch (error) {
      return String(error)
    }
    return 'it was linked'
  }
  const count = { count: true }
  for (const path of ['cost', 'margin', 'author.email', 'author.salary'])
    assert.match(said({ groupBy: [path], measures: count }), /is not for everybody/, path)
  assert.match(said({ groupBy: ['author.password'], measures: count }), /not for everybody|cannot be grouped/)
  for (const measures of [{ sum: ['cost'] }, { max: ['margin'] }, { avg: ['margin'] }, { min: ['cost'] }])
    assert.match(said({ measures }), /is not for everybody/, JSON.stringify(measures))
  assert.match(said({ measures: { sum: ['status'] } }), /sum\.?.*status|number/i)
  assert.match(said({ measures: {} }), /measures nothing/)
  assert.match(said({ groupBy: ['statu'], measures: count }), /statu/)
  assert.match(said({ groupBy: ['createdAt.moon'], measures: count }), /moon/)
  assert.match(said({ groupBy: ['author'], measures: count }), /author/)
  assert.match(said({ measures: count, maxGroups: 100000 }), /1000 groups/)
})
