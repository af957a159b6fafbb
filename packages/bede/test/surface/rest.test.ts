import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { createHttpServer } from '../../src/surface/http/server.ts'
import { rest } from '../../src/surface/rest/rest.ts'
import { isProblem, Problem } from '../../src/telemetry/problem.ts'
import { articleManifest } from './support/article-manifest.ts'
import { jane, jsonOutcome, startEdge } from './support/edge.ts'

const id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'
const json = { 'Content-Type': 'application/json', Authorization: 'Bearer good' }
const tag = (text: string): string => `"${createHash('md5').update(text).digest('hex')}"`

test('path, query and body become the input the operation declares', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const input = async (path: string, init?: RequestInit): Promise<unknown> => {
    const answer = await edge.fetch(path, init)
    assert.equal(answer.status, 200, await answer.text())
    return edge.calls.at(-1)?.input
  }
  assert.deepEqual(
    await input(
      '/articles?status=draft&createdAt%5Bgte%5D=2026-01-01T00:00:00Z&featured=true&rating=-1.5e2&ids=a,b%2Cc,d+e&limit=20&sort=-title&cursor=',
    ),
    {
      status: 'draft',
      'createdAt[gte]': '2026-01-01T00:00:00Z',
      featured: true,
      rating: -150,
      ids: ['a', 'b,c', 'd e'],
      limit: 20,
      sort: '-title',
      cursor: '',
    },
  )
  assert.deepEqual(await input('/articles?ids='), { ids: [] })
  assert.deepEqual(await input(`/articles/${id}`), { id })
  assert.deepEqual(await input('/api/articles/%F0%9F%98%80'), { params: { slug: '😀' }, query: {} })
  const body = '{"article":{"title":"x"}}'
  assert.deepEqual(await input('/api/articles/a/notes', { method: 'POST', body, headers: json }), {
    params: { slug: 'a' },
    body: { article: { title: 'x' } },
  })
  assert.deepEqual(
    await input('/api/articles/a/notes', { method: 'POST' }),
    { params: { slug: 'a' } },
    'what is missing, the engine says',
  )
  assert.deepEqual(await input(`/articles/${id}`, { method: 'PATCH', body: '{"meta":{"id":1}}', headers: json }), {
    id,
    meta: { id: 1 },
  })
})

test('a value of the wrong type is refused with its place, all of them at once', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const answer = await edge.fetch('/articles?limit=1.5&featured=yes&rating=0x10&nope=1')
  assert.equal(answer.status, 400)
  const { details } = (await answer.json()) as { details: { place: string }[] }
  assert.deepEqual(
    details.map(({ place }) => place),
    ['/query/limit', '/query/featured', '/query/rating', '/query/nope'],
  )
  for (const query of [
    'limit=',
    'limit=+1',
    'limit=%201',
    'limit=01',
    'limit=1e3',
    'limit=9007199254740993',
    'limit=NaN',
    'rating=1e999',
    'rating=Infinity',
    'featured=TRUE',
    'featured',
  ]) {
    assert.equal((await edge.fetch(`/articles?${query}`)).status, 400, query)
  }
  assert.equal((await edge.fetch('/articles', { method: 'POST', body: '[]', headers: json })).status, 400)
  assert.equal(edge.calls.length, 0)
})

test('the places of a refusal are said in the words of the request', async (t) => {
  const places = ['/params/slug', '/query/full', '/body/article/title', '/else']
  const edge = await startEdge(t, () =>
    Promise.reject(
      new Problem('invalid-value', {
        details: places.map((place) => ({ place, code: 'invalid-value', message: 'no' })),
      }),
    ),
  )
  const placesOf = async (path: string, init?: RequestInit) =>
    ((await (await edge.fetch(path, init)).json()) as { details: { place: string }[] }).details.map(
      ({ place }) => place,
    )
  assert.deepEqual(await placesOf('/api/articles/x'), ['/path/slug', '/query/full', '/body/article/title', '/else'])
  assert.deepEqual(await placesOf('/articles', { method: 'POST', body: '{"title":"x"}', headers: json }), [
    '/body/params/slug',
    '/body/query/full',
    '/body/body/article/title',
    '/body/else',
  ])
})

test('what the database wrote goes out byte for byte', async (t) => {
  const text = '{ "a":1.0,\n"big":12345678901234567890,"dup":1,"dup":2,"text":"\\u00e9é😀" }'
  const edge = await startEdge(t, () => jsonOutcome(text))
  const answer = await edge.fetch('/articles')
  assert.equal(await answer.text(), text)
  assert.equal(answer.headers.get('content-length'), String(Buffer.byteLength(text)))
  assert.equal(answer.headers.get('etag'), `"${createHash('sha1').update(text).digest('hex')}"`)
})

test('entity tags: of what is read, and of what a write leaves behind', async (t) => {
  const edge = await startEdge(t, ({ operation }) =>
    operation === 'article.delete' ? { status: 204, answer: { kind: 'none' }, timings: [] } : jsonOutcome('{"id":1}'),
  )
  const write = (method: string, path: string, headers: Record<string, string> = {}) =>
    edge.fetch(path, {
      method,
      headers: { ...json, ...headers },
      ...(method === 'DELETE' ? {} : { body: '{"title":"x"}' }),
    })
  assert.equal((await write('PATCH', `/articles/${id}`)).headers.get('etag'), tag('{"id":1}'))
  assert.equal((await write('POST', '/articles')).headers.get('etag'), tag('{"id":1}'))
  const hex = 'a'.repeat(32)
  await write('PATCH', `/articles/${id}`, { 'If-Match': `"${hex}", W/"weak", "b"` })
  assert.deepEqual(edge.calls.at(-1)?.ifMatch, [hex, 'b'])
  await write('PATCH', `/articles/${id}`, { 'If-Match': 'W/"weak"' })
  assert.deepEqual(edge.calls.at(-1)?.ifMatch, [], 'a weak tag matches nothing, which is not the same as no condition')
  await write('PATCH', `/articles/${id}`, { 'If-Match': '*' })
  assert.equal(edge.calls.at(-1)?.ifMatch, undefined)
  const before = edge.calls.length
  for (const bad of [hex, `"${hex}`, '"a" "b"', ',', `"${hex}",`, '"a\u00e9"']) {
    assert.equal((await write('PATCH', `/articles/${id}`, { 'If-Match': bad })).status, 400, bad)
  }
  assert.equal(
    (await write('POST', '/articles', { 'If-Match': '"x"' })).status,
    400,
    'a condition that nothing can check is refused',
  )
  assert.equal((await write('PATCH', `/articles/${id}`, { 'If-None-Match': '*' })).status, 400)
  assert.equal(edge.calls.length, before)
})

test('Idempotency-Key and Prefer', async (t) => {
  const edge = await startEdge(t, ({ minimal }) =>
    minimal ? { status: 204, answer: { kind: 'none' }, timings: [], replayed: true } : jsonOutcome('{}'),
  )
  const post = (headers: Record<string, string>) =>
    edge.fetch('/articles', { method: 'POST', body: '{"title":"x"}', headers: { ...json, ...headers } })
  await post({ 'Idempotency-Key': '"8e03978e-40d5-43dd"' })
  assert.equal(edge.calls.at(-1)?.idempotencyKey, '8e03978e-40d5-43dd')
  await post({ 'Idempotency-Key': '8e03978e-40d5-43dd' })
  assert.equal(edge.calls.at(-1)?.idempotencyKey, '8e03978e-40d5-43dd')
  for (const bad of ['', '""', 'a b', '"a', 'a"', 'x'.repeat(256), 'é'])
    assert.equal((await post({ 'Idempotency-Key': bad })).status, 400, bad)
  const minimal = await post({ Prefer: 'respond-async, return=minimal' })
  assert.deepEqual(
    [
      minimal.status,
      minimal.headers.get('preference-applied'),
      minimal.headers.get('idempotent-replayed'),
      await minimal.text(),
    ],
    [204, 'return=minimal', 'true', ''],
  )
  for (const other of [
    'return=representation',
    'return=representation, return=minimal',
    'x="return=minimal"',
    'return',
  ]) {
    assert.equal((await post({ Prefer: other })).status, 200, other)
  }
})

test('a page names the next one, and development tells its times', async (t) => {
  const edge = await startEdge(
    t,
    () =>
      jsonOutcome('{"items":[],"next":"c+/="}', {
        next: 'c+/=',
        timings: [
          ['validate', 0.1234],
          ['sql read', 2],
        ],
      }),
    { development: true },
  )
  const answer = await edge.fetch('/articles?limit=2&cursor=old&status=draft')
  assert.equal(answer.headers.get('link'), '</articles?limit=2&status=draft&cursor=c%2B%2F%3D>; rel="next"')
  assert.equal(answer.headers.get('server-timing'), 'validate;dur=0.12, sql-read;dur=2.00')
  const production = await startEdge(t, () => jsonOutcome('{}', { next: null, timings: [['validate', 1]] }))
  const { headers } = await production.fetch('/articles')
  assert.deepEqual([headers.get('link'), headers.get('server-timing')], [null, null])
})

test('a batch: exposed operations only, each by its own rule, its answer put together unread', async (t) => {
  const edge = await startEdge(t, ({ operation }) =>
    operation === 'article.delete'
      ? { status: 204, answer: { kind: 'none' }, timings: [] }
      : jsonOutcome('{"x":1.0}', { status: 201 }),
  )
  const batch = (operations: unknown, headers: Record<string, string> = json) =>
    edge.fetch('/batch', { method: 'POST', body: JSON.stringify({ operations }), headers })
  const answer = await batch(
    [
      { operation: 'article.create', input: { title: 'x' } },
      { operation: 'article.delete', input: { id } },
      { operation: 'article.list' },
    ],
    { ...json, 'Idempotency-Key': 'k' },
  )
  assert.equal(answer.status, 200)
  assert.equal(
    await answer.text(),
    '[{"status":201,"body":{"x":1.0}},{"status":204,"body":null},{"status":201,"body":{"x":1.0}}]',
  )
  assert.deepEqual(
    edge.calls.map(({ operation, input, actor, idempotencyKey }) => ({ operation, input, actor, idempotencyKey })),
    [
      { operation: 'article.create', input: { title: 'x' }, actor: jane, idempotencyKey: 'k/0' },
      { operation: 'article.delete', input: { id }, actor: jane, idempotencyKey: 'k/1' },
      { operation: 'article.list', input: {}, actor: jane, idempotencyKey: undefined },
    ],
  )
  edge.calls.length = 0
  const create = { operation: 'article.create', input: { title: 'x' } }
  for (const [operations, status] of [
    [[{ operation: 'internal' }], 400],
    [[{ operation: 'internalRead' }], 400],
    [[{ operation: '__proto__' }], 400],
    [[{ operation: 'constructor' }], 400],
    [[{ operation: ['article.list'] }], 400],
    [[{ operation: 'page' }], 400],
    [[{ ...create, actor: jane }], 400],
    [[create, 'x'], 400],
    [[], 400],
    [{}, 400],
    [Array(101).fill(create), 400],
  ] as const) {
    assert.equal((await batch(operations)).status, status, JSON.stringify(operations).slice(0, 80))
  }
  assert.equal((await batch([create], { 'Content-Type': 'application/json' })).status, 401)
  assert.equal((await batch([create], { ...json, 'If-Match': '"x"' })).status, 400)
  assert.equal(edge.calls.length, 0, 'nothing of a refused batch ran')
  assert.match(await (await batch([{ operation: 'article.lst' }])).text(), /Did you mean 'article.list'\?/)
})

test('class 74: no name reaches a prototype', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
    const answer = await edge.fetch('/batch', {
      method: 'POST',
      body: JSON.stringify({ operations: [{ operation: name }] }),
      headers: json,
    })
    assert.equal(answer.status, 400, name)
    assert.equal((await edge.fetch(`/${name}`)).status, 404, name)
    assert.equal((await edge.fetch(`/articles?${name}=1`)).status, 400, name)
  }
  assert.equal(edge.calls.length, 0)
})

test('two routes in one place, and paths the router would read otherwise, do not start', () => {
  const mount = (paths: readonly string[]) => () => {
    const read = articleManifest.operations.getBySlug!
    const operations = Object.fromEntries(paths.map((path, i) => [`o${i}`, { ...read, http: { ...read.http!, path } }]))
    rest.mount(
      { ...articleManifest, operations } satisfies Manifest,
      { call: () => Promise.reject(), batch: () => Promise.reject() },
      createHttpServer({ name: 'x' }),
    )
  }
  const declared = (thrown: unknown) => isProblem(thrown) && thrown.code === 'invalid-declaration'
  assert.throws(mount(['/a/:slug', '/a/:slug']), declared)
  for (const path of ['a', '/a/*', '/a/:slug(.*)', '/a/:slug?', '/a//b', '/a/', '/a b', '/%61', '/a::b', '/a/:b-:c'])
    assert.throws(mount([path]), declared, path)
  assert.doesNotThrow(mount(['/', '/a/:slug', '/a/b.json', '/a/~b_c-d']))
})
