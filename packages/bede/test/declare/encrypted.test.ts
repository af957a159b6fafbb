import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { link } from '../../src/identity/link.ts'
import { start } from '../../src/identity/start.ts'
import {
  anyone,
  app,
  array,
  concat,
  defineSchema,
  email,
  event,
  id,
  integer,
  isProblem,
  json,
  model,
  ref,
  resources,
  secret,
  text,
  verbs,
  when,
} from '../../src/index.ts'
import { silent } from '../../src/telemetry/logger.ts'

/** Written without the compiler's help, as files run without it. */
// biome-ignore lint/suspicious/noExplicitAny: mistakes that the compiler would refuse
type Unchecked = any

/** What a declaration with one mistake is refused with. */
const refused = (declare: () => Parameters<typeof link>[0]): string => {
  try {
    link(declare())
  } catch (error) {
    assert.ok(isProblem(error), String(error))
    return error.details.map(({ place, message, hint = '' }) => `${place}: ${message} → ${hint}`).join('\n')
  }
  return 'it was accepted'
}

const user = model({ id: id<'user'>(), name: text() })
const of = (field: object, options: object = {}) => {
  const person = model(
    {
      id: id<'person'>(),
      name: text(),
      other: text({ optional: true }),
      closed: text({ optional: true, encrypted: true }),
      field: field as never,
    },
    options as never,
  )
  const models = defineSchema({ user, person })
  const { person: People, user: Users } = resources(models, { id: ref('user') })
  const userPolicy = Users.policy(() => ({ read: anyone }))
  const personPolicy = People.policy(() => ({ read: anyone, create: anyone, update: anyone }))
  const loose: Unchecked = People
  return (more: (people: Unchecked, verbs: unknown) => object = () => ({})) =>
    app({
      name: 'x',
      schema: models,
      use: { all: { userPolicy, personPolicy, ...more(loose, verbs({ id: ref('user') })) } },
    })
}
const plain = text({ optional: true, encrypted: true })
const found = text({ optional: true, encrypted: { search: 'exact' } })

test('what an encrypted field cannot be is said at its declaration, with what to do', () => {
  const cases: readonly [string, () => Parameters<typeof link>[0], RegExp][] = [
    [
      'a unique',
      () => of(text({ encrypted: true, unique: true, optional: true }))(),
      /encrypted: an index of it finds nothing.*search: 'exact'/,
    ],
    ['an index', () => of(plain, { index: [['field']] })(), /an index of it finds nothing/],
    ['an index of parts', () => of(found, { index: [{ fields: ['field'], method: 'trigram' }] })(), /person.index/],
    ['a default', () => of(text({ encrypted: true, default: 'x' }))(), /default would be in clear/],
    [
      'another name before',
      () => of(text({ encrypted: true, optional: true, was: 'old' }))(),
      /bound to its column.*keep the column/,
    ],
    ['a native type', () => of(text({ encrypted: true, optional: true, native: 'citext' }))(), /native/],
    [
      'a search of documents',
      () => of(json({ optional: true, encrypted: { search: 'exact' } } as never))(),
      /Nothing finds json by its value/,
    ],
    [
      'another search',
      () => of(text({ optional: true, encrypted: { search: 'prefix' } } as never))(),
      /search 'prefix'/,
    ],
    ['items of an array', () => of(array(text({ encrypted: true })))(), /array field holds values of one scalar kind/],
    [
      'computed',
      () =>
        of(text({ encrypted: true, optional: true, generated: true }), {
          generated: { field: (row: { name: unknown }) => row.name },
        })(),
      /person.*(expects|no key)/,
    ],
    [
      'filled in a migration',
      () => of(plain, { backfill: { field: (row: { name: unknown }) => row.name } })(),
      /no key/,
    ],
    ['words of a search', () => of(plain, { search: { language: 'english', weights: { field: 'A' } } })(), /field/],
    [
      'part of an id',
      () => {
        const person = model({ key: id<'person'>({ of: ['field'] }), field: text({ encrypted: true }) })
        const models = defineSchema({ user, person })
        const all = resources(models, { id: ref('user') })
        return app({
          name: 'x',
          schema: models,
          use: { all: { a: all.user.policy(() => ({})), b: all.person.policy(() => ({})) } },
        })
      },
      /cannot be part of an id/,
    ],
    [
      'bound to an id that the database counts',
      () => {
        const person = model({ id: id<'person'>({ integer: true }), field: text({ encrypted: true }) })
        const models = defineSchema({ user, person })
        const all = resources(models, { id: ref('user') })
        return app({
          name: 'x',
          schema: models,
          use: { all: { a: all.user.policy(() => ({})), b: all.person.policy(() => ({})) } },
        })
      },
      /database makes the ids that they are bound to/,
    ],
  ]
  for (const [what, declare, message] of cases)
    assert.match(refused(declare), message.source === '.' ? /→/ : message, what)
})

test('nothing is computed from an encrypted value, and it is compared only where search says so', () => {
  const shows = (field: object, show: (row: Unchecked) => unknown) => () =>
    of(field)((people) => ({ view: people.view(({ row }: { row: unknown }) => ({ it: show(row) })) }))
  const sets = (set: (scope: Unchecked) => object) => () =>
    of(found)((people) => ({ act: people.action({ input: { a: text(), b: text() }, set }) }))
  const exposed = (field: object, more: object) => () =>
    of(field, { index: [['name']] })((people) => {
      const view = people.view(({ row }: { row: { id: unknown } }) => ({ id: row.id }))
      return { view, api: people.expose({ view, operations: ['list', 'upsert'], key: ['name'], ...more }) }
    })
  const cases: readonly [string, () => Parameters<typeof link>[0], RegExp][] = [
    ['compared without search', shows(plain, (it) => it.field.eq('x')), /which nothing finds.*search: 'exact'/],
    ['compared with a field', shows(found, (it) => it.field.eq(it.name)), /only do with the key/],
    ['greater', shows(found, (it) => it.field.gt('x')), /./],
    ['part of it', shows(found, (it) => it.field.contains('x')), /./],
    ['joined', shows(found, (it) => concat(it.field, 'x')), /./],
    ['as text', shows(found, (it) => it.field.toText()), /./],
    [
      'chosen with when',
      shows(found, (it) => when(it.name.eq('x'), it.field).otherwise(it.field)),
      /Show the field itself/,
    ],
    [
      'told in an event',
      () =>
        of(found)((people) => {
          const told = event('told', { what: text() })
          return {
            told,
            act: people.action({
              set: () => ({ name: 'x' }),
              emits: [told, ({ row }: Unchecked) => ({ what: row.field })],
            }),
          }
        }),
      /expects text, not encrypted text/,
    ],
    [
      'put into a document',
      () =>
        of(json({ optional: true, schema: { type: 'object', properties: { it: { type: 'string' } } } }))((people) => ({
          act: people.action({ set: ({ row }: Unchecked) => ({ field: row.field.with('it', row.closed) }) }),
        })),
      /not encrypted text/,
    ],
    ['or another', shows(found, (it) => it.field.orElse(it.name)), /./],
    ['chosen', shows(found, (it) => it.field.orElse(it.field)), /Show the field itself/],
    ['its length', shows(found, (it) => it.field.length()), /./],
    ['set from a field', sets(({ row }) => ({ field: row.name })), /this the database computes/],
    ['set from two inputs', sets(({ input }) => ({ field: concat(input.a, input.b) })), /this the database computes/],
    ['another field set from it', sets(({ row }) => ({ other: row.field })), /expects text, not encrypted text/],
    ['a check', () => of(found, { check: { known: (it: Unchecked) => it.field.eq('x') } })(), /keeps no key/],
    [
      'the condition of an index',
      () => of(found, { index: [{ fields: ['name'], where: (it: Unchecked) => it.field.eq('x') }] })(),
      /exactly|keeps no key/,
    ],
    ['filtered without search', exposed(plain, { filter: ['field'] }), /finds/],
    ['filtered without an index', exposed(found, { filter: ['field'] }), /index/],
    ['sorted', exposed(found, { sort: ['field'] }), /order|sort/],
    [
      'grouped',
      exposed(found, { operations: ['list'], aggregate: { groupBy: ['field'], measures: { count: true } } }),
      /field/,
    ],
    [
      'the least of it',
      exposed(found, { operations: ['list'], aggregate: { groupBy: ['name'], measures: { min: ['field'] } } }),
      /field/,
    ],
    [
      'known by it',
      () =>
        of(text({ encrypted: { search: 'exact' }, unique: true }))((people) => {
          const view = people.view(({ row }: { row: { id: unknown } }) => ({ id: row.id }))
          return { view, api: people.expose({ view, operations: ['upsert'], key: ['field'] }) }
        }),
      /no row is known by it/,
    ],
    [
      'an action by it',
      () =>
        of(text({ encrypted: { search: 'exact' }, unique: true }))((people) => ({
          act: people.action({ by: 'field', set: () => ({ name: 'x' }) }),
        })),
      /./,
    ],
  ]
  for (const [what, declare, message] of cases)
    assert.match(refused(declare), message.source === '.' ? /→/ : message, what)
})

test('an actor and a sign-in know nothing encrypted', () => {
  const account = model({
    id: id<'account'>(),
    mail: email({ unique: true, encrypted: { search: 'exact' } }),
    password: secret({ private: true }),
    rank: integer({ default: 0 }),
  })
  const models = defineSchema({ account })
  const known = resources(models, { id: ref('account'), mail: account.fields.mail } as never)
  assert.match(
    refused(() =>
      app({
        name: 'x',
        schema: models,
        use: {
          all: { p: (known as never as { account: { policy(of: () => object): object } }).account.policy(() => ({})) },
        },
      }),
    ),
    /mail/,
  )
  const { account: Accounts } = resources(models, { id: ref('account') })
  assert.match(
    refused(() =>
      app({
        name: 'x',
        schema: models,
        use: { all: { p: Accounts.policy(() => ({})), identity: Accounts.identity({ login: 'mail' }) } },
      }),
    ),
    /mail/,
  )
})

test('class 103: production does not start without a secret; development in memory makes one', async () => {
  const declared = of(found)()
  const options = { log: silent, database: 'memory://' } as const
  await assert.rejects(start(declared, { ...options, mode: 'production' }), (error) => {
    assert.ok(isProblem(error))
    assert.deepEqual(
      [error.code, error.message.startsWith('person.closed, person.field are encrypted')],
      ['invalid-setting', true],
    )
    assert.match(error.hint ?? '', /BEDE_SECRET.*bede secrets new/)
    return true
  })
  await assert.rejects(
    start(declared, { ...options, mode: 'production', secrets: { current: 'weak' } }),
    (error) => isProblem(error) && error.code === 'invalid-setting' && !JSON.stringify(error).includes('weak'),
  )
  for (const more of [
    { mode: 'development' },
    { mode: 'production', secrets: { current: randomBytes(32).toString('hex') } },
  ] as const) {
    const backend = await start(declared, { ...options, ...more })
    await backend.close()
  }
})
