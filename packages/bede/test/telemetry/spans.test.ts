import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { createVersion, type Version } from '../../src/cli/serve/version.ts'
import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  id,
  integer,
  model,
  ref,
  resources,
  text,
  verbs,
} from '../../src/index.ts'
import { openStore } from '../../src/store/open.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { httpPeer, type Peer } from '../toolkit/support/peers.ts'

const thing = model({ id: id<'thing'>(), name: text({ max: 80 }) })
const models = defineSchema({ thing })
const actor = { id: ref('thing') }
const { thing: Things } = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { route } = verbs<ActorOf<typeof actor>>(actor)
const policy = Things.policy(() => ({ read: anyone, create: anyone }))
const view = Things.view(({ row }) => ({ id: row.id, name: row.name }))
const things = Things.expose({ view, operations: ['list'] })

/** Once, for the whole process, as a program does before it starts. */
const exporter = new InMemorySpanExporter()
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()

describe('spans for OpenTelemetry', () => {
  let peer: Peer
  let told: string | undefined
  let version: Version
  let origin = ''

  before(async () => {
    peer = await httpPeer((request, response) => {
      told = request.headers.traceparent as string | undefined
      response.end('ok')
    })
    const make = route('POST /make/:name', {
      auth: 'optional',
      params: { name: text({ max: 80 }) },
      output: { n: integer() },
      run: async ({ params, db, http }) => {
        await db.create(Things, { name: params.name })
        return { n: (await http.get(`${peer.origin}/canary-path?canary-query`)).status }
      },
    })
    const fails = route('GET /fails', {
      auth: 'optional',
      output: { n: integer() },
      run: () => {
        throw new Error('canary-error')
      },
    })
    const declared = app({ name: 'traced', schema: models, use: { all: { policy, view, things, make, fails } } })
    version = await createVersion(declared, {
      driver: openStore('memory://'),
      address: { host: '127.0.0.1', port: 0 },
      log: silent,
      development: false,
      exposed: true,
      limits: 'off',
      httpPrivate: [peer.place],
    })
    origin = `http://127.0.0.1:${(await version.http.listen()).port}`
  })
  after(async () => {
    await version.http.close()
    await version.close()
    await peer.close()
  })

  /** What a request leaves: its spans, once that of the request itself has ended. */
  async function spansOf(path: string, init: RequestInit = {}) {
    exporter.reset()
    const answer = await fetch(`${origin}${path}`, init)
    await answer.text()
    while (!exporter.getFinishedSpans().some(({ kind }) => kind === 1))
      await new Promise((resolve) => setImmediate(resolve))
    const spans = exporter.getFinishedSpans()
    const named = (name: string) =>
      spans.find((span) => span.name === name) ?? assert.fail(`${name}: ${spans.map((span) => span.name)}`)
    return { answer, spans, named }
  }
  type Spans = Awaited<ReturnType<typeof spansOf>>
  const parentOf = ({ spans }: Spans, span: Spans['spans'][number]) =>
    spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId)?.name

  test('one call is one trace: request, operation, handler, statements and what others are asked', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`
    const all = await spansOf('/make/canary-name?x'.split('?')[0] ?? '', { method: 'POST', headers: { traceparent } })
    assert.equal(all.answer.status, 200)
    assert.ok(all.spans.every((span) => span.spanContext().traceId === traceId))
    const request = all.named('POST /make/:name')
    assert.deepEqual(
      [request.parentSpanContext?.spanId, request.attributes['http.response.status_code']],
      ['b7ad6b7169203331', 200],
    )
    assert.equal(parentOf(all, all.named('make')), 'POST /make/:name')
    assert.equal(parentOf(all, all.named('make handler')), 'make')
    const call = all.named(`GET ${peer.place}`)
    assert.equal(parentOf(all, call), 'make handler')
    assert.equal(told, `00-${traceId}-${call.spanContext().spanId}-01`)
    const statements = all.spans.filter(({ name }) => name === 'statement')
    assert.ok(statements.length > 0 && statements.every((one) => parentOf(all, one) !== undefined))
    assert.equal(all.answer.headers.get('traceparent'), `00-${traceId}-${request.spanContext().spanId}-01`)
    const shown = all.spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status }))
    assert.ok(!JSON.stringify(shown).includes('canary'), JSON.stringify(shown))
  })

  test('a failure of ours is one of its spans, and what a caller got wrong is none', async () => {
    const failed = await spansOf('/fails')
    const { status, attributes } = failed.named('fails')
    assert.deepEqual([status.code, attributes['bede.code']], [2, 'internal'])
    assert.ok(!JSON.stringify(failed.spans.map((span) => [span.status, span.events])).includes('canary'))
    const refused = await spansOf('/things?canary=1')
    assert.equal(refused.answer.status, 400)
    assert.ok(refused.spans.every((span) => span.status.code === 0))
  })
})
