import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  id,
  integer,
  isProblem,
  link,
  model,
  ref,
  resources,
  secret,
  text,
  verbs,
} from '../../src/index.ts'

/** What is said of how often an operation may be called, and what of it can only be a mistake. */

const note = model(
  {
    id: id<'note'>(),
    title: text({ max: 60, unique: true }),
    seen: integer({ default: 0 }),
    pin: secret({ private: true }),
  },
  { search: { language: 'english', weights: { title: 'A' } } },
)
const models = defineSchema({ note })
const actor = { id: ref('note') }
const { note: Notes } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)
const policy = Notes.policy(() => ({ read: anyone, create: anyone, update: anyone }))
const view = Notes.view(({ row }) => ({ title: row.title }))
const look = Notes.action({ set: ({ row }) => ({ seen: row.seen.plus(1) }) })
const accepts = { create: ['title', 'pin'], update: ['title', 'pin'] } as const
const hourly = (points: number) => ({ perActor: { points, per: '1h' } }) as const

const linked = (use: object, limits?: Parameters<typeof app>[0]['limits']) =>
  link(app({ name: 'notes', schema: models, use: { all: { policy, view, look, ...use } }, ...(limits && { limits }) }))
    .manifest

const mistakes = (step: () => unknown): string[] => {
  try {
    step()
  } catch (error) {
    if (!isProblem(error)) throw error
    return error.details.map(({ place, message, hint }) => `${place}: ${message}: ${hint}`)
  }
  return []
}

test('an exposure says it of all its operations and of single ones, and the manifest of each', () => {
  const api = Notes.expose({
    view,
    accepts,
    operations: ['list', 'get', 'create', 'createMany', 'update', 'updateMany', look],
    cost: 2,
    limits: hourly(100),
    perOperation: {
      create: { cost: 7, limits: hourly(50) },
      createMany: { cost: 9 },
      updateMany: { limits: hourly(30) },
    },
  })
  const lookAt = route('POST /look/:id', { params: { id: ref('note') }, calls: look })
  const ownLook = route('POST /own/:id', { params: { id: ref('note') }, calls: look, cost: 3, limits: hourly(5) })
  const { operations } = linked({ api, lookAt, ownLook })
  const said = (name: string) => {
    const { cost, limits } = operations[name] ?? assert.fail(name)
    return [cost, ...(limits ?? []).map(({ group, perActor }) => `${group} ${perActor?.points}`)]
  }
  assert.deepEqual(said('note.get'), [2, 'api 100'])
  assert.deepEqual(said('note.create'), [7, 'api 100', 'note.create 50'])
  assert.deepEqual(said('note.createMany'), [9, 'api 100', 'note.create 50'])
  assert.deepEqual(said('note.updateMany'), [5, 'api 100', 'note.updateMany 30'], 'what hashes is made no cheaper')
  assert.deepEqual(said('look'), [2, 'api 100'])
  assert.deepEqual(said('lookAt'), [2, 'api 100'])
  assert.deepEqual(said('ownLook'), [3, 'ownLook 5'])
})

test('a limit of what is not exposed is a mistake', () => {
  const perOperation = { creat: {}, create: { cost: 2 }, aggregate: {} }
  const found = mistakes(() =>
    linked({ api: Notes.expose({ view, accepts, operations: ['list', 'create', look], perOperation }) }),
  )
  assert.deepEqual(found, [
    "api.perOperation: There is no operation of this exposure 'creat': Perhaps you meant 'create'.",
    "api.perOperation: There is no operation of this exposure 'aggregate': There are: list, create.",
  ])
})

test('what is no cost and no limit is a mistake, with its place', () => {
  const wrong = (options: object) =>
    mistakes(() => linked({ api: Notes.expose({ view, accepts, operations: ['list', 'create'], ...options }) }))
  for (const [options, message] of [
    [{ cost: 0 }, 'api: cost is 0'],
    [{ limits: { perUser: {} } }, "api: limits has no 'perUser'"],
    [{ perOperation: 5 }, 'api: perOperation is 5'],
    [{ perOperation: { list: 5 } }, 'api: perOperation.list is 5'],
    [{ perOperation: { list: { costs: 5 } } }, "api: perOperation.list has no 'costs'"],
    [{ perOperation: { list: { cost: 1.5 } } }, 'api: perOperation.list.cost is 1.5'],
    [
      { perOperation: { list: { limits: { perActor: { points: 1, per: '2d' } } } } },
      'api: perOperation.list.limits.perActor is',
    ],
  ] as const) {
    const [first = '', ...others] = wrong(options)
    assert.ok(first.startsWith(message), `${JSON.stringify(options)}: ${first}`)
    assert.deepEqual(others, [])
  }
})

test('class 51: what costs more than its limit ever has is a mistake: nobody could call it', () => {
  const paged = { view, accepts, operations: ['list', 'create'] as const, limit: { default: 200, max: 200 } }
  const found = (options: object, limits?: Parameters<typeof app>[0]['limits']) =>
    mistakes(() => linked({ api: Notes.expose({ ...paged, operations: [...paged.operations], ...options }) }, limits))
  assert.deepEqual(found({ limits: hourly(5) }), [])
  assert.deepEqual(found({ limits: hourly(4) }), [
    "note.create.limits.perActor: A call costs 5 points, and the limit 'api/actor' has 4: nobody could make it: Give that at least 5 points, or say a lower cost.",
  ])
  assert.match(
    found({ search: true, limits: hourly(7) }).join('\n'),
    /^note\.list\.limits\.perActor: A call costs 8 points/,
  )
  assert.deepEqual(found({ cost: 10 }, { perActor: { points: 40, per: '1m' }, perKey: { points: 1, per: '1m' } }), [])
  assert.match(
    found({ cost: 10 }, { perAddress: { points: 39, per: '1m' } }).join('\n'),
    /^note\.list\.limits\.perAddress: A call costs 40 points, and the app's limit perAddress has 39/,
  )
})
