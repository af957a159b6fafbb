import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { createPeers } from '../../src/surface/http/edge/peers.ts'
import { createProxyNotice } from '../../src/surface/http/edge/proxy-notice.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { jsonOutcome, startEdge } from './support/edge.ts'

/** Whoever runs the service hears that all who come through one address count as one. */

interface Line {
  readonly level: string
  readonly address?: string
  readonly setting?: string
}
const logger = () => {
  const lines: Line[] = []
  return { lines, log: createLogger({ write: (line) => lines.push(JSON.parse(line)) }) }
}
const asked = (remoteAddress: string, headers: IncomingMessage['headers']) =>
  ({ socket: { remoteAddress }, headers }) as IncomingMessage

test('a proxy that nobody has named is told of once, with the setting that names it', async (t) => {
  const { lines, log } = logger()
  const edge = await startEdge(t, () => jsonOutcome('{}'), { log })
  await edge.fetch('/articles')
  assert.equal(lines.length, 0, 'nobody says anything of callers')
  for (const headers of [{ 'X-Forwarded-For': '198.51.100.1' }, { Forwarded: 'for=198.51.100.2' }])
    for (let n = 0; n < 5; n++) await edge.fetch('/articles', { headers })
  await edge.fetch('/nowhere', { headers: { 'X-Forwarded-For': '198.51.100.1' } })
  assert.deepEqual(
    lines.map(({ level, address, setting }) => [level, address, setting]),
    [['warn', '127.0.0.1', 'BEDE_TRUSTED_PROXIES=127.0.0.1']],
  )
  assert.deepEqual(new Set(edge.calls.map(({ from }) => from?.address)), new Set(['127.0.0.1']))
})

test('a proxy that is named and writes the other header is told of too, and one that does as it should is not', async (t) => {
  for (const [proxyHeader, right, wrong] of [
    ['x-forwarded', { 'X-Forwarded-For': '198.51.100.1', Forwarded: 'for=1.2.3.4' }, { Forwarded: 'for=198.51.100.1' }],
    [
      'forwarded',
      { Forwarded: 'for=198.51.100.1', 'X-Forwarded-For': '1.2.3.4' },
      { 'X-Forwarded-For': '198.51.100.1' },
    ],
  ] as const) {
    const { lines, log } = logger()
    const edge = await startEdge(t, () => jsonOutcome('{}'), { log, proxyHeader, trustedProxies: ['127.0.0.1'] })
    await edge.fetch('/articles', { headers: right })
    await edge.fetch('/articles')
    assert.deepEqual(lines, [])
    await edge.fetch('/articles', { headers: wrong })
    await edge.fetch('/articles', { headers: wrong })
    const other = proxyHeader === 'forwarded' ? 'x-forwarded' : 'forwarded'
    assert.deepEqual(
      lines.map(({ level, setting }) => [level, setting]),
      [['warn', `BEDE_PROXY_HEADER=${other}`]],
    )
  }
})

test('nobody is told in development, where no caller is limited', async (t) => {
  const { lines, log } = logger()
  const edge = await startEdge(t, () => jsonOutcome('{}'), { log, development: true })
  await edge.fetch('/articles', { headers: { 'X-Forwarded-For': '198.51.100.1' } })
  assert.deepEqual(lines, [])
})

test('whoever writes the header from many addresses fills no log with it', () => {
  const { lines, log } = logger()
  let now = 0
  const notice = createProxyNotice(log, createPeers(), undefined, () => now)
  const from = (n: number) =>
    notice(asked(`198.51.${n >> 8}.${n & 255}`, { 'x-forwarded-for': '\n"}{'.repeat(n % 50) }))
  for (let n = 0; n < 1_000; n++) from(n)
  assert.equal(lines.length, 1, 'one at a time')
  for (let n = 0; n < 10_000; n++) {
    now += 10_000
    from(n)
  }
  assert.equal(lines.length, 50, 'and then no more')
  assert.ok(lines.every((line) => JSON.stringify(line).length < 400))
  notice(asked('', { forwarded: 'for=1.2.3.4' }))
})
