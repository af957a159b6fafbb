import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { openMetrics } from '../../src/cli/serve/metrics.ts'
import { createVersion, type Version } from '../../src/cli/serve/version.ts'
import { metricsAddress } from '../../src/cli/settings/metrics.ts'
import { start } from '../../src/identity/start.ts'
import {
  type ActorOf,
  anyone,
  app,
  defineSchema,
  id,
  integer,
  model,
  Problem,
  ref,
  resources,
  text,
  verbs,
} from '../../src/index.ts'
import { openStore } from '../../src/store/open.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics/registry.ts'
import type { Failed } from '../../src/telemetry/report.ts'

const person = model({
  id: id<'person'>(),
  name: text({ max: 80 }),
  diagnosis: text({ private: true, default: '' }),
})
const models = defineSchema({ person })
const actor = { id: ref('person') }
type Actor = ActorOf<typeof actor>
const { person: Persons } = resources<typeof models, Actor>(models, actor)
const { route } = verbs<Actor>(actor)
const policy = Persons.policy(() => ({ read: anyone, create: anyone }))
const view = Persons.view(({ row }) => ({ id: row.id, name: row.name }))
const persons = Persons.expose({ view, operations: ['list', 'create'] })
const fails = route('GET /fails', {
  auth: 'optional',
  output: { n: integer() },
  run: () => {
    throw new Error('the printer burns')
  },
})
const unwritten = route('GET /unwritten', {
  auth: 'optional',
  output: { n: integer() },
  run: () => {
    throw new Problem('not-implemented')
  },
})
const notes = route('POST /notes', {
  auth: 'optional',
  body: { said: text({ max: 5000 }) },
  output: { n: integer() },
  run: ({ body, log }) => {
    log.info('noted', {
      said: body.said,
      person: { name: 'Ada', diagnosis: 'canary-diagnosis' },
      diagnosis: ['canary-diagnosis'],
    })
    return { n: 1 }
  },
})
const calls = route('POST /calls', {
  auth: 'optional',
  body: { address: text({ max: 500 }) },
  output: { n: integer() },
  run: async ({ body, http }) => ({ n: (await http.public.get(body.address)).status }),
})

describe('a backend that is watched', () => {
  const lines: string[] = []
  const failed: Failed[] = []
  let metrics: Metrics
  let version: Version
  let origin = ''

  before(async () => {
    metrics = createMetrics()
    const declared = app({
      name: 'watched',
      schema: models,
      http: { public: true },
      onError(failure) {
        failed.push(failure)
        throw new Error('the tracker is down')
      },
      use: { all: { policy, view, persons, fails, unwritten, notes, calls } },
    })
    version = await createVersion(declared, {
      driver: openStore('memory://'),
      address: { host: '127.0.0.1', port: 0 },
      log: createLogger({ write: (line) => lines.push(line) }),
      development: false,
      exposed: true,
      limits: 'off',
      metrics,
      logRequests: true,
    })
    const { port } = await version.http.listen()
    origin = `http://127.0.0.1:${port}`
  })
  after(async () => {
    await version.http.close()
    await version.close()
  })
  const post = (path: string, json: unknown, headers: Record<string, string> = {}) =>
    fetch(`${origin}${path}`, {
      method: 'POST',
      body: JSON.stringify(json),
      headers: { 'Content-Type': 'application/json', ...headers },
    })
  /** The line of one request; it is written when its answer has gone. */
  async function lineOf(requestId: string) {
    for (;;) {
      const found = lines
        .map((line) => JSON.parse(line))
        .find((one) => one.message === 'answered' && one.requestId === requestId)
      if (found) return found
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  test('each request has one line, with its operation and nothing that its caller wrote', async () => {
    const answer = await post(
      '/persons',
      { name: 'canary-name' },
      { 'X-Request-Id': 'request-0001', 'User-Agent': 'canary-agent' },
    )
    assert.equal(answer.status, 201)
    await answer.text()
    const { time, ms, ...line } = await lineOf('request-0001')
    assert.deepEqual(line, {
      operation: 'person.create',
      method: 'POST',
      status: 201,
      requestId: 'request-0001',
      level: 'info',
      message: 'answered',
    })
    assert.ok(ms > 0 && time)
    assert.ok(!lines.join('').includes('canary'))
  })

  test('what a handler logs shows no private field, and no line begins another', async () => {
    const said = 'x\n{"level":"error","message":"forged"}\r\n\u001b[2J'
    await post('/notes', { said }, { 'X-Request-Id': 'request-0002' })
    await lineOf('request-0002')
    const noted = lines.map((line) => JSON.parse(line)).find(({ message }) => message === 'noted')
    assert.deepEqual(noted.person, { name: 'Ada', diagnosis: '[concealed]' })
    assert.equal(noted.diagnosis, '[concealed]')
    assert.deepEqual([noted.said, noted.operation, noted.requestId], [said, 'notes', 'request-0002'])
    assert.ok(lines.every((line) => !/\p{Cc}/u.test(line)))
    assert.ok(!lines.join('').includes('canary-diagnosis'))
  })

  test('a failure of ours is told once, and the hook that fails itself changes no answer', async () => {
    const answer = await fetch(`${origin}/fails`, { headers: { 'X-Request-Id': 'request-0003' } })
    assert.deepEqual([answer.status, Reflect.get(Object(await answer.json()), 'code')], [500, 'internal'])
    assert.equal(failed.length, 1)
    const [{ problem, operation, requestId }] = failed as [Failed]
    assert.deepEqual(
      [operation, requestId, (problem.cause as Error).message],
      ['fails', 'request-0003', 'the printer burns'],
    )
    await post('/persons', { nobody: 1 })
    assert.equal(failed.length, 1, 'what a caller got wrong is no failure of ours')
    assert.ok(lines.some((line) => line.includes('the tracker is down')))
  })

  test('an operation that is not written yet is a warning and no failure of ours', async () => {
    const before = failed.length
    const answer = await fetch(`${origin}/unwritten`, { headers: { 'X-Request-Id': 'request-0005' } })
    assert.deepEqual([answer.status, Reflect.get(Object(await answer.json()), 'code')], [501, 'not-implemented'])
    await lineOf('request-0005')
    const said = lines.map((line) => JSON.parse(line)).filter(({ code }) => code === 'not-implemented')
    assert.deepEqual(
      said.map(({ level, operation, requestId }) => [level, operation, requestId]),
      [['warn', 'unwritten', 'request-0005']],
    )
    assert.equal(failed.length, before)
  })

  test('numbers are by operation and status class, and no label comes from a caller', async () => {
    await fetch(`${origin}/canary-path?canary-query`).then((answer) => answer.text())
    await fetch(`${origin}/persons`, { method: 'CANARY', headers: { traceparent: 'canary' } })
      .then((answer) => answer.text())
      .catch(() => {})
    await post('/calls', { address: 'https://canary.example.com:8443/' }, { 'X-Request-Id': 'request-0004' })
    await lineOf('request-0004')
    const numbers = metrics.text()
    for (const line of [
      'bede_request_seconds_count{operation="person.create",status="2xx"} 1',
      'bede_request_seconds_count{operation="person.create",status="4xx"} 1',
      'bede_request_seconds_count{operation="fails",status="5xx"} 1',
      'bede_refusals_total{code="invalid-input"}',
      'bede_refusals_total{code="not-found"} 1',
      'bede_requests_in_flight 0',
      'bede_statement_seconds_count{result="ok"}',
      'bede_statements_in_flight 0',
      'bede_transactions_open 0',
      'bede_outbound_seconds_count{destination="refused",result="destination-refused"} 1',
    ])
      assert.ok(numbers.includes(line), `${line} is not in\n${numbers}`)
    assert.ok(!/canary/i.test(numbers), numbers)
  })

  test('numbers are asked for at an address of their own, and not where callers come', async () => {
    assert.equal((await fetch(`${origin}/metrics`)).status, 404)
    const { metrics: own, address, close } = await openMetrics({ host: '127.0.0.1', port: 0 }, 1)
    own.counter({ name: 'calls_total', help: 'Calls.' }).add([])
    const at = `http://127.0.0.1:${address.port}`
    const answer = await fetch(`${at}/metrics`)
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.match(await answer.text(), /^calls_total 1$/m)
    assert.equal((await fetch(`${at}/`)).status, 404)
    assert.equal((await fetch(`${at}/metrics`, { method: 'POST' })).status, 404)
    await close()
  })

  test('class 131: a page whose name was made to mean that address does not see the numbers', async () => {
    const { address, close } = await openMetrics({ host: '127.0.0.1', port: 0 }, 1, ['app.example', '*.ops.example'])
    const ask = (host: string | undefined) =>
      new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        const asked = request({ ...address, path: '/metrics', setHost: false, headers: host ? { host } : {} })
        asked.on('response', async (answer) => {
          resolve({ status: answer.statusCode, text: Buffer.concat(await answer.toArray()).toString() })
        })
        asked.on('error', reject).end()
      })
    try {
      for (const host of [
        '127.0.0.1:9464',
        '10.1.2.3:9464',
        '[::1]:9464',
        'localhost',
        'bede.localhost:9464',
        'app:9464',
        'app.shop.svc.cluster.local:9464',
        'vm.internal',
        'app.example:9464',
        'one.ops.example',
      ])
        assert.equal((await ask(host)).status, 200, host)
      for (const host of [
        'evil.example',
        'evil.example:9464',
        'app.example.evil.example',
        'ops.example',
        '127.0.0.1.evil.example',
        'localhost.evil.example:9464',
        'evil.local.example',
        'evil.notlocal',
        '127.0.0.1 evil.example',
        'evil.example@127.0.0.1',
      ]) {
        const { status, text } = await ask(host)
        assert.equal(status, 421, host)
        assert.doesNotMatch(text, /process_/, host)
      }
      assert.equal((await ask(undefined)).status, 400)
    } finally {
      await close()
    }
  })

  test('that address is of this machine or of a private network', () => {
    for (const right of ['127.0.0.1:9464', '10.1.2.3:1', '[::1]:9464', '[fd00::1]:9464'])
      assert.ok(metricsAddress.parse(right), right)
    for (const wrong of [
      '0.0.0.0:9464',
      '[::]:9464',
      '1.1.1.1:9464',
      '9464',
      ':9464',
      'localhost:9464',
      '127.0.0.1:0',
      '127.0.0.1:99999',
      '169.254.169.254:1',
      '127.0.0.1',
    ])
      assert.equal(metricsAddress.parse(wrong), undefined, wrong)
  })
})

test('work that nobody waited for and that failed is told too, once, and says what it was', async () => {
  const failed: Failed[] = []
  const lines: string[] = []
  const declared = app({
    name: 'behind',
    schema: models,
    onError: (failure) => void failed.push(failure),
    use: { all: { policy } },
  })
  const log = createLogger({ write: (line) => lines.push(line) })
  const backend = await start(declared, { mode: 'development', log })
  backend.background('counting sheep', async () => {
    throw new Error('one is missing')
  })
  backend.background('counting others', async () => {
    throw new Problem('not-found')
  })
  const unavailable = new Problem('unavailable', { cause: new Error('away') })
  for (const work of ['one', 'the same'])
    backend.background(work, async () => {
      throw unavailable
    })
  while (failed.length < 3) await new Promise((resolve) => setImmediate(resolve))
  await backend.close()
  assert.deepEqual(
    failed.map(({ problem, ...about }) => [problem.status, problem.code, about]),
    [
      [500, 'internal', { work: 'counting sheep' }],
      [500, 'internal', { work: 'counting others' }],
      [503, 'unavailable', { work: 'one' }],
    ],
  )
  assert.equal(Reflect.get(Object(failed[0]?.problem.cause), 'message'), 'one is missing')
  assert.ok(lines.some((line) => line.includes('counting sheep failed')))
})
