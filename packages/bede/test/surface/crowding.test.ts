import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFlights } from '../../src/surface/http/edge/flights.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { type Edge, jsonOutcome, startEdge } from './support/edge.ts'

/** Linux answers on every address that begins with 127: so there are several callers. */
const several = process.platform === 'linux' ? false : 'one machine has several addresses on Linux alone'

const opened = async (t: TestContext, edge: Edge, localAddress = '127.0.0.1'): Promise<Socket> => {
  const socket = connect({ port: edge.port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const answered = async (socket: Socket, path = '/health/live'): Promise<string> => {
  socket.write(get(path))
  const [data] = (await once(socket, 'data')) as [Buffer]
  return data.toString('latin1').slice(9, 12)
}
const open = (sockets: readonly Socket[]) =>
  sockets.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded)
const until = async (met: () => boolean): Promise<void> => {
  while (!met()) await sleep(5)
}

test('connections beyond the limit take the place of those that were answered least recently', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { limits: { connections: 20, connectionsOfOne: 1_000 } })
  const idle: Socket[] = []
  for (let n = 0; n < 20; n++) idle.push(await opened(t, edge))
  for (const socket of idle) socket.resume()
  const late = await opened(t, edge)
  assert.equal(await answered(late), '200', 'whoever comes is answered')
  await until(() => open(idle).length < 20)
  assert.ok(open(idle).length >= 18, 'and not more go than have to')
  assert.equal(idle[0]?.destroyed || idle[0]?.readableEnded, true, 'the one that waited longest')
})

test('one address has its share of them, and what it opens beyond that costs nobody else a connection', {
  skip: several,
}, async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { limits: { connections: 1_000, connectionsOfOne: 10 } })
  const other = await opened(t, edge, '127.0.0.2')
  other.resume()
  const flood: Socket[] = []
  for (let n = 0; n < 40; n++) flood.push((await opened(t, edge, '127.0.0.3')).resume())
  await until(() => open(flood).length <= 10)
  assert.equal(await answered(other), '200')
  assert.equal(await answered(await opened(t, edge, '127.0.0.4')), '200')
})

test('what is being answered is never ended for whoever comes', async (t) => {
  const { promise: gate, resolve: let_ } = Promise.withResolvers<void>()
  const edge = await startEdge(
    t,
    async () => {
      await gate
      return jsonOutcome('{}')
    },
    { limits: { connections: 4, connectionsOfOne: 100 } },
  )
  const busy = await Promise.all(Array.from({ length: 4 }, () => opened(t, edge)))
  const answers = busy.map((socket) => answered(socket, '/articles'))
  await until(() => edge.calls.length === 4)
  const refused = await opened(t, edge)
  refused.resume()
  await once(refused, 'close')
  let_()
  assert.deepEqual(await Promise.all(answers), ['200', '200', '200', '200'])
})

test('a proxy that is trusted has as many connections as there are', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), {
    trustedProxies: ['127.0.0.1'],
    limits: { connections: 100, connectionsOfOne: 2 },
  })
  const sockets = await Promise.all(Array.from({ length: 10 }, () => opened(t, edge)))
  for (const socket of sockets) assert.equal(await answered(socket), '200')
})

test('more to do than can be done is refused before anything is done, and health answers', async (t) => {
  const { promise: gate, resolve: let_ } = Promise.withResolvers<void>()
  let asked = 0
  const edge = await startEdge(
    t,
    async () => {
      await gate
      return jsonOutcome('{}')
    },
    {
      limits: { atOnce: 3 },
      authenticate: async () => {
        asked++
        return { id: 'jane' }
      },
    },
  )
  const first = Array.from({ length: 3 }, () => edge.fetch('/articles'))
  await until(() => edge.calls.length === 3)
  const refused = await edge.fetch('/articles', {
    method: 'POST',
    body: '{"title":"x"}',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer good' },
  })
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
  assert.equal(JSON.parse(await refused.text()).code, 'unavailable')
  assert.deepEqual([edge.calls.length, asked], [3, 0], 'nobody asked who it was, and nothing ran')
  for (const path of ['/health/live', '/health/ready']) assert.equal((await edge.fetch(path)).status, 200, path)
  let_()
  for (const answer of await Promise.all(first)) assert.equal(answer.status, 200)
  assert.equal((await edge.fetch('/articles')).status, 200, 'and it is over at once')
})

test('a body that does not come keeps nobody else from being answered', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { limits: { atOnce: 2, stopTime: 50 } })
  const head =
    'POST /articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
  for (let n = 0; n < 10; n++) (await opened(t, edge)).write(head)
  assert.equal((await edge.fetch('/articles')).status, 200)
})

test('a body may take its time as long as it comes, and no longer', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { limits: { requestTime: 300, readRate: 100 } })
  const head = 'POST /articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\n'
  const body = `{"title":"${'x'.repeat(989)}"}`
  const slow = await opened(t, edge)
  slow.write(`${head}Content-Length: ${body.length}\r\n\r\n`)
  const answer = once(slow, 'data') as Promise<[Buffer]>
  // Each part brings the time for the next one.
  for (let at = 0; at < body.length; at += 100) {
    slow.write(body.slice(at, at + 100))
    await sleep(100)
  }
  assert.match((await answer)[0].toString('latin1'), /^HTTP\/1\.1 200/)
  const stopped = await opened(t, edge)
  stopped.write(`${head}Content-Length: 100\r\n\r\n{`)
  const [refused] = (await once(stopped, 'data')) as [Buffer]
  assert.match(refused.toString('latin1'), /^HTTP\/1\.1 408 /)
  assert.equal(edge.calls.length, 1)
})

test('of bodies and answers no more is kept than there is room for: who has kept others waiting longest goes', async (t) => {
  const edge = await startEdge(t, () => jsonOutcome('{}'), { limits: { held: 200_000, bytes: 150_000 } })
  const head =
    'POST /articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\nContent-Length: 120000\r\n\r\n'
  const slow = await opened(t, edge)
  slow.resume()
  slow.write(`${head}{"title":"${'x'.repeat(100_000)}`)
  await sleep(50)
  const fast = await opened(t, edge)
  fast.write(`${head}{"title":"${'x'.repeat(119_988)}"}`)
  const [[answer]] = (await Promise.all([once(fast, 'data'), new Promise((ended) => slow.once('close', ended))])) as [
    [Buffer],
    unknown,
  ]
  assert.match(answer.toString('latin1'), /^HTTP\/1\.1 200/)
  assert.equal(edge.calls.length, 1)
})

test('whoever does not take an answer is not waited for', async (t) => {
  const text = JSON.stringify({ text: 'x'.repeat(16_000_000) })
  const edge = await startEdge(t, () => jsonOutcome(text), { limits: { stallTime: 200, readRate: 100_000_000 } })
  const accepted = once(edge.server.fastify.server, 'connection') as Promise<[Socket]>
  const slow = await opened(t, edge)
  const [socket] = await accepted
  slow.pause()
  slow.write(get('/articles'))
  const reader = edge.fetch('/articles').then((answer) => answer.text())
  await once(socket, 'close')
  assert.equal((await reader).length, text.length)
})

test('requests that are sent in heaps on one connection end it, and what was begun for them', async (t) => {
  const hanging: Parameters<typeof startEdge>[1] = ({ signal }) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('gone'))))
  const edge = await startEdge(t, hanging, { limits: { pipelined: 8 } })
  const heap = await opened(t, edge)
  heap.resume()
  heap.write(get('/articles').repeat(500))
  await new Promise((ended) => heap.once('close', ended))
  assert.ok(edge.calls.length <= 9, `${edge.calls.length} were begun`)
  await until(() => edge.calls.every(({ signal }) => signal?.aborted))
  assert.equal((await edge.fetch('/health/live')).status, 200)
})

test('a process that is late lets a few in and refuses a crowd', () => {
  let late = 0
  const flights = createFlights(
    { atOnce: 160, held: 1_000, lateness: 1_000, requestTime: 1_000, readRate: 1_000 },
    () => late,
  )
  const socket = connect({ port: 1, host: '127.0.0.1' }).on('error', () => {})
  const all = Array.from({ length: 11 }, () => flights.begin(socket))
  flights.admit()
  late = 1_500
  assert.throws(
    () => flights.admit(),
    (thrown) => isProblem(thrown) && thrown.code === 'unavailable',
  )
  const [first] = all
  if (first) flights.wait(first)
  flights.admit()
  for (const flight of all) flights.end(flight)
  flights.admit()
  socket.destroy()
})
