import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, IncomingMessage } from 'node:http'
import { connect, Socket } from 'node:net'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readFormData } from '../../src/surface/http/request/form-data.ts'
import { Problem } from '../../src/telemetry/problem.ts'
import { jane, jsonOutcome, startEdge } from './support/edge.ts'

test('when the caller goes away, the call is told', async (t) => {
  const { promise: aborted, resolve } = Promise.withResolvers<void>()
  const edge = await startEdge(t, async ({ signal }) => {
    signal?.addEventListener('abort', () => resolve())
    await aborted
    throw new Problem('canceled')
  })
  const socket = connect(edge.port, '127.0.0.1', () => socket.write('GET /articles HTTP/1.1\r\nHost: x\r\n\r\n'))
  while (edge.calls.length === 0) await sleep(5)
  assert.equal(edge.calls[0]?.signal?.aborted, false)
  socket.destroy()
  await aborted
  assert.equal((await edge.fetch('/health/live')).status, 200)
})

test('who goes away before anybody reads the body is not waited for', async (t) => {
  const { promise: refused, resolve } = Promise.withResolvers<string>()
  const asked = Promise.withResolvers<void>()
  const known = Promise.withResolvers<void>()
  const edge = await startEdge(t, () => jsonOutcome('{}'), {
    watch: { began: () => {}, answered: () => {}, refused: resolve },
    authenticate: async () => {
      asked.resolve()
      await known.promise
      return jane
    },
  })
  const head = 'POST /articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\n'
  const accepted = once(edge.server.fastify.server, 'connection') as Promise<[Socket]>
  const socket = connect(edge.port, '127.0.0.1', () => socket.write(`${head}Content-Length: 100\r\n\r\n{`))
  const [theirs] = await accepted
  await asked.promise
  const gone = new Promise((ended) => theirs.once('close', ended))
  socket.resetAndDestroy()
  await gone
  known.resolve()
  assert.equal(await refused, 'canceled')
  assert.equal(edge.calls.length, 0)
})

test('a form whose sender has gone is not waited for', async () => {
  const request = new IncomingMessage(new Socket())
  request.destroy()
  await once(request, 'close')
  const read = readFormData(request, 'b', { bytes: 100, parts: 1 }, async () => {})
  await assert.rejects(read, { code: 'canceled' })
})

test('a call that was answered is not told that its caller went away', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  await edge.raw('GET /articles HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  await sleep(20)
  assert.equal(edge.calls[0]?.signal?.aborted, false)
})

test('a stream whose reader goes away is ended', async (t) => {
  const source = new Readable({
    read() {
      this.push('x'.repeat(10_000))
    },
  })
  const edge = await startEdge(t, () => ({
    status: 200,
    timings: [],
    answer: { kind: 'raw', headers: { 'Content-Type': 'text/plain' }, body: source },
  }))
  const socket = connect(edge.port, '127.0.0.1', () => socket.write('GET /page HTTP/1.1\r\nHost: x\r\n\r\n'))
  await once(socket, 'data')
  socket.destroy()
  if (!source.destroyed) await once(source, 'close')
  assert.ok(source.destroyed)
})

test('HEAD of a stream sends its headers and ends it', async (t) => {
  const source = new Readable({
    read() {
      this.push('x')
    },
  })
  const edge = await startEdge(t, () => ({
    status: 200,
    timings: [],
    answer: { kind: 'raw', headers: { 'Content-Type': 'text/plain' }, body: source },
  }))
  const answer = await edge.fetch('/page', { method: 'HEAD' })
  assert.deepEqual([answer.status, answer.headers.get('content-type'), source.destroyed], [200, 'text/plain', true])
})

test('close finishes what is in flight, refuses what comes after, and ends idle connections', async (t) => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const edge = await startEdge(t, async () => {
    await gate
    return jsonOutcome('{"done":true}')
  })
  const idle = connect(edge.port, '127.0.0.1')
  await once(idle, 'connect')
  // One connection carries a request in flight and then, too late, another.
  const socket = connect(edge.port, '127.0.0.1', () => socket.write('GET /articles HTTP/1.1\r\nHost: x\r\n\r\n'))
  let received = ''
  socket.on('data', (data) => (received += data))
  while (edge.calls.length === 0) await sleep(5)
  const closed = edge.server.close()
  assert.equal(edge.server.stopping, true)
  await once(idle, 'close')
  socket.write('GET /articles HTTP/1.1\r\nHost: x\r\n\r\n')
  await sleep(20)
  open()
  await Promise.all([closed, once(socket, 'close')])
  assert.match(received, /^HTTP\/1\.1 200 [\s\S]*connection: close[\s\S]*\{"done":true\}/i)
  assert.equal(edge.calls.length, 1, 'the later one did nothing')
  await assert.rejects(edge.fetch('/articles'), 'nothing listens any more')
})

test('a connection that is kept open gets a 503 once the service stops', async (t) => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const edge = await startEdge(t, async () => {
    await gate
    return jsonOutcome('{}')
  })
  const inFlight = edge.fetch('/articles')
  while (edge.calls.length === 0) await sleep(5)
  const late = connect(edge.port, '127.0.0.1')
  let received = ''
  late.on('data', (data) => (received += data))
  await once(late, 'connect')
  // Half a request keeps the connection from being idle.
  late.write('GET /articles HTTP/1.1\r\n')
  await sleep(20)
  const closed = edge.server.close()
  late.write('Host: x\r\n\r\n')
  await once(late, 'close')
  assert.match(received, /^HTTP\/1\.1 503 [\s\S]*connection: close/i)
  assert.match(received, /retry-after: 1\r\n/i)
  open()
  assert.equal((await inFlight).status, 200)
  await closed
  assert.equal(edge.calls.length, 1)
})

test('what does not finish in time is told to, and answered', async (t) => {
  const edge = await startEdge(
    t,
    ({ signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Problem('canceled')))),
    { limits: { stopTime: 100 } },
  )
  const inFlight = edge.fetch('/articles')
  while (edge.calls.length === 0) await sleep(5)
  await edge.server.close()
  assert.equal((await inFlight).status, 503)
})

test('what does not listen either is cut off', async (t) => {
  const edge = await startEdge(t, () => new Promise(() => {}), { limits: { stopTime: 100 } })
  const inFlight = assert.rejects(edge.fetch('/articles'))
  while (edge.calls.length === 0) await sleep(5)
  await edge.server.close()
  await inFlight
})

test('ready says whether calls can be served, and asks the database once for many', async (t) => {
  let asked = 0
  let away = false
  const edge = await startEdge(t, () => jsonOutcome('{}'), {
    ready: async () => {
      asked++
      if (away) throw new Error('connection refused to 10.1.2.3')
    },
  })
  const answers = await Promise.all(Array.from({ length: 20 }, () => edge.fetch('/health/ready')))
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200])
  assert.equal(asked, 1)
  away = true
  while ((await edge.fetch('/health/ready')).status === 200) await sleep(50)
  const answer = await edge.fetch('/health/ready')
  assert.equal(answer.headers.get('retry-after'), '1')
  assert.ok(!(await answer.text()).includes('10.1.2.3'))
  assert.equal((await edge.fetch('/health/live')).status, 200)
})

test('an address in use is a problem that says so', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'))
  await assert.rejects(
    startEdge(t, () => jsonOutcome('{}'), { port: edge.port }),
    (thrown) => thrown instanceof Problem && thrown.code === 'cannot-listen',
  )
})

test('class 35: two callers on one connection and many at once each get their own answer', async (t) => {
  const edge = await startEdge(
    t,
    async ({ actor, input }) => {
      await sleep(Math.random() * 3)
      return jsonOutcome(JSON.stringify({ actor: actor && 'id' in actor ? actor.id : null, input }))
    },
    { authenticate: async (credential) => ({ id: credential }) },
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  t.after(() => agent.destroy())
  const ask = (actor: string, limit: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = {
        agent,
        port: edge.port,
        host: '127.0.0.1',
        path: `/articles?limit=${limit}`,
        headers: actor ? { Authorization: `Bearer ${actor}` } : {},
      }
      get(options, (answer) => {
        let text = ''
        answer.on('data', (data) => (text += data))
        answer.on('end', () => resolve(text))
      }).on('error', reject)
    })
  await Promise.all(
    Array.from({ length: 300 }, async (_, i) => {
      const actor = ['jane', 'jake', ''][i % 3] ?? ''
      assert.equal(await ask(actor, i), JSON.stringify({ actor: actor || null, input: { limit: i } }))
    }),
  )
})
