import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  answer,
  anyone,
  app,
  array,
  choice,
  defineSchema,
  float,
  html,
  id,
  integer,
  model,
  object,
  ref,
  resources,
  sendFile,
  stream,
  text,
  verbs,
} from '../../src/index.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import { type Served, serve } from './support/served.ts'

/** Contracts of others, kept to the letter: every place of a request, every body, every status. */

const models = defineSchema({ thing: model({ id: id<'thing'>() }) })
const actor = { id: ref('thing') }
const { thing: Things } = resources(models, actor)
const { route } = verbs<object>(actor)
const thingPolicy = Things.policy(() => ({ read: anyone }))
const auth = 'optional'

const pet = { id: integer({ optional: true }), name: text({ min: 1 }), 'photo-urls': array(text()) }

const findPets = route('GET /pets', {
  auth,
  query: {
    tags: array(text(), { optional: true }),
    'filter[size]': integer({ optional: true }),
    'page-size': integer({ default: 10 }),
  },
  repeated: ['tags'],
  headers: { 'X-Tenant': text(), 'X-Weights': array(float(), { optional: true }) },
  cookies: { theme: choice(['dark', 'light'], { optional: true }) },
  output: array(object(pet)),
  run: ({ query, headers, cookies }) => [
    {
      id: query['page-size'],
      name: `${headers['X-Tenant']} ${cookies.theme ?? 'none'} ${query['filter[size]'] ?? 0} ${(headers['X-Weights'] ?? []).join('+')}`,
      'photo-urls': query.tags ?? [],
    },
  ],
})

const addPets = route('POST /pets', {
  auth,
  body: array(object(pet), { max: 2 }),
  responses: {
    201: {
      output: object({ added: integer() }),
      headers: { Location: text(), 'X-Left': integer() },
      description: 'Added.',
    },
    202: {},
    409: { output: { code: integer(), message: text() }, description: 'They are there already.' },
  },
  status: 201,
  run: ({ body }) => {
    const [first] = body
    if (first?.name === 'later') return answer({ status: 202 })
    if (first?.name === 'twice') return answer({ status: 409, body: { code: 1, message: 'twice' } })
    if (first?.name === 'bare') return { added: 0 } as never
    return answer({ headers: { Location: '/pets/1', 'X-Left': '3' }, body: { added: body.length } })
  },
})

const login = route('POST /login', {
  auth,
  accepts: ['application/x-www-form-urlencoded', 'application/json'],
  body: { user: text(), scopes: array(text(), { optional: true }), age: integer({ optional: true }) },
  produces: 'text/plain',
  run: ({ body }) => `${body.user} ${(body.scopes ?? []).join('|')} ${body.age ?? '-'}`,
})

const shout = route('POST /shout', {
  auth,
  accepts: ['text/plain', 'application/xml'],
  body: text({ max: 100 }),
  produces: 'application/xml',
  run: ({ body }) => `<shout>${body.length}</shout>`,
})

const view = route('GET /view/:as', {
  auth,
  params: { as: choice(['page', 'pdf', 'rows', 'hal', 'wrong', 'other', 'empty']) },
  produces: 'text/html',
  responses: {
    203: { produces: 'application/pdf' },
    206: { produces: 'text/csv' },
    207: { produces: 'application/hal+json', output: { n: integer() } },
    204: {},
  },
  run: ({ params }) => {
    if (params.as === 'pdf') return answer({ status: 203, body: sendFile(new TextEncoder().encode('%PDF-')) })
    if (params.as === 'rows') return answer({ status: 206, body: stream((async function* () { yield 'a\n' })()) }) // biome-ignore format: one thought
    if (params.as === 'hal') return answer({ status: 207, body: { n: 1 } })
    if (params.as === 'wrong') return answer({ status: 418, body: { n: 1 } }) as never
    if (params.as === 'other') return answer({ status: 203, body: sendFile(new Uint8Array(), { type: 'text/html' }) })
    if (params.as === 'empty') return answer({ status: 204 })
    return html`<p>${'<b>'}</p>`
  },
})

const pets = app({
  name: 'pets',
  schema: models,
  use: { pets: { thingPolicy, findPets, addPets, login, shout, view } },
})

// biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
const json = (answer: Response): Promise<any> => answer.json()

let served: Served
const closing: (() => Promise<void>)[] = []
before(async () => {
  served = await serve({ after: (close) => closing.push(close) }, pets)
})
after(() => Promise.all(closing.map((close) => close())))

test('a list in the query may come item by item, and names are those of the contract', async () => {
  const answer = await served.fetch('/pets?tags=a,b&tags=c&filter[size]=3&page-size=5', {
    headers: { 'x-tenant': 'acme', 'X-Weights': '1.5, 2', Cookie: 'theme=dark' },
  })
  assert.deepEqual(await json(answer), [{ id: 5, name: 'acme dark 3 1.5+2', 'photo-urls': ['a,b', 'c'] }])
  assert.match(answer.headers.get('vary') ?? '', /X-Tenant, X-Weights, Cookie$/)
})

test('a header and a cookie are inputs like any other, and their mistakes have a place', async () => {
  const details = async (init: RequestInit, path = '/pets') => {
    const answer = await served.fetch(path, init)
    return [answer.status, (await json(answer)).details.map(({ place }: { place: string }) => place)]
  }
  assert.deepEqual(await details({}), [400, ['/headers/X-Tenant']])
  assert.deepEqual(await details({ headers: { 'X-Tenant': 'a', 'X-Weights': 'heavy' } }), [400, ['/headers/X-Weights']])
  assert.deepEqual(await details({ headers: { 'X-Tenant': 'a', Cookie: 'theme=blue' } }), [422, ['/cookies/theme']])
  assert.deepEqual(await details({ headers: { 'X-Tenant': 'a' } }, '/pets?page-size=1&page-size=2'), [
    400,
    ['/query/page-size'],
  ])
})

test('a body may be a list, and a status has its own shape and headers', async () => {
  const add = (json: unknown) => served.fetch('/pets', { method: 'POST', json })
  const one = { name: 'Rex', 'photo-urls': [] }
  const added = await add([one, one])
  assert.deepEqual([added.status, added.headers.get('location'), await json(added)], [201, '/pets/1', { added: 2 }])
  const later = await add([{ ...one, name: 'later' }])
  assert.deepEqual([later.status, await later.text()], [202, ''])
  const twice = await add([{ ...one, name: 'twice' }])
  assert.deepEqual([twice.status, await json(twice)], [409, { code: 1, message: 'twice' }])
  assert.equal((await add([{ ...one, name: 'bare' }])).status, 500, 'without the headers it says it has')
  assert.equal((await add([one, one, one])).status, 422)
  assert.equal((await add({})).status, 400)
  assert.equal((await add([{ ...one, other: 1 }])).status, 400)
})

test('a form is read by the types of its fields, and twice is a list or a mistake', async () => {
  const send = (body: string, type = 'application/x-www-form-urlencoded') =>
    served.fetch('/login', { method: 'POST', body, headers: { 'Content-Type': type } })
  assert.equal(await (await send('user=Ada+L%C3%B6&scopes=a%2Cb&scopes=c&age=3')).text(), 'Ada Lö a,b|c 3')
  assert.equal(await (await send('{"user":"Ada"}', 'application/json')).text(), 'Ada  -')
  assert.equal((await send('{"user":"Ada"}', 'text/plain')).status, 415)
  for (const wrong of ['user=a&user=b', 'user=a&age=x', 'user=a&extra=1', 'user=%zz', 'age=3', 'user[]=a', ''])
    assert.equal((await send(wrong)).status, 400, wrong)
})

test('a body may be text of the types that are accepted', async () => {
  for (const type of ['text/plain', 'application/xml; charset=utf-8']) {
    const answer = await served.fetch('/shout', { method: 'POST', body: 'hällo', headers: { 'Content-Type': type } })
    assert.deepEqual([answer.headers.get('content-type'), await answer.text()], ['application/xml; charset=utf-8', '<shout>5</shout>']) // biome-ignore format: one thought
  }
  const json = await served.fetch('/shout', { method: 'POST', json: 'x' })
  assert.equal(json.status, 415)
})

test('what is answered is what is declared, or a mistake of the handler', async () => {
  const get = async (as: string) => {
    const answer = await served.fetch(`/view/${as}`)
    return [answer.status, answer.headers.get('content-type'), await answer.text()]
  }
  assert.deepEqual(await get('page'), [200, 'text/html; charset=utf-8', '<p>&lt;b&gt;</p>'])
  assert.deepEqual(await get('pdf'), [203, 'application/pdf', '%PDF-'])
  assert.deepEqual(await get('rows'), [206, 'text/csv', 'a\n'])
  assert.deepEqual(await get('hal'), [207, 'application/hal+json', '{"n":1}'])
  assert.deepEqual(await get('empty'), [204, null, ''])
  for (const as of ['wrong', 'other']) assert.equal((await get(as))[0], 500, as)
})

test('a handler that answers what its route does not declare does not compile', () => {
  const options = { auth, responses: { 201: { output: { n: integer() } }, 404: {} } } as const
  route('GET /a', { ...options, run: () => answer({ status: 201, body: { n: 1 } }) })
  route('GET /a', { ...options, run: () => ({ n: 1 }) })
  route('GET /a', { ...options, run: () => answer({ status: 404 }) })
  // @ts-expect-error 500 is none of them.
  route('GET /a', { ...options, run: () => answer({ status: 500 }) })
  // @ts-expect-error n is a number.
  route('GET /a', { ...options, run: () => answer({ status: 201, body: { n: '1' } }) })
  // @ts-expect-error There is nothing to say with a 404.
  route('GET /a', { ...options, run: () => answer({ status: 404, body: { n: 1 } }) })
  // @ts-expect-error A page is made by html.
  route('GET /a', { auth, produces: 'text/html', run: () => '<p>' })
  // @ts-expect-error It says that it answers JSON.
  route('GET /a', { auth, output: { n: integer() }, run: () => html`<p>` })
})

test('the API reference says it all', () => {
  const { paths } = openApiDocument(served.backend.manifest)
  const find = paths['/pets']?.get
  const parameters = (find?.parameters ?? []).flatMap((one) =>
    'name' in one ? [[one.in, one.name, one.required, one.explode]] : [],
  )
  assert.deepEqual(parameters, [
    ['query', 'tags', false, true],
    ['query', 'filter[size]', false, undefined],
    ['query', 'page-size', false, undefined],
    ['header', 'X-Tenant', true, undefined],
    ['header', 'X-Weights', false, undefined],
    ['cookie', 'theme', false, undefined],
  ])
  const add = paths['/pets']?.post
  assert.equal(Object(add?.requestBody?.content['application/json']?.schema).type, 'array')
  const responses = Object.entries(add?.responses ?? {}).flatMap(([status, one]) =>
    '$ref' in one ? [] : [[status, one.description, Object.keys(one.content ?? {}), Object.keys(one.headers ?? {})]],
  )
  assert.deepEqual(responses, [
    ['201', 'Added.', ['application/json'], ['X-Request-Id', 'Idempotent-Replayed', 'Location', 'X-Left']],
    ['202', 'Done; there is nothing to show.', [], ['X-Request-Id', 'Idempotent-Replayed']],
    ['409', 'They are there already.', ['application/json', 'application/problem+json'], ['X-Request-Id']],
  ])
  assert.deepEqual(Object.keys(paths['/login']?.post?.requestBody?.content ?? {}), ['application/x-www-form-urlencoded', 'application/json']) // biome-ignore format: a list
  assert.ok(paths['/view/{as}']?.get?.responses[304], 'a page can be asked for again')
  const shown = Object.entries(paths['/view/{as}']?.get?.responses ?? {}).flatMap(([status, one]) =>
    'content' in one && status.startsWith('2') ? [[status, ...Object.keys(one.content ?? {})]] : [],
  )
  assert.deepEqual(shown, [['200', 'text/html'], ['203', 'application/pdf'], ['206', 'text/csv'], ['207', 'application/hal+json']]) // biome-ignore format: a list
})
