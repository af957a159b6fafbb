import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validate } from '@readme/openapi-parser'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { link } from '../../src/identity/link.ts'
import type { Manifest } from '../../src/manifest/manifest.ts'
import { openApiDocument } from '../../src/surface/openapi/document.ts'
import type { OpenApiOperation } from '../../src/surface/openapi/openapi.ts'
import { openapi } from '../../src/surface/openapi/surface.ts'
import { studio } from '../attacks/support/studio.ts'
import { manifest as blog } from '../fixtures/blog/linked.ts'
import { town } from '../places/shops.ts'
import { articleManifest } from './support/article-manifest.ts'
import { jsonOutcome, startEdge } from './support/edge.ts'

const fixtures: readonly (readonly [name: string, manifest: Manifest])[] = [
  ['articles', articleManifest],
  ['blog', blog],
  ['town', link(town()).manifest],
  ['studio', link(studio()).manifest],
]

for (const [name, manifest] of fixtures) {
  for (const options of [{}, { scheme: 'Token', ownProblems: true }]) {
    test(`${name}: two validators find nothing wrong ${JSON.stringify(options)}`, async () => {
      const text = JSON.stringify(openApiDocument(manifest, options))
      const first = await new Validator().validate(JSON.parse(text))
      assert.equal(first.valid, true, JSON.stringify(first.errors)?.slice(0, 2000))
      const second = await validate(JSON.parse(text))
      assert.equal(second.valid, true, JSON.stringify(second).slice(0, 2000))
      assert.deepEqual(second.warnings, [])
    })
  }

  test(`${name}: everything exposed is there, and nothing else`, () => {
    const { paths } = openApiDocument(manifest)
    const described = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
    const exposed = Object.keys(manifest.operations).filter((operation) => manifest.operations[operation]?.http)
    assert.deepEqual(described.sort(), [...exposed, 'batch', 'health.live', 'health.ready'].sort())
  })

  test(`${name}: every reference leads somewhere, and every schema compiles`, () => {
    const document = openApiDocument(manifest)
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    ajv.addSchema(JSON.parse(JSON.stringify(document)), 'doc')
    for (const [, reference = ''] of JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)) {
      const found = reference
        .slice(1)
        .split('/')
        .reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document)
      assert.ok(found, reference)
    }
    for (const view of Object.keys(document.components.schemas))
      assert.ok(ajv.getSchema(`doc#/components/schemas/${view}`), view)
  })

  test(`${name}: an example is what the schema accepts`, () => {
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    for (const item of Object.values(openApiDocument(manifest).paths)) {
      for (const { operationId, requestBody, parameters = [] } of Object.values(item)) {
        const media = requestBody?.content['application/json']
        if (media?.example !== undefined)
          assert.ok(ajv.validate(media.schema, media.example), `${operationId}: ${ajv.errorsText()}`)
        for (const parameter of parameters) {
          if ('schema' in parameter && parameter.example !== undefined)
            assert.ok(ajv.validate(parameter.schema, parameter.example), `${operationId} ${parameter.name}`)
        }
      }
    }
  })
}

const operationOf = (id: string, manifest: Manifest = articleManifest): OpenApiOperation =>
  Object.values(openApiDocument(manifest).paths)
    .flatMap((item) => Object.values(item))
    .find(({ operationId }) => operationId === id) ?? assert.fail(`there is no ${id}`)

test('the statuses of an operation follow from what it is made of', () => {
  const statuses = (id: string) =>
    Object.keys(operationOf(id).responses)
      .map(Number)
      .sort((a, b) => a - b)
  const edge = [400, 401, 406, 414, 422, 429, 431, 500, 503, 504]
  const sorted = (...more: number[]) => [...edge, ...more].sort((a, b) => a - b)
  assert.deepEqual(statuses('article.list'), sorted(200, 304))
  assert.deepEqual(statuses('article.get'), sorted(200, 304, 404))
  assert.deepEqual(statuses('article.create'), sorted(201, 403, 408, 409, 412, 413, 415))
  assert.deepEqual(statuses('article.update'), sorted(200, 204, 403, 404, 408, 409, 412, 413, 415))
  assert.deepEqual(statuses('article.delete'), sorted(204, 403, 404, 409))
})

test('what is required, what is optional, and how it is sent', () => {
  assert.deepEqual(operationOf('article.create').security, [{ credential: [] }])
  assert.deepEqual(operationOf('article.get').security, [{}, { credential: [] }])
  assert.deepEqual(Object.keys(operationOf('article.update').requestBody?.content ?? {}), [
    'application/json',
    'application/merge-patch+json',
  ])
  assert.deepEqual(operationOf('article.create').requestBody?.content['application/json']?.schema, {
    type: 'object',
    properties: {
      title: { type: 'string', pattern: '^[^\\u0000\\ud800-\\udfff]*$', minLength: 1, maxLength: 120 },
      body: { type: 'string', pattern: '^[^\\u0000\\ud800-\\udfff]*$' },
      meta: {},
    },
    required: ['title'],
    additionalProperties: false,
  })
  const update = JSON.stringify(operationOf('article.update').requestBody)
  assert.ok(!update.includes('"id"'), 'the id comes from the path')
  const ids = operationOf('article.list').parameters?.find(
    (parameter) => 'name' in parameter && parameter.name === 'ids',
  )
  assert.deepEqual(ids && 'style' in ids && [ids.style, ids.explode], ['form', false])
})

test('the steps of a resumable upload are told with their header lines, bytes and refusals', () => {
  const { manifest } = link(studio())
  const of = (does: string) => operationOf(`picture.${does}ImageUpload`, manifest)
  const sent = (does: string) =>
    of(does).parameters?.map((one) => ('name' in one ? `${one.in} ${one.name}` : one.$ref.split('/').at(-1)))
  assert.deepEqual(sent('begin'), ['path id', 'header Upload-Length', 'header Upload-Metadata', 'TusResumable'])
  assert.deepEqual(sent('append'), [
    'path id',
    'path upload',
    'header Upload-Offset',
    'header Upload-Checksum',
    'TusResumable',
  ])
  assert.deepEqual(sent('find'), ['path id', 'path upload', 'TusResumable'])
  assert.deepEqual(Object.keys(of('append').requestBody?.content ?? {}), ['application/offset+octet-stream'])
  for (const status of [204, 404, 409, 412, 413, 415, 423, 460])
    assert.ok(of('append').responses[status], String(status))
  const begun = of('begin').responses[201]
  assert.ok(begun && 'headers' in begun && begun.headers?.Location && begun.headers['Upload-Expires'])
  const put = operationOf('picture.putImage', manifest)
  assert.ok(put.parameters?.some((one) => '$ref' in one && one.$ref.endsWith('/IfMatch')))
  assert.ok(put.responses[412])
})

test('the document is served with its tag, and is the same each time', async (t) => {
  const served = await startEdge(t, () => jsonOutcome('{}'), { surfaces: [openapi], scheme: 'Token' })
  const answer = await served.fetch('/openapi.json')
  assert.equal(answer.status, 200)
  const text = await answer.text()
  assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(openApiDocument(articleManifest, { scheme: 'Token' }))))
  const again = await served.fetch('/openapi.json', { headers: { 'If-None-Match': answer.headers.get('etag') ?? '' } })
  assert.equal(again.status, 304)
  assert.equal((await served.fetch('/openapi.json', { method: 'POST' })).status, 405)
  assert.ok(!text.includes('"operationId":"internal"'), 'what is not exposed is not told')
})
