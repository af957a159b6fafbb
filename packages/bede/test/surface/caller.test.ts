import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { Stop } from '../../src/store/stop.ts'
import type { HttpOptions } from '../../src/surface/http/options.ts'
import { type Caller, createCaller } from '../../src/surface/http/request/caller.ts'
import { isProblem, Problem } from '../../src/telemetry/problem.ts'

const cookie: NonNullable<HttpOptions['cookie']> = {
  name: '__Host-app',
  cleared: '__Host-app=; Max-Age=0',
  authenticate: async (value) => (value === 'good' ? { id: 'ada' } : null),
}

/** Who asks, or the code of the refusal. */
async function asks(caller: Caller, headers: IncomingMessage['headers'], method = 'POST') {
  const lines: Record<string, string> = {}
  try {
    const request = { method, headers: { host: 'app.example', ...headers } } as IncomingMessage
    return [(await caller(request, new Stop(), lines))?.id ?? null, lines]
  } catch (error) {
    if (!isProblem(error)) throw error
    return [error.code, lines]
  }
}
const good = { cookie: 'a=b; __Host-app=good' }

test('a page may act with a session in a cookie where it is of this origin, or of one that is named with credentials', async () => {
  const origins = ['https://admin.example']
  const named = createCaller({ cookie, cors: { origins, credentials: true } })
  const readable = createCaller({ cookie, cors: { origins } })
  const plain = createCaller({ cookie })
  for (const [caller, headers, who] of [
    [plain, { origin: 'https://app.example' }, 'ada'],
    [plain, { origin: 'http://app.example' }, 'ada'],
    [plain, { origin: 'https://admin.example' }, 'cross-site'],
    [plain, {}, 'cross-site'],
    [named, { origin: 'https://admin.example' }, 'ada'],
    [named, { origin: 'https://admin.example', 'sec-fetch-site': 'cross-site' }, 'ada'],
    [named, { origin: 'https://admin.example.evil' }, 'cross-site'],
    [readable, { origin: 'https://admin.example' }, 'cross-site'],
    [readable, { origin: 'https://app.example', 'sec-fetch-site': 'same-origin' }, 'ada'],
    // A browser that says it is another site has looked at more than the host.
    [plain, { origin: 'http://app.example', 'sec-fetch-site': 'cross-site' }, 'cross-site'],
  ] as const)
    assert.deepEqual(await asks(caller, { ...good, ...headers }), [who, {}], JSON.stringify(headers))
})

test('what changes nothing is asked from anywhere', async () => {
  const caller = createCaller({ cookie })
  for (const method of ['GET', 'HEAD'])
    assert.deepEqual(await asks(caller, { ...good, origin: 'https://evil.example' }, method), ['ada', {}])
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'BREW'])
    assert.deepEqual(await asks(caller, { ...good, origin: 'https://evil.example' }, method), ['cross-site', {}])
})

test('where the origin is known, the host of a request says nothing', async () => {
  const caller = createCaller({ cookie, origin: 'https://app.example' })
  assert.deepEqual(await asks(caller, { ...good, host: 'evil.example', origin: 'https://evil.example' }), [
    'cross-site',
    {},
  ])
  assert.deepEqual(await asks(caller, { ...good, host: '127.0.0.1:3000', origin: 'https://app.example' }), ['ada', {}])
})

test('a cookie is taken away when it is nobody’s, and not when that cannot be found out', async () => {
  const taken = { 'Set-Cookie': '__Host-app=; Max-Age=0' }
  const own = { origin: 'https://app.example' }
  const caller = createCaller({ cookie })
  assert.deepEqual(await asks(caller, { ...own, cookie: '__Host-app=old' }), ['invalid-credential', taken])
  assert.deepEqual(await asks(caller, { ...own, cookie: '__Host-app=%' }), ['invalid-credential', taken])
  const down = createCaller({ cookie: { ...cookie, authenticate: () => Promise.reject(new Problem('unavailable')) } })
  assert.deepEqual(await asks(down, { ...own, ...good }), ['unavailable', {}])
})
