import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ActorOf,
  anyone,
  app,
  bool,
  type Db,
  decimal,
  defineSchema,
  fromActor,
  type Id,
  id,
  integer,
  model,
  one,
  ref,
  resources,
  text,
  verbs,
} from '../../../src/index.ts'

/** Stock that is counted, accounts that money moves between, doctors of whom one stays on call. */
const person = model({ id: id<'person'>(), name: text() })
const product = model({
  id: id<'product'>(),
  sku: text({ unique: true, max: 40 }),
  title: text({ max: 80 }),
  stock: integer({ default: 0, min: 0 }),
  views: integer({ default: 0 }),
  price: decimal({ precision: 10, scale: 2, default: '0.00' }),
  ownerId: ref('person', { default: fromActor('id') }),
  owner: one('ownerId'),
})
const account = model({ id: id<'account'>(), name: text({ unique: true }), balance: integer({ default: 0 }) })
const doctor = model({ id: id<'doctor'>(), ward: text(), onCall: bool({ default: true }) }, { index: [['ward']] })
const models = defineSchema({ person, product, account, doctor })
const actor = { id: ref('person') }
interface Shop extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { person: Persons, product: Products, account: Accounts, doctor: Doctors } = resources<Shop, Actor>(models, actor)
const { action, route } = verbs<Actor>(actor)

const productView = Products.view(({ row }) => ({
  id: row.id,
  sku: row.sku,
  title: row.title,
  stock: row.stock,
  views: row.views,
}))

/** How many are inside a part that must hold one at a time, and the most there ever were. */
export const inside = { now: 0, most: 0, sleep: 3 }
const guarded = async (): Promise<void> => {
  inside.now++
  inside.most = Math.max(inside.most, inside.now)
  await sleep(inside.sleep)
  inside.now--
}

/** Calls that have to meet between reading and writing: as many wait for each other as are expected, once. */
export const meeting = { expected: 0, waiting: [] as (() => void)[] }
const together = async (): Promise<void> => {
  if (meeting.expected === 0) return
  if (--meeting.expected === 0) for (const go of meeting.waiting.splice(0)) go()
  else await new Promise<void>((go) => meeting.waiting.push(go))
}

const accountView = Accounts.view(({ row }) => ({ id: row.id, balance: row.balance }))
const move = async (db: Db, from: Id<'account'>, to: Id<'account'>, amount: number): Promise<void> => {
  const change = async (which: Id<'account'>, by: number) => {
    const one = await db.run(accountView.one((row) => row.id.eq(which)))
    await db.update(Accounts, one.id, { balance: one.balance + by })
  }
  await change(from, -amount)
  await change(to, amount)
}

export const shop = () => {
  const view = Products.action({ set: ({ row }) => ({ views: row.views.plus(1) }), answers: productView })
  const buy = Products.action({
    input: { count: integer({ min: 1, max: 100 }) },
    where: ({ row }) => row.title.ne('closed'),
    set: ({ row, input }) => ({ stock: row.stock.minus(input.count) }),
    answers: productView,
  })
  const takeLast = Products.action({
    where: ({ row }) => row.stock.gte(1),
    set: ({ row }) => ({ stock: row.stock.minus(1) }),
  })
  /** Reads other rows before it writes: only a lock makes that safe. */
  const fill = Products.action({
    exclusive: ({ input }) => [input.title],
    input: { sku: text(), title: text({ max: 80 }) },
    create: ({ input }) => ({
      sku: input.sku,
      title: input.title,
      stock: Products.count((other) => other.title.eq(input.title)),
    }),
  })
  const fillUnlocked = Products.action({
    input: { sku: text(), title: text({ max: 80 }) },
    create: ({ input }) => ({
      sku: input.sku,
      title: input.title,
      stock: Products.count((other) => other.title.eq(input.title)),
    }),
  })
  const countViews = action({
    input: { id: ref('product'), by: integer() },
    output: { views: integer() },
    run: async ({ input, db }) => {
      const after = await db.increment(Products, input.id, { views: input.by, price: '0.10' }, productView)
      return { views: after.views }
    },
  })
  const takeStock = action({
    input: { id: ref('product'), by: integer() },
    run: async ({ input, db }) => {
      await db.increment(Products, input.id, { stock: -input.by })
    },
  })
  const openAll = action({
    input: { name: text(), careless: bool({ default: false }) },
    output: { taken: bool() },
    run: async ({ input, db }) => {
      await db.create(Accounts, { name: `${input.name} first` })
      let taken = false
      const open = async (on: Db) => {
        await on.create(Accounts, { name: `${input.name} undone` })
        await on.create(Accounts, { name: input.name })
      }
      await (input.careless ? open(db) : db.attempt(open)).catch(() => {
        taken = true
      })
      await db.create(Accounts, { name: `${input.name} last` })
      return { taken }
    },
  })
  const transfer = action({
    input: { from: ref('account'), to: ref('account'), amount: integer({ min: 1 }) },
    exclusive: ({ input }) => [input.from, input.to],
    run: async ({ input, db }) => {
      await guarded()
      await move(db, input.from, input.to, input.amount)
    },
  })
  const nightly = action({
    exclusive: { group: 'nightly', wait: false },
    run: async () => {
      await guarded()
    },
  })
  const nightlyToo = action({
    exclusive: { group: 'nightly' },
    run: async ({ db }) => {
      await guarded()
      await db.run(Accounts.count())
    },
  })
  const nightlyRoute = route('POST /nightly', {
    exclusive: { group: 'nightly', wait: false },
    run: async () => {
      await guarded()
    },
  })
  const stockRoute = route('POST /products/:id/stock', {
    params: { id: ref('product') },
    exclusive: ({ params }) => [params.id],
    run: async ({ params, db }) => {
      await db.run(Products.count((row) => row.id.eq(params.id)))
      await guarded()
    },
  })
  const failing = action({
    exclusive: { group: 'nightly', wait: false },
    run: async () => {
      throw new Error('it broke')
    },
  })
  const fillFromHandler = action({
    input: { sku: text(), title: text({ max: 80 }) },
    run: async ({ input, db }) => {
      await db.run(fill.with({ sku: input.sku, title: input.title }))
    },
  })
  const doctorView = Doctors.view(({ row }) => ({ id: row.id, ward: row.ward }))
  const goOffCall = async (db: Db, id: Id<'doctor'>) => {
    const { ward } = await db.run(doctorView.one((row) => row.id.eq(id)))
    const others = await db.run(Doctors.count((row) => row.ward.eq(ward)))
    const onCall = await db.run(doctorView.list({ where: (row) => row.onCall.eq(true) }))
    await together()
    if (onCall.filter((one) => one.ward === ward).length < 2 || others < 2) return { left: false }
    await db.update(Doctors, id, { onCall: false })
    return { left: true }
  }
  const leave = (isolation?: 'serializable') =>
    action({
      ...(isolation && { isolation }),
      input: { id: ref('doctor') },
      output: { left: bool() },
      run: ({ input, db }) => goOffCall(db, input.id),
    })
  const leaveRoute = route('POST /doctors/:id/leave', {
    params: { id: ref('doctor') },
    isolation: 'serializable',
    output: { left: bool() },
    run: ({ params, db }) => goOffCall(db, params.id),
  })
  return app({
    name: 'shop',
    schema: models,
    use: {
      all: {
        personPolicy: Persons.policy(() => ({ read: anyone })),
        productPolicy: Products.policy(({ row, actor }) => ({
          read: anyone,
          create: row.ownerId.eq(actor.id),
          update: anyone,
          delete: row.ownerId.eq(actor.id),
        })),
        accountPolicy: Accounts.policy(() => ({ read: anyone, create: anyone, update: anyone })),
        doctorPolicy: Doctors.policy(() => ({ read: anyone, update: anyone })),
        productView,
        view,
        buy,
        takeLast,
        fill,
        fillUnlocked,
        countViews,
        openAll,
        takeStock,
        transfer,
        nightly,
        nightlyToo,
        nightlyRoute,
        stockRoute,
        leaveRoute,
        failing,
        fillFromHandler,
        leaveCarelessly: leave(),
        leaveCall: leave('serializable'),
        products: Products.expose({
          view: productView,
          operations: ['list', 'get', 'create', 'update', 'delete', 'upsert', view, buy],
          accepts: { create: ['sku', 'title', 'stock'], update: ['title', 'stock'] },
          key: ['sku'],
          filter: ['sku'],
          requireMatch: true,
        }),
      },
    },
  })
}
