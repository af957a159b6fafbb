import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preferred } from '../../src/engine/accept.ts'
import { jsonOutcome, startEdge } from './support/edge.ts'

const good = { authorization: 'Bearer good' }
const id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'

/** Everything that was once parsed by one reader and not checked by another. */
const mutations = [
  'text/plain',
  'application/json\t',
  'application/json;',
  'application/json; charset=utf-16',
  'application/json; charset=utf-8; a=b',
  'application/json;charset=utf-8;',
  'application/json ; charset=utf-8',
  'application/json;  charset=utf-8',
  'application/json\tcharset=utf-8',
  'application/json,text/plain',
  'application/json, application/json',
  'application/jsonx',
  'application/json x',
  'application/ json',
  'application /json',
  'application/json/x',
  'application/vnd.api+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'json',
  '*/*',
  'application/*',
  'text/json',
  'application/json\u00a0',
  '"application/json"',
  'application/json; charset="utf-8',
]

test('class 54: whatever is not exactly the declared media type is refused before it is read', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const writes = [
    ['POST', '/articles'],
    ['PATCH', `/articles/${id}`],
    ['POST', '/api/articles/x/notes'],
    ['POST', '/batch'],
  ] as const
  for (const [method, path] of writes) {
    const send = (type: string) =>
      edge.raw(
        Buffer.from(
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nConnection: close\r\n${type}Content-Length: 13\r\n\r\n{"title":"x"}`,
          'latin1',
        ),
      )
    for (const type of mutations.filter((mutation) => mutation.trim() === mutation)) {
      const answer = await send(`Content-Type: ${type}\r\n`)
      assert.match(
        answer,
        /^HTTP\/1\.1 415 /,
        `${method} ${path} took ${JSON.stringify(type)}: ${answer.slice(0, 100)}`,
      )
    }
    assert.match(await send(''), /^HTTP\/1\.1 415 /, 'no type at all')
    assert.match(
      await send('Content-Type: application/json\r\nContent-Type: text/plain\r\n'),
      /^HTTP\/1\.1 415 /,
      'two types',
    )
    assert.match(
      await send('Content-Type: application/json\r\nContent-Encoding: gzip\r\n'),
      /^HTTP\/1\.1 415 /,
      'compressed',
    )
  }
  assert.equal(edge.calls.length, 0, 'nothing came through')
})

test('class 54: what is accepted', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const body = '{"title":"x"}'
  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
  ]) {
    const answer = await edge.fetch('/articles', { method: 'POST', body, headers: { ...good, 'Content-Type': type } })
    assert.equal(answer.status, 200, type)
  }
  const patch = { ...good, 'Content-Type': 'application/merge-patch+json' }
  assert.equal((await edge.fetch(`/articles/${id}`, { method: 'PATCH', body, headers: patch })).status, 200)
  assert.equal(
    (await edge.fetch('/articles', { method: 'POST', body, headers: patch })).status,
    415,
    'a merge patch is for PATCH',
  )
})

test('a body where none is taken is refused, and so is one that is not UTF-8', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  const json = { ...good, 'Content-Type': 'application/json' }
  const withBody = await edge.raw(
    'GET /articles HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
  )
  assert.match(withBody, /^HTTP\/1\.1 400 [\s\S]*No body is accepted here/)
  assert.equal((await edge.fetch(`/articles/${id}`, { method: 'DELETE', body: '{}', headers: json })).status, 400)
  const broken = await edge.fetch('/articles', { method: 'POST', body: Buffer.from([0x22, 0xff, 0x22]), headers: json })
  assert.equal(broken.status, 400)
  assert.match(await broken.text(), /malformed-json.*not UTF-8/)
  assert.equal(edge.calls.length, 0)
})

test('an Accept header that leaves no room for JSON is a 406', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  for (const [header, status] of [
    ['application/json', 200],
    ['text/html,*/*;q=0.8', 200],
    ['application/*', 200],
    ['text/html', 406],
    ['application/json;q=0', 406],
    ['application/json;q=0, */*', 406],
    ['*/*;q=0.000', 406],
  ] as const) {
    assert.equal((await edge.fetch('/articles', { headers: { Accept: header } })).status, status, header)
  }
  assert.equal(preferred('', ['application/json']), 'application/json')
  assert.equal(preferred('*/*;q=0, application/json', ['application/json']), 'application/json')
})
