import assert from 'node:assert/strict'
import { test } from 'node:test'
import { files, read } from '../house/tree.ts'
import { callsOf } from './calls.ts'
import { reasonFor } from './judged.ts'

test('every operation of a document is a call, with values in the place of its parameters; what takes away comes last', () => {
  const slug = { parameters: [{ name: 'slug', in: 'path' }] }
  const document = {
    paths: {
      '/api/articles/{slug}': { delete: slug, get: slug },
      '/api/articles/{slug}/comments/{id}': { delete: slug },
      '/api/articles': {
        get: {
          parameters: [
            { name: 'tag', in: 'query' },
            { name: 'author', in: 'query' },
          ],
        },
        post: { requestBody: { content: { 'application/json': { example: { article: { title: 'text' } } } } } },
      },
      '/api/users/login': { post: {} },
    },
  }
  const calls = callsOf(document, { slug: 'a b', username: 'ada', id: '1', tag: 'x' })
  assert.deepEqual(
    calls.map(({ method, marked, open }) => `${method} ${marked}${open ? ' by nobody' : ''}`),
    [
      'GET /api/articles/a%20b*',
      'GET /api/articles?tag=x&author=ada',
      'POST /api/articles',
      'POST /api/users/login by nobody',
      'DELETE /api/articles/a%20b*/comments/1*',
      'DELETE /api/articles/a%20b*',
    ],
  )
  assert.equal(calls[2]?.body, '{"article":{"title":"text"}}')
  assert.equal(calls[0]?.path, '/api/articles/a%20b')
})

test('a finding that nobody has judged stands, and what is published has none that does', () => {
  assert.equal(reasonFor('sqlmap', "GET /api/articles: parameter 'tag' is vulnerable"), undefined)
  assert.equal(
    reasonFor(
      'wapiti',
      "PUT x appears to be 'AND boolean-based blind' injectable, and was taken back by sqlmap itself",
    ),
    undefined,
  )
  for (const path of files(/^docs\/reference\/security\//)) {
    const text = read(path)
    assert.doesNotMatch(text, /\*\*It stands\.\*\*|Errors of its own/, path)
    assert.doesNotMatch(text, /\/tmp\/|\/home\/|\/root\//, path)
  }
})
