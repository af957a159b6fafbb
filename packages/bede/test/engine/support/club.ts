import {
  type ActorOf,
  answer,
  app,
  array,
  choice,
  decimal,
  defineSchema,
  email,
  event,
  fromActor,
  html,
  id,
  integer,
  model,
  object,
  one,
  or,
  Problem,
  readable,
  ref,
  resources,
  secret,
  sendFile,
  signedIn,
  stream,
  system,
  text,
  timestamp,
  verbs,
} from '../../../src/index.ts'

/** A club: members write notes, and the tickets it gives away are few. What the engine and identity are tested with. */

const member = model({
  id: id<'member'>(),
  email: email({ unique: true, private: true }),
  name: text({ min: 1, max: 40 }),
  password: secret({ private: true }),
  role: choice(['member', 'editor'], { default: 'member' }),
  joinedAt: timestamp({ default: 'now' }),
})

const note = model({
  id: id<'note'>(),
  title: text({ unique: true, min: 1, max: 20 }),
  body: text({ default: '' }),
  price: decimal({ precision: 8, scale: 2, optional: true, min: '0.00', max: '1000.00' }),
  stars: integer({ default: 0, min: 0, max: 5 }),
  createdAt: timestamp({ default: 'now' }),
  ownerId: ref('member', { default: fromActor('id'), immutable: true }),
  owner: one('ownerId'),
})

const ticket = model(
  {
    id: id<'ticket'>(),
    seat: text({ unique: true }),
    left: integer({ default: 1 }),
    holderId: ref('member', { optional: true }),
  },
  { check: { notOversold: (row) => row.left.gte(0) } },
)

/** A door code: hashed like a password, and set by a compiled action. */
const lock = model({
  id: id<'lock'>(),
  name: text({ unique: true }),
  code: secret({ min: 4 }),
  noteId: ref('note', { optional: true }),
})

const models = defineSchema({ member, note, ticket, lock })
const actor = { id: ref('member'), role: choice(['member', 'editor']) }
type Models = typeof models
interface Club extends Models {}
interface Actor extends ActorOf<typeof actor> {}
const { member: Members, note: Notes, ticket: Tickets, lock: Locks } = resources<Club, Actor>(models, actor)
const { action, route } = verbs<Actor>(actor)

export const memberPolicy = Members.policy(({ row, actor }) => {
  const self = row.id.eq(actor.id)
  return {
    read: signedIn,
    update: self,
    fields: { email: { read: self }, role: { write: actor.role.eq('editor') }, password: { write: self } },
  }
})
export const notePolicy = Notes.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: or(mine, actor.role.eq('editor')), create: mine, update: mine, delete: mine }
})
export const ticketPolicy = Tickets.policy(() => ({ read: signedIn, update: signedIn }))
export const lockPolicy = Locks.policy(() => ({ read: signedIn, create: signedIn }))

export const noteView = Notes.view(({ row }) => ({ id: row.id, title: row.title, body: row.body, stars: row.stars }))
export const memberView = Members.view(({ row }) => ({
  id: row.id,
  name: row.name,
  email: readable(row.email),
  role: row.role,
}))

export const identity = Members.identity({
  register: ['name'],
  view: memberView,
  sessions: { absolute: '30d', idle: '7d' },
})

export const members = Members.expose({
  view: memberView,
  operations: ['get', 'update'],
  accepts: { update: ['name', 'role'] },
})
export const setPassword = Members.action({
  input: { password: secret({ min: 10 }) },
  set: ({ input }) => ({ password: input.password }),
  answers: memberView,
})
export const noteWritten = event('note.written', { noteId: ref('note'), title: text({ max: 20 }) })

export const notes = Notes.expose({
  view: noteView,
  operations: ['list', 'get', 'create', 'update', 'delete'],
  filter: ['title'],
  sort: ['title'],
})

export const writeNote = Notes.action({
  input: {
    title: text({ min: 1, max: 20 }),
    price: decimal({ precision: 8, scale: 2, optional: true, min: '0.00', max: '1000.00' }),
  },
  create: ({ input }) => ({ title: input.title, price: input.price }),
  emits: [noteWritten, ({ row }) => ({ noteId: row.id, title: row.title })],
  answers: noteView,
})
export const claimTicket = Tickets.action({
  by: 'seat',
  where: ({ row }) => row.left.gt(0),
  set: ({ row, actor }) => ({ left: row.left.minus(1), holderId: actor.id }),
  answers: ({ row }) => ({ left: row.left }),
})
export const newLock = Locks.action({
  input: { name: text(), code: secret({ min: 4 }), noteId: ref('note', { optional: true }) },
  create: ({ input }) => ({ name: input.name, code: input.code, noteId: input.noteId }),
  answers: ({ row }) => ({ name: row.name }),
})

/** Handlers, one for each thing a handler can do. */
export const importNotes = action({
  input: { titles: array(text(), { max: 100 }), failAfter: integer({ optional: true }) },
  output: { count: integer() },
  allow: ({ input, actor }) => or(actor.role.eq('editor'), input.failAfter.isNull()),
  run: async ({ input, db, emit, log }) => {
    for (const [index, title] of input.titles.entries()) {
      const made = await db.create(Notes, { title }, noteView)
      await emit(noteWritten, { noteId: made.id, title: made.title })
      if (index + 1 === input.failAfter) throw new Error('the seventh seal is a secret')
    }
    log.info('imported', { count: input.titles.length, password: 'canary-in-log' })
    return { count: input.titles.length }
  },
})
export const bulkNotes = action({
  input: { titles: array(text()) },
  run: async ({ input, db }) => {
    const made = await db.createMany(
      Notes,
      input.titles.map((title) => ({ title })),
    )
    return { made: made.length }
  },
})
export const tolerantNotes = action({
  input: { titles: array(text()) },
  run: async ({ input, db }) => {
    const refused = await db
      .createMany(
        Notes,
        input.titles.map((title) => ({ title })),
      )
      .then(
        () => null,
        (error: unknown) => (error instanceof Problem ? error.code : 'no problem'),
      )
    await db.create(Notes, { title: `after ${input.titles.length}` })
    return { refused }
  },
})
export const nested = action({
  input: { title: text() },
  run: async ({ input, db }) => {
    const made = await db.run(writeNote.with({ title: input.title }))
    const changed = await db.update(Notes, made.id, { stars: 5 }, noteView)
    const count = await db.run(Notes.count((row) => row.title.eq(input.title)))
    await db.delete(Notes, made.id)
    return { made, changed, count, gone: await db.run(noteView.maybe((row) => row.id.eq(made.id))) }
  },
})
export const readAnything = action({
  input: { noteId: ref('note') },
  run: async ({ input, db }) => ({
    mine: await db.run(noteView.maybe((row) => row.id.eq(input.noteId))),
    any: await db.as(system('test: read any note')).run(noteView.maybe((row) => row.id.eq(input.noteId))),
  }),
})
export const takeOver = action({
  input: { noteId: ref('note') },
  run: async ({ input, db }) => db.update(Notes, input.noteId, { body: 'mine now' }, noteView),
})
export const sleepy = action({
  input: { title: text(), milliseconds: integer() },
  run: async ({ input, db, signal }) => {
    await db.create(Notes, { title: input.title })
    await new Promise((resolve) => setTimeout(resolve, input.milliseconds))
    late.aborted = signal.aborted
    await db.create(Notes, { title: `${input.title} late` }).catch((error: unknown) => {
      late.error = error
    })
    return {}
  },
})
/** What `sleepy` found when it woke up. */
export const late: { aborted?: boolean; error?: unknown } = {}

export const lying = action({
  output: { count: integer() },
  run: async ({ db }) => {
    await db.create(Notes, { title: 'a lie' })
    return { count: 'many' as unknown as number }
  },
})
export const refusing = action({
  auth: 'optional',
  run: () => {
    throw new Problem('conflict', { message: 'not today', hint: 'come back tomorrow' })
  },
})
export const replies = action({
  input: { kind: choice(['html', 'file', 'missing', 'stream', 'nothing', 'status', 'bytes']) },
  run: ({ input }): unknown => {
    switch (input.kind) {
      case 'html':
        return html`<p>${'<script>'}</p>`
      case 'file':
        return sendFile(import.meta.filename, { type: 'text/plain', name: 'naïve "x".txt' })
      case 'missing':
        return sendFile('/nowhere/at/all')
      case 'stream':
        return stream(
          (async function* () {
            yield 'a'
            yield 'b'
          })(),
        )
      case 'status':
        return answer({ status: 202, headers: { 'x-kind': 'status' }, body: { queued: true } })
      case 'bytes':
        return sendFile(new Uint8Array([1, 2, 3]))
      default:
        return undefined
    }
  },
})
export const openSecret = action({ sensitive: true, run: () => ({ token: 'shown once' }) })

export const login = route('POST /login', {
  auth: 'optional',
  body: { user: object({ email: email(), password: text() }) },
  sensitive: true,
  run: async ({ body, auth }) => {
    const { token, db, actor } = await auth.signIn({ login: body.user.email, password: body.user.password })
    return { token, member: await db.run(memberView.one((row) => row.id.eq(actor.id))) }
  },
})
export const whoAmI = route('GET /who', {
  auth: 'optional',
  run: ({ actor, auth }) => ({ id: actor?.id ?? null, token: auth.token }),
})

import * as everything from './club.ts'

export const club = () => app({ name: 'club', schema: models, use: { everything } })
