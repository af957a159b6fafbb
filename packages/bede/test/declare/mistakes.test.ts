import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  anyone,
  app,
  concat,
  defineSchema,
  email,
  event,
  fromActor,
  id,
  integer,
  isProblem,
  link,
  model,
  object,
  type Problem,
  type ProblemDetail,
  ref,
  resources,
  secret,
  text,
  verbs,
} from '../../src/index.ts'

const user = model({ id: id<'user'>(), email: email({ unique: true }), password: secret({ private: true }) })
const note = model(
  {
    id: id<'note'>(),
    title: text({ unique: true, private: true }),
    stars: integer({ default: 0 }),
    ownerId: ref('user', { default: fromActor('id') }),
  },
  { index: [['stars']] },
)
const models = defineSchema({ user, note })
const actor = { id: ref('user') }

/** Written without the compiler's help, as files run without it. */
// biome-ignore lint/suspicious/noExplicitAny: mistakes that the compiler would refuse
type Unchecked = any

const fresh = (): Fresh => {
  const schema = { ...models }
  const all: Unchecked = resources(schema, actor)
  const free: Unchecked = verbs(actor)
  const policies = {
    userPolicy: all.user.policy(() => ({ read: anyone })),
    notePolicy: all.note.policy(() => ({ read: anyone, create: anyone, update: anyone })),
  }
  const linked = (use: object) => link(app({ name: 'notes', schema, use: { use } }))
  const details = (use: object): readonly ProblemDetail[] => problemOf(() => linked({ ...policies, ...use })).details
  return { Users: all.user, Notes: all.note, ...free, policies, linked, details }
}

interface Fresh {
  readonly Notes: Unchecked
  readonly Users: Unchecked
  readonly action: Unchecked
  readonly route: Unchecked
  readonly policies: object
  linked(use: object): ReturnType<typeof link>
  details(use: object): readonly ProblemDetail[]
}

const problemOf = (step: () => unknown): Problem => {
  try {
    step()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const said = (details: readonly ProblemDetail[]) => details.map(({ place, message }) => `${place}: ${message}`)

test('the mistakes of all declarations are listed at once, each with the place of its export', () => {
  const { Users, Notes, route, linked, details } = fresh()
  const noteView = Notes.view(({ row }: Unchecked) => ({ a: row.idd, b: { c: row.titel }, d: row.stars }))
  const star = Notes.action({ set: { stars: 1 } })
  const rename = Notes.action({
    input: { title: text() },
    where: ({ row, actor }: Unchecked) => row.ownerr.eq(actor.idd),
    set: ({ input }: Unchecked) => ({ titel: 'x', title: input.titel, stars: undefined }),
  })
  const api = Notes.expose({ view: noteView, operations: ['get', star, rename] })
  const put = route('PUT /notes/:id', { calls: rename })
  const unused = Users.view(({ row }: Unchecked) => ({ mail: row.mail }))
  const found = details({ noteView, star, rename, api, put })
  assert.deepEqual(said(found), [
    "noteView: note has no field 'idd'",
    "noteView: note has no field 'titel'",
    'star.set: set is of type object, not a function',
    "rename.where: note has no field 'ownerr'",
    "rename.where: The actor has no field 'idd'",
    "rename.set: There is no input 'titel'",
    "rename.set.titel: note has no field 'titel'",
    'rename.set.stars: stars is undefined',
    "user view: user has no field 'mail'",
  ])
  for (const { source } of found) assert.match(source ?? '', /mistakes\.test\.ts:\d+:\d+$/)
  assert.ok(unused)
  const policy = Notes.policy(({ row }: Unchecked) => ({ read: row.titel.eq('x'), create: true, remove: anyone }))
  const { details: both } = problemOf(() => linked({ notePolicy: policy }))
  assert.deepEqual(said(both).slice(0, 3), [
    "note.policy: note has no field 'titel'",
    "note.policy: 'remove' is not an operation",
    'note.policy.create: A condition is expected, not boolean',
  ])
  assert.ok(!said(both).some((one) => one.startsWith('note.policy: note has no policy')))
})

test('an error that is no Problem stops the module, as everywhere', () => {
  const { Notes } = fresh()
  assert.throws(() => Notes.view(() => JSON.parse('{')), SyntaxError)
})

test('what is no field is refused by name, wherever fields are declared', () => {
  const { Notes, action, route, details } = fresh()
  const run = () => ({})
  const found = details({
    act: action({ input: { n: text }, output: { m: object({ k: integer as Unchecked }) }, run }),
    set: Notes.action({ input: { n: text }, set: () => ({ stars: 1 }) }),
    there: route('GET /there/:a', { params: { a: text }, query: { q: 1 }, body: { b: email }, run }),
    happened: event('happened', { p: text as Unchecked }),
  })
  assert.deepEqual(
    found.map(({ place, message, hint }) => `${place}: ${message} → ${hint}`),
    [
      'act: input.n is not a field → Write text(), with parentheses.',
      'act: output.m.k is not a field → Write integer(), with parentheses.',
      'set: input.n is not a field → Write text(), with parentheses.',
      'there: params.a is not a field → Write text(), with parentheses.',
      'there: query.q is not a field → Say what it is: text(), integer(), …',
      'there: body.b is not a field → Write email(), with parentheses.',
      'happened: payload.p is not a field → Write text(), with parentheses.',
    ],
  )
  const thing = model({ id: id<'thing'>(), n: text as Unchecked })
  const schema: Unchecked = { thing }
  const { thing: Things }: Unchecked = resources(schema, {})
  const policy = Things.policy(({ row }: Unchecked) => ({ read: row.n.eq('x') }))
  const add = Things.action({ create: () => ({ n: 'x' }) })
  const problem = problemOf(() => link(app({ name: 'x', schema, use: { m: { policy, add } } })))
  assert.ok(said(problem.details).includes('thing.n: thing.n is not a field'), problem.message)
})

test('an app without modules says what they are', () => {
  const make: Unchecked = app
  const { message, hint } = problemOf(() => make({ name: 'x', schema: models }))
  assert.equal(message, 'app() has no use')
  assert.match(hint ?? '', /import \* as notes/)
})

test('a parameter that the path does not have is refused', () => {
  const { route, Notes, details } = fresh()
  const one = route('GET /p/:id', { params: { idd: integer() }, answers: () => ({ n: Notes.count() }) })
  assert.deepEqual(
    details({ one }).map(({ message, hint }) => [message, hint]),
    [["'GET /p/:id' has no parameter ':idd'", "Perhaps you meant 'id'."]],
  )
})

test('an operation is not exposed that the policy does not state, nor twice, nor an upsert without a key', () => {
  const { Notes, Users, details } = fresh()
  const view = Notes.view(({ row }: Unchecked) => ({ stars: row.stars }))
  const people = Users.view(({ row }: Unchecked) => ({ id: row.id }))
  const found = details({
    view,
    people,
    a: Notes.expose({ view, operations: ['list', 'delete'] }),
    b: Notes.expose({ view, operations: ['list'], path: '/more' }),
  })
  assert.deepEqual(
    found.map(({ place, message, hint }) => `${place}: ${message} → ${hint}`),
    [
      "a.operations: delete is exposed, and the policy of note does not state delete: everybody would be refused → State delete in the policy of note, or take 'delete' out of operations.",
      'b: note is exposed twice with list → Take it out of one of them.',
    ],
  )
  const twice = fresh()
  const noteView = twice.Notes.view(({ row }: Unchecked) => ({ stars: row.stars }))
  const many = model({ id: id<'many'>(), a: text({ unique: true }), b: text({ unique: true }) })
  const schema: Unchecked = { many }
  const { many: Many }: Unchecked = resources(schema, {})
  const manyView = Many.view(({ row }: Unchecked) => ({ a: row.a }))
  const policy = Many.policy(() => ({ read: anyone, create: anyone, update: anyone }))
  const upsert = Many.expose({ view: manyView, operations: ['upsert'] })
  const { details: one } = problemOf(() => link(app({ name: 'x', schema, use: { m: { policy, manyView, upsert } } })))
  assert.deepEqual(
    one.map(({ place, message }) => `${place}: ${message}`),
    ['upsert.upsert: By which fields does an upsert of many know a row?'],
  )
  assert.ok(noteView)
})

test('what JavaScript made of a row is refused with what to write', () => {
  const { Notes, details } = fresh()
  const found = details({
    one: Notes.view(({ row }: Unchecked) => ({ t: `${row.title}!` })),
    two: Notes.view(({ row }: Unchecked) => ({ t: row.stars * 2 })),
    three: Notes.view(({ row }: Unchecked) => ({ a: 'x', b: true, c: 1, d: row.stars })),
    four: Notes.view(({ row }: Unchecked) => ({ a: concat(`${row.title}`) })),
  })
  assert.deepEqual(
    found.map(({ place, hint }) => [place, /concat\(|\.times\(/.test(hint ?? ''), /when\(/.test(hint ?? '')]),
    [
      ['one', true, true],
      ['two', true, true],
      ['three.a', true, true],
      ['three.b', false, true],
      ['three.c', true, true],
      ['four', true, true],
    ],
  )
})

test('a filter path is one mistake, whatever it could be asked', () => {
  const { Notes, details } = fresh()
  const view = Notes.view(({ row }: Unchecked) => ({ stars: row.stars }))
  const api = Notes.expose({ view, operations: ['list'], filter: ['title', 'ownerId', 'stars'] })
  const found = details({ view, api })
  assert.deepEqual(
    found.map(({ place, code }) => `${place} ${code}`),
    ['note.list.answers.filter.title private-field'],
  )
})

test('a secret can be asked whether it is there, and nothing else', () => {
  const { Users, linked, policies, details } = fresh()
  const has = Users.view(({ row }: Unchecked) => ({ has: row.password.isNotNull(), none: row.password.isNull() }))
  assert.ok(linked({ ...policies, has }).manifest.views.has)
  for (const step of [
    (row: Unchecked) => row.password,
    (row: Unchecked) => row.password.eq('x'),
    (row: Unchecked) => row.password.toText(),
    (row: Unchecked) => row.password.length(),
    (row: Unchecked) => row.password.orElse('x'),
    (row: Unchecked) => row.password.nullIf('x').isNull(),
    (row: Unchecked) => row.password.in(['x']),
    (row: Unchecked) => concat(row.password, 'x'),
  ]) {
    const view = Users.view(({ row }: Unchecked) => ({ it: step(row) }))
    assert.ok(details({ view }).length > 0, String(step))
  }
})

test('a route that calls an action with a handler is told to be the handler itself', () => {
  const { action, route, details } = fresh()
  const run = () => ({})
  const sum = action({ run })
  const [found, ...more] = details({ sum, sumApi: route('POST /sum', { calls: sum }) })
  assert.deepEqual(more, [])
  assert.match(`${found?.place}: ${found?.message}`, /^sumApi: It calls an action with a handler/)
  assert.match(found?.hint ?? '', /as run: what was input/)
  assert.deepEqual(
    details({ sum, sumApi: route('POST /sum', {}) })[0]?.hint,
    'A route has one of answers, calls and run.',
  )
})
