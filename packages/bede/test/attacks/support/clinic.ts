import {
  and,
  app,
  choice,
  defineSchema,
  email,
  event,
  fromActor,
  id,
  integer,
  json,
  many,
  model,
  one,
  or,
  readable,
  ref,
  resources,
  text,
  timestamp,
  url,
} from '../../../src/index.ts'
import { type Actor, account, actor, route } from '../../support/account.ts'

/** What is kept encrypted, in every way in which it can be written and seen. */

const user = model({
  ...account,
  /** Found by, and unique. */
  phone: text({ optional: true, max: 40, unique: true, encrypted: { search: 'exact' } }),
})

const patient = model(
  {
    id: id<'patient'>(),
    name: text({ min: 1, max: 60 }),
    room: integer({ default: 0 }),
    /** Text that somebody writes as they like, in clear. */
    remark: text({ optional: true, max: 4000 }),
    number: text({ max: 40, unique: true, encrypted: { search: 'exact' } }),
    mail: email({ optional: true, encrypted: { search: 'exact' } }),
    page: url({ optional: true, encrypted: true }),
    diagnosis: text({ optional: true, max: 4000, encrypted: true }),
    chart: json({
      optional: true,
      encrypted: true,
      schema: { type: 'object', properties: { blood: { type: 'string' } } },
    }),
    hidden: text({ optional: true, private: true, encrypted: true }),
    createdAt: timestamp({ default: 'now' }),
    updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
    doctorId: ref('user', { default: fromActor('id') }),
    doctor: one('doctorId'),
    visits: many('visit', 'patientId'),
  },
  { history: true, softDelete: true, index: [['mail'], ['room']] },
)

const visit = model({
  id: id<'visit'>(),
  finding: text({ max: 400, encrypted: true }),
  minutes: integer({ default: 0 }),
  patientId: ref('patient', { onDelete: 'cascade' }),
  patient: one('patientId'),
})

const device = model({
  id: id<'device'>(),
  code: text({ unique: true, max: 40 }),
  serial: text({ encrypted: { search: 'exact' }, unique: true }),
  place: text({ default: '' }),
})

export const models = defineSchema({ user, patient, visit, device })
type Models = typeof models
interface Clinic extends Models {}
const all = resources<Clinic, Actor>(models, actor)
const { user: Users, patient: Patients, visit: Visits, device: Devices } = all

export const userPolicy = Users.policy(({ row, actor }) => ({
  read: or(row.id.eq(actor.id), actor.role.eq('editor')),
  update: row.id.eq(actor.id),
  fields: { email: { read: row.id.eq(actor.id) } },
}))
export const patientPolicy = Patients.policy(({ row, actor }) => {
  const mine = row.doctorId.eq(actor.id)
  return {
    read: or(mine, actor.role.eq('editor')),
    create: mine,
    update: mine,
    delete: mine,
    restore: mine,
    purge: mine,
    history: mine,
    fields: { diagnosis: { read: mine, write: mine } },
  }
})
export const visitPolicy = Visits.policy(({ row, actor }) => {
  const mine = row.patient.doctorId.eq(actor.id)
  return { read: mine, create: mine, update: mine, delete: mine }
})
export const devicePolicy = Devices.policy(({ actor }) => {
  const anyone = actor.id.isNotNull()
  return { read: anyone, create: anyone, update: anyone }
})

export const accountView = Users.view(({ row }) => ({ id: row.id, handle: row.handle, phone: row.phone }))
export const patientView = Patients.view(({ row }) => ({
  id: row.id,
  name: row.name,
  room: row.room,
  remark: row.remark,
  number: row.number,
  mail: row.mail,
  page: row.page,
  diagnosis: readable(row.diagnosis),
  chart: row.chart,
  visits: row.visits.list((one) => ({ id: one.id, finding: one.finding, minutes: one.minutes })),
}))
export const cardView = Patients.view(({ row }) => ({
  is: row.number,
  nested: { deeper: { called: row.mail, doctor: row.doctor.phone } },
  hasChart: row.chart.isNotNull(),
})).cached({ for: '1h' })
export const visitView = Visits.view(({ row }) => ({
  id: row.id,
  finding: row.finding,
  of: row.patient.number,
}))
export const deviceView = Devices.view(({ row }) => ({
  id: row.id,
  code: row.code,
  serial: row.serial,
  place: row.place,
}))

export const identity = Users.identity({
  register: ['handle', 'phone'],
  view: accountView,
  password: { reset: true },
  totp: { issuer: 'The clinic' },
  apiKeys: { scopes: ['patients:read'] },
})

export const diagnosed = event('patient.diagnosed', { patientId: ref('patient') })
export const diagnose = Patients.action({
  input: { diagnosis: text({ max: 4000 }) },
  set: ({ input }) => ({ diagnosis: input.diagnosis }),
  emits: [diagnosed, ({ row }) => ({ patientId: row.id })],
  answers: patientView,
})

export const patients = Patients.expose({
  view: patientView,
  operations: [
    'list',
    'get',
    'create',
    'update',
    'delete',
    'createMany',
    'updateMany',
    'deleteMany',
    'listDeleted',
    'restore',
    'purge',
    'history',
    diagnose,
  ],
  filter: ['number', 'mail', 'room'],
  sort: ['room'],
  nested: { visits: { create: true, update: true, delete: true } },
  aggregate: { groupBy: ['room'], measures: { count: true } },
})
export const visits = Visits.expose({ view: visitView, operations: ['list', 'get', 'create', 'update'] })
export const devices = Devices.expose({
  view: deviceView,
  operations: ['list', 'get', 'create', 'update', 'upsert'],
  key: ['code'],
  filter: ['serial'],
})

export const getCards = route('GET /api/cards', { answers: () => ({ cards: cardView.list() }) })
export const getCard = route('GET /api/cards/:number', {
  answers: ({ params }) => ({ card: cardView.one((row) => row.number.eq(params.number)) }),
})
/** Both are searched by what the actor is known to have. */
export const setPhone = route('PUT /api/phone', {
  body: { phone: text({ max: 40 }) },
  run: async ({ body, db, actor }) => {
    if (!actor) return { phone: null }
    await db.update(Users, actor.id, { phone: body.phone })
    const [me] = await db.run(
      Users.list((row) => ({ phone: row.phone }), { where: (row) => row.phone.in([body.phone]) }),
    )
    return { phone: me?.phone ?? null }
  },
})
export const admit = route('POST /api/admit', {
  body: { names: text({ max: 40 }), diagnosis: text() },
  run: async ({ body, db }) => {
    await db.createMany(
      Patients,
      body.names.split(',').map((name) => ({ name, number: `N-${name}`, diagnosis: body.diagnosis })),
    )
    const found = await db.run(
      Patients.list((row) => ({ number: row.number, diagnosis: readable(row.diagnosis), chart: row.chart }), {
        where: (row) => and(row.diagnosis.isNotNull(), row.number.in(body.names.split(',').map((name) => `N-${name}`))),
        order: (row) => row.createdAt.asc(),
      }),
    )
    return { numbers: found.map(({ number, diagnosis }) => `${number} ${diagnosis}`).join(';') }
  },
})

/** What it was sent is in its hands when it fails. */
export const fail = route('POST /api/fail', {
  auth: 'optional',
  body: { phone: text(), how: choice(['throws', 'answers']) },
  output: { ok: text() },
  run: async ({ body }) => {
    if (body.how === 'throws') throw new Error('The handler fails')
    return { ok: 1 } as never
  },
})

import * as everything from './clinic.ts'

export const clinic = () => {
  const { clinic: _, models: __, ...use } = everything
  return app({ name: 'clinic', schema: models, use: { everything: use } })
}
