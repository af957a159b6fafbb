import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  anyone,
  app,
  array,
  bool,
  defineSchema,
  id,
  integer,
  link,
  model,
  object,
  ref,
  resources,
  stream,
  text,
  verbs,
} from '../../src/index.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import { boundary, formOf, formType, type Part, pdf, png } from '../attacks/support/forms.ts'
import { type Served, serve } from './support/served.ts'

const models = defineSchema({ thing: model({ id: id<'thing'>(), name: text() }) })
const actor = { id: ref('thing') }
const { thing: Things } = resources(models, actor)
const { route } = verbs<object>(actor)
const thingPolicy = Things.policy(() => ({ read: anyone, create: anyone }))
const auth = 'optional'

const describe = route('POST /describe/:kind', {
  auth,
  query: { loud: bool({ default: false }) },
  files: {
    paper: { type: 'application/pdf', max: '100kb' },
    pictures: { type: ['image/png', 'image/jpeg'], max: '1mb', many: 3, optional: true },
    notes: { type: ['text/csv', 'text/plain'], max: 1000, optional: true },
  },
  body: {
    title: text({ max: 20 }),
    tags: array(text(), { optional: true }),
    size: object({ w: integer() }),
    n: integer({ default: 7 }),
  },
  run: async ({ params, query, uploads, body }) => {
    const { paper, pictures, notes } = uploads
    // @ts-expect-error A file that may be left out may be null.
    notes?.name satisfies never
    const chunks: Buffer[] = []
    for await (const chunk of paper.stream()) chunks.push(chunk)
    return {
      ...{ kind: params.kind, loud: query.loud, body },
      paper: { ...paper, path: null, same: Buffer.concat(chunks).equals(await paper.bytes()) },
      pictures: pictures.map(({ name, type, size, dimensions }) => ({ name, type, size, dimensions })),
      notes: notes && { type: notes.type, text: await notes.text() },
    }
  },
})

const echo = route('PUT /echo', {
  auth,
  files: { file: { type: ['image/png', 'text/plain'], max: '50kb' } },
  run: ({ uploads: { file } }) => stream(file.stream(), { type: file.type }),
})

const counted = { calls: 0 }
const keep = route('POST /keep', {
  auth,
  files: { file: { type: 'application/octet-stream', max: '10kb', optional: true } },
  body: { name: text() },
  run: async ({ body, uploads, db }) => {
    counted.calls += 1
    await db.create(Things, { name: body.name })
    return { size: uploads.file?.size ?? 0 }
  },
})

const things = app({ name: 'things', schema: models, use: { things: { thingPolicy, describe, echo, keep } } })

// biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
const json = (answer: Response): Promise<any> => answer.json()

let served: Served
const closing: (() => Promise<void>)[] = []
before(async () => {
  served = await serve({ after: (close) => closing.push(close) }, things)
})
after(() => Promise.all(closing.map((close) => close())))

const post = (path: string, body: Buffer<ArrayBuffer> | FormData, headers: Record<string, string> = {}) =>
  served.fetch(path, {
    method: 'POST',
    body,
    headers: body instanceof FormData ? headers : { 'Content-Type': formType, ...headers },
  })

test('files come with the other fields of a form, each what it was declared as', async () => {
  const form = new FormData()
  form.set('title', 'Ünïcode\r\nlines')
  form.append('tags', 'a,b')
  form.append('tags', 'c')
  form.set('size', '{"w":3}')
  form.set('paper', new Blob([pdf], { type: 'text/html' }), 'C:\\scans\\"päper".pdf')
  form.append('pictures', new Blob([new Uint8Array(png(3, 2))]), 'one.png')
  form.append('pictures', new Blob([new Uint8Array(png(30, 20))]), 'two.png')
  form.set('notes', new Blob(['a,b\n'], { type: 'text/csv' }), 'n.csv')
  const answer = await post('/describe/scan?loud=true', form)
  const { paper, ...rest } = await json(answer)
  assert.deepEqual(rest, {
    kind: 'scan',
    loud: true,
    body: { title: 'Ünïcode\r\nlines', tags: ['a,b', 'c'], size: { w: 3 }, n: 7 },
    pictures: [
      { name: 'one.png', type: 'image/png', size: 33, dimensions: { width: 3, height: 2 } },
      { name: 'two.png', type: 'image/png', size: 33, dimensions: { width: 30, height: 20 } },
    ],
    notes: { type: 'text/csv', text: 'a,b\n' },
  })
  assert.match(paper.name, /^[^\\/"]*päper[^\\/"]*\.pdf$/)
  assert.deepEqual({ ...paper, name: '', sha256: paper.sha256.length }, {
    ...{ name: '', type: 'application/pdf', size: Buffer.byteLength(pdf), dimensions: null, path: null },
    ...{ sha256: 64, same: true },
  }) // biome-ignore format: as it is compared
})

test('what may be left out is null, or an empty list', async () => {
  const body = formOf(
    { name: 'title', content: 'x' },
    { name: 'size', content: '{"w":1}' },
    { name: 'paper', content: pdf },
  )
  const { notes, pictures, paper } = await json(await post('/describe/x', body))
  assert.deepEqual([notes, pictures, paper.name], [null, [], null])
})

test('a refusal names the part of the form', async () => {
  const cases: readonly (readonly [string, Part, number])[] = [
    ['/body/paper', { name: 'paper', content: 'x' }, 415],
    ['/body/paper', { name: 'paper', content: '' }, 422],
    ['/body/notes', { name: 'notes', content: 'x'.repeat(1001) }, 413],
    ['/body/title', { name: 'title', content: 'x'.repeat(21) }, 422],
    ['/body/size', { name: 'size', content: 'x' }, 400],
    ['/body/other', { name: 'other', content: 'x' }, 400],
  ]
  for (const [place, part, status] of cases) {
    const usual = { title: 'x', size: '{"w":1}', paper: pdf, [part.name]: part.content }
    const answer = await post(
      '/describe/x',
      formOf(...Object.entries(usual).map(([name, content]) => ({ name, content }))),
    )
    const { details, code } = await json(answer)
    assert.equal(answer.status, status, `${place} ${code}`)
    assert.deepEqual(details.map((detail: { place: string }) => detail.place), [place]) // biome-ignore format: one thought
  }
  const unknown = await post('/describe/x', formOf({ name: 'papers', content: pdf, filename: 'a.pdf' }))
  const { details, hint } = await json(unknown)
  assert.deepEqual([unknown.status, details[0].place, hint], [400, '/body/papers', 'Files are accepted as: paper, pictures, notes.']) // biome-ignore format: one thought
  const missing = await post(
    '/describe/x',
    formOf({ name: 'title', content: 'x' }, { name: 'size', content: '{"w":1}' }),
  )
  assert.deepEqual((await json(missing)).details, [
    { place: '/body/paper', code: 'invalid-input', message: 'The file is missing' },
  ])
})

test('a form cut into bytes is the same form', async () => {
  const whole = formOf({ name: 'name', content: 'n' }, { name: 'file', content: `\r\n--${boundary.slice(0, -1)}\r\n` })
  const bytes = async function* () {
    for (const byte of whole) yield new Uint8Array([byte])
  }
  const answer = await served.fetch('/keep', {
    method: 'POST',
    body: ReadableStream.from(bytes()),
    headers: { 'Content-Type': formType },
    duplex: 'half',
  } as RequestInit)
  assert.deepEqual(await json(answer), { size: boundary.length + 5 })
})

test('one file alone may be the whole body, under its own type', async () => {
  for (const [type, content] of [
    ['text/plain', 'hello'],
    ['text/plain; charset=utf-8', 'hello'],
    ['image/png', png(1, 1)],
  ] as const) {
    // biome-ignore format: pairs
    const answer = await served.fetch('/echo', { method: 'PUT', body: Buffer.from(content), headers: { 'Content-Type': type } })
    assert.equal(answer.status, 200)
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(content)))
    assert.equal(answer.headers.get('content-type'), type.split(';')[0])
    assert.match(answer.headers.get('content-security-policy') ?? '', /sandbox/)
  }
  const form = await served.fetch('/echo', { method: 'PUT', body: formOf({ name: 'file', content: 'in a form' }), headers: { 'Content-Type': formType } }) // biome-ignore format: one thought
  assert.equal(await form.text(), 'in a form')
  const other = await served.fetch('/echo', {
    method: 'PUT',
    body: 'x',
    headers: { 'Content-Type': 'application/json' },
  })
  assert.equal(other.status, 415)
  const long = await served.fetch('/echo', {
    method: 'PUT',
    body: 'x'.repeat(60_000),
    headers: { 'Content-Type': 'text/plain' },
  })
  assert.equal(long.status, 413)
})

test('the same files under one Idempotency-Key are one call, and other files are another', async () => {
  const send = (content: string, filename = 'a') =>
    post('/keep', formOf({ name: 'name', content: 'n' }, { name: 'file', content, filename }), {
      'Idempotency-Key': 'k1',
    })
  const first = await send('abc')
  assert.deepEqual([first.status, await json(first)], [200, { size: 3 }])
  const { calls } = counted
  const again = await send('abc')
  assert.deepEqual([again.headers.get('idempotent-replayed'), await json(again)], ['true', { size: 3 }])
  for (const other of [await send('abd'), await send('abc', 'b')]) assert.equal(other.status, 422)
  assert.equal(counted.calls, calls)
})

test('the API reference shows the form, and the file alone', () => {
  const { paths } = openApiDocument(served.backend.manifest)
  const form = paths['/describe/{kind}']?.post?.requestBody
  assert.deepEqual(Object.keys(form?.content ?? {}), ['multipart/form-data'])
  const { schema, encoding } = form?.content['multipart/form-data'] ?? {}
  assert.deepEqual(Object.keys(Object(schema).properties), ['title', 'tags', 'size', 'n', 'paper', 'pictures', 'notes']) // biome-ignore format: a list
  assert.deepEqual(Object(schema).required, ['title', 'size', 'paper'])
  assert.deepEqual(encoding?.pictures, { contentType: 'image/png, image/jpeg' })
  assert.deepEqual(Object.keys(paths['/echo']?.put?.requestBody?.content ?? {}), ['multipart/form-data', 'image/png', 'text/plain']) // biome-ignore format: a list
})

test('a file that cannot be declared is refused where it is declared, with what to write', () => {
  const wrong = [
    { type: 'application/pfd', max: '1mb' },
    { type: 'image/*', max: '1mb' },
    { type: 'image/png', max: '1 megabyte' },
    { type: 'image/png', max: '1mb', many: 0 },
    { type: 'image/png', max: '1mb', pixels: -1 },
  ]
  for (const file of wrong) {
    const declared = { auth, files: { file: file as never }, run: () => 1 } as const
    const use = { a: { thingPolicy, wrong: route('POST /wrong', declared) } }
    assert.throws(
      () => link(app({ name: 'x', schema: models, use })),
      { code: 'invalid-declaration' },
      JSON.stringify(file),
    )
  }
})
