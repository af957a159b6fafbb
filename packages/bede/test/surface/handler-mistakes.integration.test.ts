import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  anyone,
  app,
  array,
  defineSchema,
  event,
  id,
  integer,
  model,
  Problem,
  ref,
  resources,
  system,
  text,
  verbs,
} from '../../src/index.ts'
import { serve } from './support/served.ts'

const models = defineSchema({
  book: model({ id: id<'book'>(), title: text({ min: 1, max: 20, unique: true }), pages: integer({ default: 0 }) }),
  loan: model({ id: id<'loan'>(), bookId: ref('book') }),
})
const actor = { id: ref('book') }
const { book: Books, loan: Loans } = resources(models, actor)
const { route } = verbs<object>(actor)
const bookPolicy = Books.policy(() => ({ read: anyone, create: anyone, update: anyone }))
const loanPolicy = Loans.policy(() => ({ read: anyone, create: anyone }))
const bookView = Books.view(({ row }) => ({ title: row.title }))
const bookAdded = event('book.added', { title: text({ min: 1 }), pages: integer({ min: 0 }) })
const addBook = Books.action({
  auth: 'optional',
  input: { title: text({ max: 5 }) },
  create: ({ input }) => ({ title: input.title }),
})

const body = { title: text(), pages: integer({ optional: true }) }
const create = route('POST /create', {
  auth: 'optional',
  body,
  run: async ({ body, db }) => ({ made: await db.create(Books, { title: body.title }) }),
})
const many = route('POST /many', {
  auth: 'optional',
  body: { titles: array(text()) },
  run: async ({ body, db }) => ({
    made: await db.createMany(
      Books,
      body.titles.map((title) => ({ title })),
    ),
  }),
})
const change = route('POST /change', {
  auth: 'optional',
  body,
  run: async ({ body, db }) => {
    const made = await db.create(Books, { title: `${body.title}!` })
    await db.update(Books, made.id, { pages: (body.pages ?? 0.5) as number })
    return {}
  },
})
const act = route('POST /act', { auth: 'optional', body, run: async ({ body, db }) => { await db.run(addBook.with({ title: body.title })); return {} } }) // biome-ignore format: one thought
const tell = route('POST /tell', {
  auth: 'optional',
  body,
  run: async ({ body, db, emit }) => {
    await db.create(Books, { title: 'told' })
    await emit(bookAdded, { title: body.title, pages: body.pages ?? -1 })
    return {}
  },
})
const lend = route('POST /lend', {
  auth: 'optional',
  run: async ({ db }) => ({
    made: await db.create(Loans, { bookId: '01932f5e-8c00-7000-8000-000000000000' as never }),
  }),
})
const link = route('POST /link', {
  auth: 'optional',
  body,
  run: async ({ body, files }) => ({ url: await files.signedUrl({ id: 'none' }, { for: body.title }) }),
})
const fail = route('POST /fail', { auth: 'optional', run: () => { throw new Error('the shelf fell') } }) // biome-ignore format: one thought
const own = route('POST /own', { auth: 'optional', run: () => { throw new Problem('conflict', { message: 'Not today.' }) } }) // biome-ignore format: one thought
const library = app({
  name: 'library',
  schema: models,
  files: {},
  use: {
    all: {
      bookPolicy,
      loanPolicy,
      bookView,
      bookAdded,
      addBook,
      create,
      many,
      change,
      act,
      tell,
      lend,
      link,
      fail,
      own,
    },
  },
})

// An address is signed by whoever keeps no files, too.
const served = await serve({ after }, library, 'production', undefined, 'elsewhere')
const count = async () =>
  (
    await served.backend.connection.query({
      sql: 'select count(*)::text, (select count(*)::text from bede.outbox) from book',
      params: [],
      shape: [],
    })
  )[0]
const post = async (path: string, json: unknown = {}) => {
  served.log.length = 0
  const earlier = await count()
  const got = await served.fetch(path, { method: 'POST', json, headers: { 'X-Request-Id': 'request-of-the-test' } })
  const text = await got.text()
  if (got.status >= 400) assert.deepEqual(await count(), earlier, `${path} changed something`)
  return {
    status: got.status,
    text,
    json: JSON.parse(text),
    errors: served.log.filter(({ level }) => level === 'error'),
  }
}

test("a handler's own mistake is a 500 that shows nothing, and one line in the log that says all", async () => {
  const mistakes: readonly (readonly [path: string, json: unknown, said: RegExp])[] = [
    ['/create', { title: '' }, /'create' gives create of book .*\/data\/title: It must not be empty/],
    ['/create', { title: 'x'.repeat(21) }, /\/data\/title: .*at most 20 characters/],
    ['/many', { titles: ['fine', ''] }, /'many' gives create of book .*\/items\/1\/title: It must not be empty/],
    ['/change', { title: 'b' }, /'change' gives update of book .*\/data\/pages: /],
    ['/act', { title: 'longer' }, /'act' gives create of book .*\/title: .*at most 5 characters/],
    ['/tell', { title: '', pages: 1 }, /'tell' emits 'book.added' with .*\/title: It must not be empty/],
    ['/tell', { title: 'x' }, /'tell' emits 'book.added' with .*\/pages: .*0/],
    ['/fail', {}, /the shelf fell/],
  ]
  for (const [path, json, said] of mistakes) {
    const { status, text, json: problem, errors } = await post(path, json)
    assert.equal(status, 500, text)
    assert.deepEqual([problem.code, problem.details, problem.detail], ['internal', undefined, problem.title])
    assert.doesNotMatch(text, /book|title:|shelf/)
    assert.equal(errors.length, 1, JSON.stringify(errors))
    assert.match(String(errors[0]?.message), said)
    assert.deepEqual(
      [errors[0]?.operation, errors[0]?.requestId, errors[0]?.code],
      [path.slice(1), 'request-of-the-test', 'internal'],
    )
  }
})

test('an address of a file that is signed for no time, or for too long, is a mistake of the handler', async () => {
  for (const title of ['8d', '', '10', '-1s']) {
    const { status, text, errors } = await post('/link', { title })
    assert.equal(status, 500, title)
    assert.doesNotMatch(text, /signed/)
    assert.match(String(errors[0]?.message), /An address is signed for /)
  }
})

test('what depends on the rows there are stays what it is, and names the model and not the request', async () => {
  assert.equal((await post('/create', { title: 'Emma' })).status, 200)
  const taken = await post('/create', { title: 'Emma' })
  assert.deepEqual([taken.status, taken.json.details[0].place, taken.errors.length], [409, 'book.title', 0])
  const bulk = await post('/many', { titles: ['New', 'Emma'] })
  assert.deepEqual([bulk.status, bulk.json.details[0].message], [409, 'Row 2 was refused, and so none was made'])
  const missing = await post('/lend')
  assert.deepEqual([missing.status, missing.json.details[0].place], [422, 'loan.bookId'])
  assert.deepEqual([(await post('/own')).status, (await post('/own')).json.detail], [409, 'Not today.'])
})

test('an empty object is no input, and any other body is one too much', async () => {
  assert.equal((await post('/own', {})).status, 409)
  for (const json of [{ a: 1 }, [], '', 0, null]) {
    const { status, json: problem } = await post('/own', json)
    assert.deepEqual([status, problem.detail], [400, 'No body is accepted here.'], JSON.stringify(json))
  }
})

test('a failure within a batch is logged once too, with its request', async () => {
  const { status, errors } = await post('/batch', {
    operations: [
      { operation: 'addBook', input: { title: 'one' } },
      { operation: 'create', input: { title: '' } },
    ],
  })
  assert.equal(status, 400) // neither promises JSON: nothing is run, nothing is logged
  assert.equal(errors.length, 0)
})

test('the privilege of a handler is logged where people look, the one of the platform for who looks for it', async () => {
  served.log.length = 0
  await served.backend.call('create', { body: { title: 'as the system' } }, system('a test'))
  assert.deepEqual(
    served.log.map(({ message, level, reason }) => [message, level, reason]),
    [['called by the system', 'info', 'a test']],
  )
})
