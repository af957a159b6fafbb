import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  answer,
  anyone,
  app,
  array,
  bool,
  byMedia,
  choice,
  defineSchema,
  html,
  id,
  integer,
  isProblem,
  link,
  model,
  resources,
  text,
  verbs,
} from '../../src/index.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import type { Response as Described } from '../../src/surface/openapi/openapi.ts'
import { type Served, serve } from './support/served.ts'

/** What a route answers: statuses by their first digit and the others, lines that have to be there, several media types. */

const models = defineSchema({ visit: model({ id: id<'visit'>(), page: text() }) })
const { visit: Visits } = resources<typeof models, object>(models, {})
const { route } = verbs<object>({})
const visitPolicy = Visits.policy(() => ({ read: anyone, create: anyone }))
const visitView = Visits.view(({ row }) => ({ page: row.page }))
const visits = route('GET /visits', { auth: 'optional', answers: () => visitView.list() })
const auth = 'optional'

const ofStatus = route('GET /status/:status', {
  auth,
  params: { status: integer() },
  responses: {
    '2XX': { output: { kind: choice(['fine', 'created']) } },
    404: { output: { missing: text() } },
    '4XX': { output: { reason: text() }, headers: { 'X-Retry': integer() } },
    default: { output: { odd: integer() } },
  },
  run: ({ params: { status } }) => {
    if (status === 200) return { kind: 'fine' }
    if (status === 201) return answer({ status: 201, body: { kind: 'created' } })
    if (status === 404) return answer({ status: 404, body: { missing: 'page' } })
    if (status === 418) return answer({ status: 418, headers: { 'X-Retry': 3 }, body: { reason: 'tea' } })
    if (status === 419) return answer({ status: 419, body: { reason: 'no line' } }) as never
    if (status === 420) return answer({ status: 420, headers: { 'X-Retry': 'soon' }, body: { reason: 'no number' } })
    if (status === 303) return answer({ status: 303, body: { odd: 1 } })
    return answer({ status: 503, body: { reason: 'no odd' } }) as never
  },
})

const report = route('POST /report', {
  auth,
  body: { page: text() },
  output: { pages: array(text()) },
  also: { 'text/csv': {}, 'application/vnd.pages+json': { output: { n: integer() } }, 'text/html': {} },
  responses: {
    409: { produces: 'text/plain', also: { 'application/json': { output: { taken: text() } } } },
  },
  run: async ({ body, db }) => {
    if (body.page === 'taken')
      return answer({
        status: 409,
        body: byMedia({ 'text/plain': () => body.page, 'application/json': () => ({ taken: body.page }) }),
      })
    await db.create(Visits, { page: body.page })
    const pages = (await db.run(visitView.list())).map(({ page }) => page)
    return byMedia({
      'application/json': () => ({ pages }),
      'text/csv': async () => `page\n${pages.join('\n')}\n`,
      'application/vnd.pages+json': () => ({ n: pages.length }),
      'text/html': () => html`<ul>${pages.map((page) => html`<li>${page}</li>`)}</ul>`,
    })
  },
})

/** Handlers that do not answer what they declare: the compiler would say so. */
const wrong = route('GET /wrong/:how', {
  auth,
  params: { how: choice(['plain', 'missing', 'more', 'nothing']) },
  output: { n: integer() },
  also: { 'text/plain': {} },
  run: ({ params: { how } }) => {
    if (how === 'plain') return { n: 1 } as never
    if (how === 'nothing') return byMedia({ 'application/json': () => undefined, 'text/plain': () => '' }) as never
    if (how === 'missing') return byMedia({ 'application/json': () => ({ n: 1 }) }) as never
    return byMedia({ 'application/json': () => ({ n: 1 }), 'text/plain': () => 'one', 'text/css': () => 'one' })
  },
})

const ownProblem = route('GET /own-problem', {
  auth,
  responses: { 204: {}, 409: { produces: 'application/problem+json', output: { ours: text() } } },
  run: () => answer({ status: 409, body: { ours: 'it is' } }),
})

const silent = route('GET /silent', { auth, run: () => byMedia({ 'text/plain': () => 'nobody said so' }) })

const lists = route('GET /lists', {
  auth,
  responses: { 200: { headers: { 'X-Tags': array(text()), 'X-Total': integer({ optional: true }) } } },
  run: () => answer({ headers: { 'x-tags': ['a', 'b'], 'X-Tags': ['a', 'b'], 'X-Total': undefined } }),
})

const cookies = route('GET /cookies/:count', {
  auth,
  params: { count: integer() },
  responses: { 204: { headers: { 'Set-Cookie': text() } } },
  run: ({ params: { count } }) => {
    const many: readonly string[] = Array.from({ length: count }, (_, at) => `c${at}=1; Path=/`)
    return answer({ status: 204, headers: { 'Set-Cookie': many } }) as never
  },
})

const odd = route('GET /odd/:status', {
  auth,
  params: { status: integer() },
  responses: { 200: {}, default: { output: { n: integer() } } },
  query: { empty: bool({ default: false }) },
  run: ({ params: { status }, query: { empty } }) => answer(empty ? { status } : { status, body: { n: 1 } }) as never,
})

const pages = app({
  name: 'pages',
  schema: models,
  use: { pages: { visitPolicy, visits, ofStatus, report, wrong, ownProblem, silent, lists, cookies, odd } },
})

let served: Served
const closing: (() => Promise<void>)[] = []
before(async () => {
  served = await serve({ after: (close) => closing.push(close) }, pages)
})
after(() => Promise.all(closing.map((close) => close())))

const visited = async (): Promise<number> => Object(await (await served.fetch('/visits')).json()).length

test('a status is answered by the nearest that names it: its own, its hundred, the others', async () => {
  const get = async (status: number) => {
    const answer = await served.fetch(`/status/${status}`)
    return [answer.status, answer.headers.get('x-retry'), await answer.json()]
  }
  assert.deepEqual(await get(200), [200, null, { kind: 'fine' }])
  assert.deepEqual(await get(201), [201, null, { kind: 'created' }])
  assert.deepEqual(await get(404), [404, null, { missing: 'page' }])
  assert.deepEqual(await get(418), [418, '3', { reason: 'tea' }])
  assert.deepEqual(await get(303), [303, null, { odd: 1 }])
  for (const status of [419, 420, 503]) assert.equal((await get(status))[0], 500, String(status))
})

test('of several media types the caller gets the one that Accept wants most', async () => {
  const send = async (accept: string | undefined, page = 'a') => {
    const headers = accept === undefined ? {} : { Accept: accept }
    const answer = await served.fetch('/report', { method: 'POST', json: { page }, headers })
    return [answer.status, answer.headers.get('content-type'), await answer.text()]
  }
  assert.deepEqual(await send(undefined), [200, 'application/json; charset=utf-8', '{"pages":["a"]}'])
  assert.deepEqual(await send('*/*'), [200, 'application/json; charset=utf-8', '{"pages":["a","a"]}'])
  assert.deepEqual(await send('text/csv'), [200, 'text/csv; charset=utf-8', 'page\na\na\na\n'])
  assert.deepEqual(await send('application/json;q=0.5, application/vnd.pages+json'), [200, 'application/vnd.pages+json', '{"n":4}']) // biome-ignore format: one thought
  assert.deepEqual((await send('text/*;q=0.9, text/csv;q=0.1'))[1], 'text/html; charset=utf-8')
  const at = await visited()
  const refused = await send('image/png, application/json;q=0')
  assert.equal(refused[0], 406)
  assert.match(String(refused[2]), /application\/json or text\/csv or application\/vnd\.pages\+json or text\/html/)
  assert.equal(await visited(), at, 'nothing was written')
  // The statuses of refusals have media types of their own; none of them is a reason not to say what is wrong.
  assert.deepEqual(await send('application/json', 'taken'), [409, 'application/json; charset=utf-8', '{"taken":"taken"}']) // biome-ignore format: one thought
  assert.deepEqual(await send('text/csv', 'taken'), [409, 'text/plain; charset=utf-8', 'taken'])
})

test('who wants no JSON gets none where a route answers JSON, wherever it says so', async () => {
  const get = async (path: string, accept: string) => (await served.fetch(path, { headers: { Accept: accept } })).status
  assert.equal(await get('/status/200', 'text/html'), 406)
  assert.equal(await get('/status/404', 'application/*;q=0.1'), 404)
  assert.equal(await get('/lists', 'text/html'), 200, 'it has no body')
})

test('every answer of it says that it depends on Accept', async () => {
  for (const accept of ['text/csv', 'application/json', 'image/png']) {
    const answer = await served.fetch('/report', { method: 'POST', json: { page: 'b' }, headers: { Accept: accept } })
    assert.match(answer.headers.get('vary') ?? '', /\bAccept\b/)
    await answer.text()
  }
})

test('a key is for one request: another Accept is another request', async () => {
  const send = async (accept: string) => {
    const headers = { Accept: accept, 'Idempotency-Key': 'report-1' }
    const answer = await served.fetch('/report', { method: 'POST', json: { page: 'once' }, headers })
    return [answer.status, answer.headers.get('idempotent-replayed'), Object(await answer.json()).code]
  }
  assert.deepEqual(await send('application/json'), [200, null, undefined])
  const at = await visited()
  assert.deepEqual(await send('application/json'), [200, 'true', undefined])
  assert.deepEqual(await send('application/vnd.pages+json'), [422, null, 'idempotency-mismatch'])
  assert.equal(await visited(), at)
})

test('a handler that does not make what it declares is a 500', async () => {
  for (const how of ['plain', 'more', 'nothing']) assert.equal((await served.fetch(`/wrong/${how}`)).status, 500, how)
  assert.equal((await served.fetch('/silent')).status, 500)
  assert.equal((await served.fetch('/wrong/missing')).status, 200)
  assert.equal((await served.fetch('/wrong/missing', { headers: { Accept: 'text/plain' } })).status, 500)
})

test('a problem of the contract is its own', async () => {
  const answer = await served.fetch('/own-problem')
  assert.deepEqual([answer.status, answer.headers.get('content-type'), await answer.json()], [409, 'application/problem+json', { ours: 'it is' }]) // biome-ignore format: one thought
})

test('a list in a line is written with commas, and a line without a value is not there', async () => {
  const answer = await served.fetch('/lists')
  assert.equal(answer.status, 200)
  assert.deepEqual([answer.headers.get('x-tags'), answer.headers.get('x-total')], ['a, b', null])
})

test('one cookie is set, and several do not become one that says something else', async () => {
  const get = async (count: number) => {
    const answer = await served.fetch(`/cookies/${count}`)
    await answer.text()
    return [answer.status, answer.headers.getSetCookie()]
  }
  assert.deepEqual(await get(1), [204, ['c0=1; Path=/']])
  assert.deepEqual(await get(2), [500, []])
})

test('a status that is none of an answer, or has no body, is not answered with one', async () => {
  for (const status of [0, 99, 100, 101, 103, 199, 204, 205, 304, 600, 999, -1]) {
    const answer = await served.fetch(`/odd/${status}`)
    await answer.text()
    assert.equal(answer.status, 500, String(status))
  }
  assert.equal((await served.fetch('/odd/503')).status, 503)
  assert.equal((await served.fetch('/odd/304?empty=true')).status, 304)
})

test('what a route does not declare does not compile', () => {
  const lines = { auth, responses: { 200: { output: { n: integer() }, headers: { 'X-Left': integer() } } } } as const
  route('GET /a', { ...lines, run: () => answer({ headers: { 'X-Left': 3 }, body: { n: 1 } }) })
  route('GET /a', { ...lines, run: () => answer({ headers: { 'X-Left': '3', 'X-More': 'yes' }, body: { n: 1 } }) })
  // @ts-expect-error It says that X-Left is there.
  route('GET /a', { ...lines, run: () => ({ n: 1 }) })
  // @ts-expect-error Likewise.
  route('GET /a', { ...lines, run: () => answer({ body: { n: 1 } }) })
  // @ts-expect-error X-Left is a number.
  route('GET /a', { ...lines, run: () => answer({ headers: { 'X-Left': true }, body: { n: 1 } }) })

  const ranges = { auth, responses: { 204: {}, '4XX': { output: { n: integer() } } } } as const
  route('GET /a', { ...ranges, run: () => answer({ status: 499, body: { n: 1 } }) })
  route('GET /a', { ...ranges, run: () => {} })
  // @ts-expect-error 500 does not begin with a 4.
  route('GET /a', { ...ranges, run: () => answer({ status: 500, body: { n: 1 } }) })
  const others = { auth, responses: { 200: {}, '4XX': {}, default: { output: { n: integer() } } } } as const
  route('GET /a', { ...others, run: () => answer({ status: 302, body: { n: 1 } }) })
  // @ts-expect-error 404 has no body.
  route('GET /a', { ...others, run: () => answer({ status: 404, body: { n: 1 } }) })

  const forms = { auth, output: { kind: choice(['a', 'b']) }, also: { 'text/csv': {} } } as const
  route('GET /a', {
    ...forms,
    run: () => byMedia({ 'application/json': () => ({ kind: 'a' }), 'text/csv': () => 'a' }),
  })
  // @ts-expect-error There is no text/csv.
  route('GET /a', { ...forms, run: () => byMedia({ 'application/json': () => ({ kind: 'a' }) }) })
  // @ts-expect-error c is none of them.
  route('GET /a', { ...forms, run: () => byMedia({ 'application/json': () => ({ kind: 'c' }), 'text/csv': () => '' }) })
  // @ts-expect-error One value is not two media types.
  route('GET /a', { ...forms, run: () => ({ kind: 'a' }) })
})

test('the API reference says it all', () => {
  const { paths } = openApiDocument(served.backend.manifest)
  const said = (path: string, method: string) =>
    Object.entries(paths[path]?.[method]?.responses ?? {}).flatMap(([status, one]): [string, Described][] =>
      '$ref' in one ? [] : [[status, one]],
    )
  const byStatus = new Map(said('/status/{status}', 'get'))
  assert.deepEqual(
    ['2XX', '304', '4XX', 'default'].map((status) => byStatus.has(status)),
    [true, true, true, true],
  )
  assert.deepEqual(Object.keys(byStatus.get('404')?.content ?? {}), ['application/json', 'application/problem+json'])
  // A refusal of the platform's own and what the handler answers with 422 come in either form.
  assert.deepEqual(Object.keys(byStatus.get('422')?.content ?? {}), ['application/json', 'application/problem+json'])
  assert.equal(byStatus.get('422')?.description, 'A refusal, or an answer of the handler: Done.')
  assert.equal(byStatus.get('404')?.description, 'Done.')
  assert.deepEqual(Object(byStatus.get('4XX')?.headers?.['X-Retry']).required, true)
  assert.deepEqual(Object(byStatus.get('422')?.headers?.['X-Retry']).required, undefined)
  const conflict = Object(
    new Map(said('/own-problem', 'get')).get('409')?.content?.['application/problem+json']?.schema,
  )
  assert.deepEqual(conflict.anyOf?.[0].required, ['ours'])
  assert.deepEqual(conflict.anyOf?.[1], { $ref: '#/components/schemas/Problem' })
  const forms = new Map(said('/report', 'post'))
  assert.deepEqual(Object.keys(forms.get('200')?.content ?? {}), [
    'application/json',
    'text/csv',
    'application/vnd.pages+json',
    'text/html',
  ])
  assert.deepEqual(Object.keys(forms.get('409')?.content ?? {}), ['text/plain', 'application/json', 'application/problem+json']) // biome-ignore format: a list
})

test('what is said wrongly is told at the start', () => {
  const mistakesOf = (options: object): string => {
    const broken = Reflect.apply(route, undefined, ['GET /a', { auth, run: () => {}, ...options }])
    try {
      link(app({ name: 'a', schema: models, use: { all: { visitPolicy, broken } } }))
      return ''
    } catch (error) {
      return isProblem(error) ? JSON.stringify(error.details) : String(error)
    }
  }
  assert.match(mistakesOf({ responses: { '6XX': {} } }), /6XX is no status of an answer/)
  assert.match(mistakesOf({ responses: { 199: {} } }), /199 is no status of an answer/)
  assert.match(mistakesOf({ also: { 'text/csv': {} } }), /There is no first media type/)
  assert.match(mistakesOf({ output: {}, also: { 'application/JSON': {} } }), /application\/JSON is named twice/)
  assert.match(mistakesOf({ output: {}, also: { csv: {} } }), /csv/)
  assert.match(
    mistakesOf({ responses: { 200: { headers: { 'set-cookie': array(text()) } } } }),
    /set-cookie cannot hold a list/,
  )
})
