import {
  anyone,
  app,
  defineSchema,
  email,
  fromActor,
  id,
  integer,
  many,
  model,
  one,
  readable,
  ref,
  resources,
  text,
} from '../../../src/index.ts'
import { type Actor, account, action, actor, route } from '../../support/account.ts'

/** An app that asks for a second factor and for a fresh proof: bills to be paid, in every way an operation is reached. */

const user = model(account)
const bill = model({
  id: id<'bill'>(),
  title: text({ min: 1, max: 60 }),
  paid: integer({ default: 0 }),
  ownerId: ref('user', { default: fromActor('id'), immutable: true }),
  owner: one('ownerId'),
  items: many('item', 'billId'),
})
const item = model({
  id: id<'item'>(),
  billId: ref('bill', { onDelete: 'cascade' }),
  bill: one('billId'),
  name: text({ min: 1, max: 30 }),
})

const models = defineSchema({ user, bill, item })
type Models = typeof models
interface Bank extends Models {}
const { user: Users, bill: Bills, item: Items } = resources<Bank, Actor>(models, actor)

export const userPolicy = Users.policy(({ row, actor }) => ({
  read: anyone,
  fields: { email: { read: row.id.eq(actor.id) } },
}))
export const billPolicy = Bills.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine, update: mine, delete: mine }
})
export const itemPolicy = Items.policy(({ row, actor }) => {
  const mine = row.bill.ownerId.eq(actor.id)
  return { read: mine, create: mine, update: mine, delete: mine }
})
export const billView = Bills.view(({ row }) => ({ id: row.id, title: row.title, paid: row.paid }))
export const itemView = Items.view(({ row }) => ({ id: row.id, name: row.name }))

export const pay = Bills.action({ set: ({ row }) => ({ paid: row.paid.plus(1) }), answers: billView })
export const audit = action({
  output: { bills: integer() },
  run: async ({ db }) => ({ bills: await db.run(Bills.count()) }),
})

export const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle, email: readable(row.email) }))
export const identity = Users.identity({
  register: ['handle'],
  view: accountView,
  password: { reset: true },
  magicLink: true,
  emailCode: true,
  changeEmail: true,
  totp: { issuer: 'The Bank' },
  passkeys: { rpName: 'The Bank' },
  stepUp: { within: '10m', operations: ['pay', 'audit', 'item.delete', 'bill.delete', 'getSecretBill'] },
})

export const bills = Bills.expose({
  view: billView,
  operations: ['list', 'get', 'create', 'update', 'delete', 'deleteMany', pay],
  accepts: { create: ['title'], update: ['title'] },
  nested: { items: { create: true, update: true, delete: true } },
})
export const items = Items.expose({ view: itemView, operations: ['list', 'get', 'delete'] })

export const payNow = route('POST /pay-now/:id', {
  params: { id: ref('bill') },
  calls: pay,
  answers: ({ result }) => ({ bill: result }),
})
export const checkout = route('POST /checkout/:id', {
  params: { id: ref('bill') },
  run: async ({ params, db }) => ({ bill: await db.run(pay.with({ id: params.id })) }),
})
export const getSecretBill = route('GET /secret-bills/:id', {
  params: { id: ref('bill') },
  answers: ({ params }) => ({ bill: billView.one((row) => row.id.eq(params.id)) }),
})
/** A sign-in of the app's own: what it does with the account has to wait for the second step. */
export const login = route('POST /login', {
  auth: 'optional',
  sensitive: true,
  body: { email: email(), password: text({ max: 200 }) },
  run: async ({ body, auth }) => {
    const { token, db } = await auth.signIn({ login: body.email, password: body.password })
    return { token, bills: await db.run(Bills.count()) }
  },
})

import * as everything from './bank.ts'

export const bank = () => {
  const { bank: _, ...use } = everything
  return app({ name: 'bank', schema: models, use: { everything: use } })
}
