import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { curlOf } from '../../src/surface/docs/curl.ts'
import { docsPage } from '../../src/surface/docs/page.ts'
import { docs } from '../../src/surface/docs/surface.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import { manifest as blog } from '../fixtures/blog/linked.ts'
import { articleManifest } from './support/article-manifest.ts'
import { jsonOutcome, startEdge } from './support/edge.ts'

test('the page fetches nothing, and its policy lets nothing else in', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { surfaces: [docs] })
  const answer = await edge.fetch('/docs')
  const text = await answer.text()
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
  const policy = answer.headers.get('content-security-policy') ?? ''
  for (const tag of ['style', 'script']) {
    const inline = new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g')
    const found = [...text.matchAll(inline)]
    assert.equal(found.length, 1, tag)
    assert.ok(
      policy.includes(
        `${tag}-src 'sha256-${createHash('sha256')
          .update(found[0]?.[1] ?? '')
          .digest('base64')}'`,
      ),
      `${tag} is the one named`,
    )
  }
  assert.ok(!policy.includes('unsafe'))
  assert.match(policy, /^default-src 'none'; .*frame-ancestors 'none'$/)
  const addresses = [...text.matchAll(/\s(?:href|src|action|srcset|poster|data)="([^"]*)"/g)].map(
    ([, address]) => address ?? '',
  )
  assert.ok(
    addresses.every((address) => address.startsWith('#') || address === 'data:,' || address === 'openapi.json'),
    addresses.join(),
  )
  assert.ok(!/@import|url\(|\sstyle="|\son\w+="/.test(text), 'nothing the policy would stop')
  assert.equal(
    (await edge.fetch('/docs', { headers: { 'If-None-Match': answer.headers.get('etag') ?? '' } })).status,
    304,
  )
})

test('every operation has its place, its link and its command', () => {
  const document = openApiDocument(blog)
  const { text } = docsPage(document, 'Bearer')
  for (const item of Object.values(document.paths)) {
    for (const { operationId } of Object.values(item)) {
      assert.ok(text.includes(`<details id="${operationId}"`), operationId)
      assert.ok(text.includes(`<a href="#${operationId}">`), operationId)
    }
  }
  for (const [, anchor] of text.matchAll(/href="#([^"]+)"/g)) assert.ok(text.includes(`id="${anchor}"`), anchor)
})

test('what a manifest says is shown as text, whatever it is', () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'`&'
  const get = articleManifest.operations['article.get']!
  const list = articleManifest.operations['article.list']!
  const manifest: Manifest = {
    ...articleManifest,
    name: evil,
    operations: {
      [evil]: { ...get, summary: evil },
      list: {
        ...list,
        input: { status: { type: { kind: 'choice', choices: [evil] }, default: evil } },
        http: { ...list.http!, query: { [evil]: ['status'] } },
      },
    },
  }
  const { text } = docsPage(openApiDocument(manifest), evil)
  assert.equal(text.match(/<script/g)?.length, 1)
  assert.ok(!/<img/i.test(text))
  assert.ok(!text.includes('alert(1)</script><'))
})

test('a command can be pasted into a shell', () => {
  const document = openApiDocument(articleManifest)
  const create = document.paths['/articles']?.post
  assert.ok(create)
  assert.equal(
    curlOf('post', '/articles', create, 'Bearer'),
    `curl -X POST "$BASE/articles" \\\n  -H 'Authorization: Bearer <token>' \\\n  -H 'Content-Type: application/json' \\\n  -d '{"title":"text","body":"text","meta":{}}'`,
  )
  const quoted = {
    ...create,
    requestBody: { required: true, content: { 'application/json': { schema: {}, example: "it's $(x)" } } },
  }
  assert.ok(curlOf('post', '/articles', quoted, 'Bearer').endsWith(`-d '"it'\\''s $(x)"'`))
})
