import assert from 'node:assert/strict'
import { accessSync } from 'node:fs'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { csv } from 'bede'
import { formOf, pdf, picture, png, zip } from './made.ts'
import { type Caller, serve, type Workbench } from './serve.ts'

/** Every door, once as it is meant and then as a stranger would try it. */

const poppler = ((): string | false => {
  try {
    for (const program of ['/usr/bin/pdftotext', '/usr/bin/pdftoppm']) accessSync(program)
    return false
  } catch {
    return 'poppler-utils is not installed: there is no pdftotext'
  }
})()

let bench: Workbench
let ada: Caller
let eve: Caller
before(async () => {
  bench = await serve()
  ada = await bench.signUp('ada')
  eve = await bench.signUp('eve')
})
after(() => bench.close())

/** How many documents somebody has. */
const count = async (caller: Caller): Promise<number> =>
  (await caller('GET', '/documents?limit=1&count=true')).json.total

/** Refused with this status, and nothing was kept. */
async function refused(status: number, ...[method, path, sent]: Parameters<Caller>): Promise<string> {
  const before = await count(eve)
  const answer = await eve(method, path, sent)
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text.slice(0, 500)}`)
  assert.equal(await count(eve), before, 'something was kept')
  return answer.text
}

const add = (content: string | Uint8Array, filename = 'a.txt', title?: string) =>
  formOf('document', content, filename, title === undefined ? {} : { title })

test('a text is kept, listed, shown as a page, and belongs to whoever brought it', async () => {
  const made = await ada('POST', '/documents', { form: add('Grüße\n<script>alert(1)</script>', '../../etc/notes.md') })
  assert.deepEqual([made.status, made.json.title, made.json.type], [201, 'notes.md', 'text/plain'])
  const page = await ada('GET', `/documents/${made.json.id}/page`)
  assert.match(page.text, /<pre>Grüße\n&lt;script&gt;alert\(1\)&lt;\/script&gt;<\/pre>/)
  for (const [caller, status] of [
    [eve, 404],
    [bench.nobody, 401],
  ] as const) {
    // biome-ignore format: pairs
    assert.equal((await caller('GET', `/documents/${made.json.id}/page`)).status, status)
    assert.equal((await caller('DELETE', `/documents/${made.json.id}`)).status, status)
  }
  assert.equal((await ada('GET', '/documents')).json.items.length, 1)
  assert.equal((await bench.nobody('POST', '/documents', { form: add('x') })).status, 401)
})

test('text comes out of a PDF, and a small picture of its first page', { skip: poppler }, async () => {
  const made = await ada('POST', '/documents', { form: add(pdf('Hello from paper'), 'p.pdf', 'Paper') })
  assert.equal(made.status, 201, made.text)
  assert.match((await ada('GET', `/documents/${made.json.id}/page`)).text, /Hello from paper/)
  const picture = await ada('POST', '/thumbnails', { form: add(pdf('Hello'), 'p.pdf') })
  assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/png'])
  assert.deepEqual([picture.bytes.readUInt32BE(16), picture.bytes.readUInt32BE(20)], [240, 80])
})

test('commands in the name and the text of a PDF are a name and a text', { skip: poppler }, async () => {
  const evil = '$(touch /tmp/owned) `id` ; rm -rf / | -opw x'
  const made = await ada('POST', '/documents', { form: add(pdf(evil), `-upw ${evil}.pdf`) })
  assert.equal(made.status, 201, made.text)
  assert.throws(() => accessSync('/tmp/owned'))
  assert.match((await ada('GET', `/documents/${made.json.id}/page`)).text, /\$\(touch \/tmp\/owned\)/)
})

test('a PDF that is none, is broken, or is a giant, is refused or kept small', { skip: poppler }, async () => {
  for (const broken of ['%PDF-1.4\nnothing', `%PDF-1.7\n${'1 0 obj<</Kids[1 0 R]>>'.repeat(1000)}`]) {
    await refused(422, 'POST', '/documents', { form: add(broken, 'b.pdf') })
    await refused(422, 'POST', '/thumbnails', { form: add(broken, 'b.pdf') })
  }
  const giant = await eve('POST', '/thumbnails', { form: add(pdf('big', '0 0 200000 100000'), 'g.pdf') })
  if (giant.status === 200) assert.ok(giant.bytes.readUInt32BE(16) <= 240)
  else assert.equal(giant.status, 422)
})

test('what says that it is a document and is none by its bytes is refused', async () => {
  for (const content of ['<!doctype html><script>alert(1)</script>', '<svg onload="alert(1)"/>', 'MZ\0\0', png(1, 1)])
    await refused(415, 'POST', '/documents', { form: add(content, 'honest.txt') })
  await refused(413, 'POST', '/documents', { form: add('x'.repeat(6_000_000)) })
  await refused(415, 'POST', '/documents', { json: { title: 'x', document: { path: '/etc/passwd' } } })
  await refused(400, 'POST', '/documents', { form: formOf('document', 'x', 'x.txt', { ownerId: 'x' }) })
})

test('pictures are measured by what they say, and one that says it is giant is refused', async () => {
  const measured = await eve('POST', '/pictures/measured', { form: formOf('pictures', png(640, 480), 'a.png') })
  assert.deepEqual(measured.json, [{ name: 'a.png', type: 'image/png', width: 640, height: 480 }])
  await refused(422, 'POST', '/pictures/measured', { form: formOf('pictures', png(60_000, 60_000), 'bomb.png') })
  await refused(415, 'POST', '/pictures/measured', { form: formOf('pictures', '<svg/>', 'a.svg') })
})

test('a picture becomes a small one, and a bomb, a lie and a page become none', async () => {
  const small = await eve('POST', '/thumbnails', { form: formOf('document', picture(960, 480), 'a.png') })
  assert.deepEqual([small.status, small.headers.get('content-type')], [200, 'image/png'], small.text)
  assert.deepEqual([small.bytes.readUInt32BE(16), small.bytes.readUInt32BE(20)], [240, 120])
  await refused(422, 'POST', '/thumbnails', { form: formOf('document', png(60_000, 60_000), 'bomb.png') })
  await refused(422, 'POST', '/thumbnails', { form: formOf('document', png(100, 100), 'empty.png') })
  await refused(415, 'POST', '/thumbnails', { form: formOf('document', '<svg/>', 'a.png') })
})

test('texts come out of an archive, and go into one under names of our own', async () => {
  const archive = zip({ name: 'a/one.txt', content: 'first' }, { name: 'two.bin', content: '\0\x01' }, { name: 'ä.md', content: 'third' }) // biome-ignore format: a list
  const unpacked = await ada('POST', '/archives', { form: formOf('archive', archive, 'x.zip') })
  assert.deepEqual(unpacked.json, { kept: 2, passedOver: 1 })
  const packed = await ada('GET', '/documents.zip')
  assert.equal(packed.headers.get('content-type'), 'application/zip')
  // In its list a name stands 42 bytes behind the signature of its entry.
  const names = packed.bytes
    .toString('latin1')
    .split('PK\x01\x02')
    .slice(1)
    .map((entry) => entry.slice(42, 82))
  assert.equal(names.length, await count(ada))
  for (const name of names) assert.match(name, /^[0-9a-f-]{36}\.txt$/)
})

test('an archive that leaves its folder, links out of it, or grows without end keeps nothing', async () => {
  const first = { name: 'fine.txt', content: 'fine' }
  const evil = [
    '../up.txt',
    '/etc/passwd',
    'a/../../up.txt',
    '..\\up.txt',
    'C:\\up.txt',
    'a\0.txt',
    'fine.txt',
    'FINE.TXT',
  ]
  for (const name of evil)
    await refused(422, 'POST', '/archives', { form: formOf('archive', zip(first, { name, content: 'x' }), 'x.zip') })
  const link = { name: 'link.txt', content: '/etc/passwd', mode: 0o120777 }
  await refused(422, 'POST', '/archives', { form: formOf('archive', zip(first, link), 'x.zip') })
  const bomb = { name: 'zeros.txt', content: Buffer.alloc(9_000_000, 48) }
  await refused(422, 'POST', '/archives', { form: formOf('archive', zip(first, bomb), 'x.zip') })
  const many = Array.from({ length: 150 }, (_, n) => ({ name: `${n}.txt`, content: 'x' }))
  await refused(422, 'POST', '/archives', { form: formOf('archive', zip(...many), 'x.zip') })
  await refused(422, 'POST', '/archives', { form: formOf('archive', 'PK\x03\x04 and nothing', 'x.zip') })
})

test('documents are searched by a pattern, and a pattern that would take for ever does not', async () => {
  await ada('POST', '/documents', { form: add(`one colour\ntwo color\n${'a'.repeat(50_000)}!`, 'c.txt') })
  const found = await ada('GET', `/search?pattern=${encodeURIComponent('colou?r$')}`)
  assert.deepEqual(found.json.map(({ line, text }: { line: number; text: string }) => [line, text]), [[1, 'one colour'], [2, 'two color']]) // biome-ignore format: pairs
  assert.deepEqual((await eve('GET', '/search?pattern=color')).json, [], 'what is found is one’s own')
  for (const slow of ['(a+)+$', '(a|aa)+$', '(.*a){20}', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
    const { status } = await ada('GET', `/search?pattern=${encodeURIComponent(slow)}`)
    assert.ok(status === 200 || status === 400, slow)
  }
  for (const wrong of ['(', '(a)\\1', '(?=a)', 'a{1000}{1000}', 'x'.repeat(1001)])
    await refused(wrong.length > 1000 ? 422 : 400, 'GET', `/search?pattern=${encodeURIComponent(wrong)}`)
})

test('formulas are worked out exactly, and nothing but formulas', async () => {
  const ask = (formula: string, values: unknown[] = []) => eve('POST', '/calculations', { json: { formula, values } })
  assert.deepEqual((await ask('price * 3 + 0.1', [{ name: 'price', value: '0.2' }])).json, { result: '0.7' })
  const escapes = ['process.exit()', 'constructor', '__proto__', 'this', 'require("fs")', '[].constructor', 'x=>x', '9^9^9^9', '1/0', '('.repeat(500), '`id`', 'a.b', 'globalThis'] // biome-ignore format: a list
  for (const formula of escapes) await refused(400, 'POST', '/calculations', { json: { formula } })
  for (const name of ['__proto__', 'a b', '']) assert.equal((await ask('1', [{ name, value: '1' }])).status, 422, name)
})

test('a table for spreadsheets holds no formula that a title brought', async () => {
  for (const title of ['=HYPERLINK("http://evil.example")', '+1+1', '-1+1', '@SUM(1)', '\t=1', 'a","b\n=1'])
    assert.equal((await eve('POST', '/documents', { form: add('x', 'x.txt', title) })).status, 201)
  const { text, headers } = await eve('GET', '/documents.csv')
  assert.match(headers.get('content-type') ?? '', /^text\/csv/)
  let rows = 0
  for await (const { row } of csv.read(Readable.from([text]), {
    columns: ['title', 'source', 'type', 'size', 'createdAt'],
  })) {
    for (const cell of Object.values(row)) assert.doesNotMatch(cell, /^[=+@\t-]/)
    rows += 1
  }
  assert.equal(rows, await count(eve))
})

test('addresses that are not of the Internet are not fetched, however they are written', async () => {
  const inside = ['http://127.0.0.1/', 'http://localhost/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://0x7f.1/', 'http://2130706433/', 'http://0177.0.0.1/', 'http://127.1/', 'http://0/', 'http://10.0.0.5/', 'http://192.168.1.1/', 'http://169.254.169.254/latest/meta-data/', 'http://[fd00:ec2::254]/', 'http://metadata.google.internal/', 'http://user:secret@127.0.0.1/', 'http://127.0.0.1:5432/', 'http://example.com:22/'] // biome-ignore format: a list
  for (const address of inside) {
    const before = await count(eve)
    const { status, text } = await eve('POST', '/fetched', { json: { address } })
    assert.ok(status >= 400, `${address} ${status}`)
    assert.doesNotMatch(text, /ECONNREFUSED|postgres/i)
    assert.equal(await count(eve), before)
  }
  for (const address of ['file:///etc/passwd', 'gopher://127.0.0.1/', 'data:text/plain,x', 'javascript:alert(1)'])
    await refused(422, 'POST', '/fetched', { json: { address } })
})
