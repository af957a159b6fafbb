import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileBytes } from '../../src/engine/file.ts'
import {
  answer,
  anyone,
  app,
  defineSchema,
  html,
  id,
  model,
  ref,
  resources,
  sendFile,
  stream,
  text,
  verbs,
} from '../../src/index.ts'
import { serve } from './support/served.ts'

const folder = mkdtempSync(join(tmpdir(), 'bede-file-'))
const path = join(folder, 'terms.txt')
writeFileSync(path, 'Näher besehen\n')
writeFileSync(join(folder, 'empty.txt'), '')

const models = defineSchema({ thing: model({ id: id<'thing'>() }) })
const actor = { id: ref('thing') }
const { thing: Things } = resources(models, actor)
const { route } = verbs<object>(actor)
const thingPolicy = Things.policy(() => ({ read: anyone }))

const bytes = route('GET /bytes', {
  auth: 'optional',
  query: { name: text({ optional: true }) },
  run: ({ query }) =>
    sendFile(new TextEncoder().encode('Ünder'), {
      type: 'text/plain',
      ...(query.name == null ? {} : { name: query.name }),
    }),
})
const disk = route('GET /disk', {
  auth: 'optional',
  run: () => sendFile(path, { type: 'text/plain; charset=utf-8', name: 'terms.txt' }),
})
const empty = route('GET /empty', {
  auth: 'optional',
  run: () => sendFile(join(folder, 'empty.txt'), { type: 'text/plain' }),
})
const gone = route('GET /gone', { auth: 'optional', run: () => sendFile(join(folder, 'gone.txt')) })
const lines = route('GET /lines', {
  auth: 'optional',
  run: () => stream((async function* () { yield 'a\n'; yield 'b\n' })(), { type: 'text/csv' }), // biome-ignore format: one thought
})
const page = route('GET /page', {
  auth: 'optional',
  query: { name: text() },
  run: ({ query }) => html`<h1>${query.name}</h1>`,
})
const moved = route('POST /moved', {
  auth: 'optional',
  run: () => answer({ status: 303, headers: { Location: '/page?name=x' } }),
})
const leads = route('GET /leads', {
  auth: 'optional',
  query: { to: text() },
  run: ({ query }) => answer({ status: 302, headers: { Location: query.to } }),
})
const framed = route('GET /framed', {
  auth: 'optional',
  run: () => answer({ headers: { 'Content-Length': '1' }, body: html`<p>two</p>` }),
})
const site = app({
  name: 'site',
  schema: models,
  use: { all: { thingPolicy, bytes, disk, empty, gone, lines, page, moved, leads, framed } },
})

after(() => rmSync(folder, { recursive: true }))
const served = await serve({ after }, site)
const ask = served.fetch

test('a file from bytes, and HEAD on it', async () => {
  const got = await ask('/bytes')
  assert.deepEqual([got.status, await got.text()], [200, 'Ünder'])
  assert.equal(got.headers.get('content-type'), 'text/plain')
  assert.equal(got.headers.get('content-length'), '6')
  assert.equal(got.headers.get('content-disposition'), null)
  const etag = got.headers.get('etag') ?? ''
  assert.equal((await ask('/bytes', { headers: { 'If-None-Match': etag } })).status, 304)
  const head = await ask('/bytes', { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text(), head.headers.get('content-length')], [200, '', '6'])
  assert.equal(head.headers.get('etag'), etag)
})

test('a file from disk, with its length, and HEAD on it', async () => {
  const got = await ask('/disk')
  assert.deepEqual([got.status, await got.text()], [200, 'Näher besehen\n'])
  assert.equal(got.headers.get('content-length'), '15')
  assert.equal(got.headers.get('transfer-encoding'), null)
  assert.equal(got.headers.get('content-disposition'), `attachment; filename="terms.txt"; filename*=UTF-8''terms.txt`)
  const head = await ask('/disk', { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text(), head.headers.get('content-length')], [200, '', '15'])
  const none = await ask('/empty')
  assert.deepEqual([none.status, await none.text(), none.headers.get('content-length')], [200, '', '0'])
  assert.equal((await ask('/gone')).status, 500)
})

test('a file that changes its length under way never runs into the next answer', async () => {
  const changing = join(folder, 'changing.txt')
  const read = async () => {
    let all = ''
    for await (const chunk of fileBytes(changing, 10)) all += String(chunk)
    return all
  }
  writeFileSync(changing, '0123456789')
  assert.equal(await read(), '0123456789')
  appendFileSync(changing, 'more')
  assert.equal(await read(), '0123456789')
  truncateSync(changing, 4)
  await assert.rejects(read, /4 of 10 bytes/)
})

test('a stream, html and a redirect', async () => {
  const csv = await ask('/lines')
  assert.deepEqual([csv.status, csv.headers.get('content-type'), await csv.text()], [200, 'text/csv', 'a\nb\n'])
  assert.deepEqual([(await ask('/lines', { method: 'HEAD' })).status], [200])
  const shown = await ask(`/page?name=${encodeURIComponent('<script>')}`)
  assert.deepEqual([shown.status, shown.headers.get('content-type')], [200, 'text/html; charset=utf-8'])
  assert.equal(await shown.text(), '<h1>&lt;script&gt;</h1>')
  const away = await ask('/moved', { method: 'POST' })
  assert.deepEqual([away.status, away.headers.get('location'), await away.text()], [303, '/page?name=x', ''])
})

test('classes 59 and 60: no name ends a header line or leads into another folder', async () => {
  const names = [
    'a\r\nX-Evil: 1',
    'a\nb',
    '../../etc/passwd',
    '..\\boot.ini',
    'a"; filename="b.exe',
    'naïve 文.txt',
    '\u2028x',
    'a;b',
  ]
  for (const name of names) {
    const got = await ask(`/bytes?name=${encodeURIComponent(name)}`)
    assert.equal(got.status, 200, name)
    assert.equal(got.headers.get('x-evil'), null)
    const said = got.headers.get('content-disposition') ?? ''
    assert.match(said, /^attachment; filename="[\w. -]*"; filename\*=UTF-8''[\w.~!%-]*$/, name)
    assert.ok(!/%0[ad]|%2f|%5c/i.test(said), said)
  }
  for (const to of ['/x\r\nSet-Cookie: a=1', '/x\n\n<script>', '/ü']) {
    const got = await ask(`/leads?to=${encodeURIComponent(to)}`)
    assert.deepEqual([got.status, got.headers.get('set-cookie'), got.headers.get('location')], [500, null, null])
  }
  assert.equal((await ask('/leads?to=/y')).headers.get('location'), '/y')
  assert.equal((await ask('/framed')).status, 500)
})

test('two answers on one connection stay apart', async () => {
  const address = served.server.fastify.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const one = (target: string) =>
    new Promise<string>((resolve, reject) => {
      const sent = request({ port, path: target, headers: { Connection: 'keep-alive' } }, (got) => {
        let all = ''
        got.on('data', (chunk) => { all += chunk }).on('end', () => resolve(all)) // biome-ignore format: one thought
      })
      sent.on('error', reject).end()
    })
  for (const target of ['/disk', '/bytes', '/disk', '/empty', '/bytes']) {
    assert.equal(await one(target), target === '/disk' ? 'Näher besehen\n' : target === '/bytes' ? 'Ünder' : '')
  }
})
