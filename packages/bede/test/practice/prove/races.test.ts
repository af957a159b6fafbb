import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  anyone,
  app,
  choice,
  defineSchema,
  email,
  fromActor,
  id,
  integer,
  model,
  Problem,
  ref,
  resources,
  secret,
  system,
  text,
  verbs,
} from '../../../src/index.ts'
import { forgetting } from './support/forgetting.ts'
import { found, lines, proofOf } from './support/proof.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  password: secret({ private: true }),
})
const show = model({ id: id<'show'>(), title: text({ max: 200 }), views: integer({ default: 0 }) })
const seat = model({
  id: id<'seat'>(),
  showId: ref('show'),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
})
const nick = model({
  id: id<'nick'>(),
  name: text({ max: 200 }),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
})
const claim = model({
  id: id<'claim'>(),
  name: text({ unique: true, max: 200 }),
  state: choice(['open', 'done'], { default: 'open' }),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
})
const models = defineSchema({ user, show, seat, nick, claim })
const actor = { id: ref('user') }
const {
  user: Users,
  show: Shows,
  seat: Seats,
  nick: Nicks,
  claim: Claims,
} = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)

const policies = {
  userPolicy: Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) })),
  showPolicy: Shows.policy(() => ({ read: anyone })),
  seatPolicy: Seats.policy(({ row, actor }) => ({ read: anyone, create: row.ownerId.eq(actor.id) })),
  nickPolicy: Nicks.policy(({ row, actor }) => ({ read: anyone, create: row.ownerId.eq(actor.id) })),
  claimPolicy: Claims.policy(({ row, actor }) => ({ read: anyone, create: row.ownerId.eq(actor.id) })),
  identity: Users.identity({}),
}
const counted = system('counting is nobody’s business')
const showView = Shows.view(({ row }) => ({ id: row.id, views: row.views }))
const ofShow = { params: { id: ref('show') }, output: { done: integer() } } as const
const full = () => new Problem('conflict', { message: 'That is enough' })

/** Each decides on what it has read, and writes what may be out of date by then. */
const holes = {
  countViews: route('POST /shows/:id/views', {
    ...ofShow,
    run: async ({ params, db }) => {
      const { views } = await db.run(showView.one((row) => row.id.eq(params.id)))
      await db.as(counted).update(Shows, params.id, { views: views + 1 })
      return { done: 1 }
    },
  }),
  takeName: route('POST /names', {
    body: { name: text({ max: 200 }) },
    output: { done: integer() },
    run: async ({ body, db }) => {
      if ((await db.run(Nicks.count((row) => row.name.eq(body.name)))) > 0) throw full()
      await db.create(Nicks, { name: body.name })
      return { done: 1 }
    },
  }),
  takeSeat: route('POST /shows/:id/seats', {
    ...ofShow,
    run: async ({ params, db, actor }) => {
      if ((await db.run(Seats.count((row) => row.ownerId.eq(actor.id)))) >= 4) throw full()
      await db.create(Seats, { showId: params.id })
      return { done: 1 }
    },
  }),
  /** One at a time of each caller, and the seat is everybody's. */
  takeOnlySeat: route('POST /shows/:id/seat', {
    ...ofShow,
    exclusive: ({ actor }) => [actor.id],
    run: async ({ params, db }) => {
      const taken = await db.run(Seats.count((row) => row.showId.eq(params.id)))
      if (taken > 4) throw full()
      await db.create(Seats, { showId: params.id })
      return { done: 1 }
    },
  }),
}

const innocent = {
  addViews: route('POST /shows/:id/more-views', {
    ...ofShow,
    run: async ({ params, db }) => {
      await db.run(showView.one((row) => row.id.eq(params.id)))
      await db.as(counted).increment(Shows, params.id, { views: 1 })
      return { done: 1 }
    },
  }),
  takeUnique: route('POST /claims', {
    body: { name: text({ max: 200 }) },
    output: { done: integer() },
    run: async ({ body, db }) => {
      if ((await db.run(Claims.count((row) => row.name.eq(body.name)))) > 0) throw full()
      await db.create(Claims, { name: body.name })
      return { done: 1 }
    },
  }),
  takeOneByOne: route('POST /shows/:id/only', {
    ...ofShow,
    exclusive: true,
    run: async ({ params, db, actor }) => {
      if ((await db.run(Seats.count((row) => row.ownerId.eq(actor.id)))) >= 4) throw full()
      await db.create(Seats, { showId: params.id })
      return { done: 1 }
    },
  }),
  takeAsIfAlone: route('POST /shows/:id/alone', {
    ...ofShow,
    isolation: 'serializable',
    run: async ({ params, db, actor }) => {
      if ((await db.run(Seats.count((row) => row.ownerId.eq(actor.id)))) >= 4) throw full()
      await db.create(Seats, { showId: params.id })
      return { done: 1 }
    },
  }),
  renamed: route('PUT /shows/:id/title', {
    params: { id: ref('show') },
    body: { title: text({ max: 200 }) },
    output: { done: integer() },
    run: async ({ params, body, db }) => {
      await db.run(showView.one((row) => row.id.eq(params.id)))
      await db.as(counted).update(Shows, params.id, body)
      return { done: 1 }
    },
  }),
  addOne: Shows.action({ auth: 'optional', set: ({ row }) => ({ views: row.views.plus(1) }) }),
}

const theatre = app({
  name: 'theatre',
  schema: models,
  use: { all: { ...policies, showView, ...holes, ...innocent } },
})

test('two at once that go through on what was read before are found, and those that are held are not accused', async () => {
  const proof = await proofOf(theatre, { parts: ['attacks'], only: [...Object.keys(holes), ...Object.keys(innocent)] })
  const races = [...found(proof)].filter((one) => one.endsWith(': 125'))
  assert.deepEqual(
    races.sort(),
    Object.keys(holes)
      .map((name) => `${name}: 125`)
      .sort(),
    lines(proof).join('\n'),
  )
  const said = Object.fromEntries(proof.findings.map(({ operation, evidence }) => [operation, evidence]))
  assert.match(said.countViews ?? '', /one after the other, views of show [0-9a-f-]+ updated is 3, and now 2/)
  assert.match(said.takeName ?? '', /^409 for one of them/)
  assert.match(said.takeSeat ?? '', /^number [34] is refused with 409/)
  const score = proof.attacks?.scores.find(({ number }) => number === 125)
  assert.equal(score?.state, 'open')
})

test('a request that is done twice under one Idempotency-Key is found, one after the other and at once', async () => {
  const only = ['takeUnique', 'takeSeat']
  const held = await proofOf(theatre, { parts: ['attacks'], only: ['takeUnique'] })
  assert.equal(held.attacks?.scores.find(({ number }) => number === 124)?.state, 'held', lines(held).join('\n'))
  const through = forgetting((sql) => /into "bede"\."idempotency"/.test(sql))
  const proof = await proofOf(theatre, { parts: ['attacks'], only, through })
  const said = proof.findings
    .filter(({ number }) => number === 124)
    .map(({ operation, says }) => `${operation}: ${says}`)
  assert.deepEqual(said, [
    'takeSeat: The same request under the same Idempotency-Key changes something again',
    'takeSeat: The same request under the same Idempotency-Key changes something again, sent twice at once',
  ])
})
