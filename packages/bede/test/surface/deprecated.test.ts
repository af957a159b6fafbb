import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { boot } from '../../src/engine/boot.ts'
import { anyone, app, defineSchema, id, link, model, Problem, ref, resources, text, verbs } from '../../src/index.ts'
import { createHttpServer, type HttpServer } from '../../src/surface/http/server.ts'
import { openapi } from '../../src/surface/openapi/surface.ts'
import { rest } from '../../src/surface/rest/rest.ts'
import { silent } from '../../src/telemetry/logger.ts'

const models = defineSchema({ word: model({ id: id<'word'>(), spelling: text() }, { index: [['spelling']] }) })
const actor = { id: ref('word') }
const { word: Words } = resources(models, actor)
const { route } = verbs(actor)
const wordPolicy = Words.policy(() => ({ read: anyone }))
const wordView = Words.view(({ row }) => ({ spelling: row.spelling }))

const deprecated = { since: '2026-01-01', sunset: '2027-01-01', link: 'https://example.com/v2' }
const oldWords = route('GET /v1/words', {
  auth: 'optional',
  deprecated,
  answers: () => ({ words: Words.count() }),
})
const wordsApi = Words.expose({
  view: wordView,
  operations: ['list'],
  filter: ['spelling'],
  deprecated: { since: '2026-02-01' },
})

describe('what is deprecated says so', () => {
  let server: HttpServer
  let base: string
  let close: () => Promise<void>

  before(async () => {
    const linked = link(
      app({ name: 'words', schema: models, use: { all: { wordPolicy, wordView, oldWords, wordsApi } } }),
    )
    const booted = await boot(linked, { mode: 'production', log: silent })
    server = createHttpServer({ name: 'words', port: 0, ready: booted.ready })
    for (const surface of [rest, openapi]) surface.mount(linked.manifest, booted.engine, server)
    base = `http://127.0.0.1:${(await server.listen()).port}`
    close = async () => {
      await server.close()
      await booted.close()
    }
  })
  after(() => close())

  test('with every answer, as RFC 9745 and RFC 8594 have it', async () => {
    const { headers } = await fetch(`${base}/v1/words`)
    assert.equal(headers.get('deprecation'), '@1767225600')
    assert.equal(headers.get('sunset'), 'Fri, 01 Jan 2027 00:00:00 GMT')
    assert.equal(headers.get('link'), '<https://example.com/v2>; rel="deprecation"')
  })

  test('an exposure says it of all its operations', async () => {
    const { headers } = await fetch(`${base}/words`)
    assert.equal(headers.get('deprecation'), '@1769904000')
    assert.equal(headers.get('sunset'), null)
  })

  test('in the OpenAPI document too', async () => {
    const text = await (await fetch(`${base}/openapi.json`)).text()
    const document: { paths: Record<string, { get: { deprecated?: boolean } }> } = JSON.parse(text)
    assert.equal(document.paths['/v1/words']?.get.deprecated, true)
    assert.equal(document.paths['/words']?.get.deprecated, true)
  })

  test('a day that is none is a mistake in the declaration', () => {
    for (const wrong of [{ since: 'soon' }, { since: '2026-13-40' }, { since: '2027-01-01', sunset: '2026-01-01' }]) {
      const broken = route('GET /x', {
        auth: 'optional',
        deprecated: wrong,
        answers: () => ({ words: Words.count() }),
      })
      assert.throws(
        () => link(app({ name: 'words', schema: models, use: { all: { wordPolicy, wordView, broken } } })),
        (error) => error instanceof Problem && error.code === 'invalid-declaration',
        JSON.stringify(wrong),
      )
    }
  })
})
