import assert from 'node:assert/strict'
import { connect } from 'node:net'
import fc from 'fast-check'
import { preferred } from '../../src/engine/accept.ts'
import { docs } from '../../src/surface/docs/surface.ts'
import { ifMatchOf, isKnown } from '../../src/surface/http/answer/entity-tag.ts'
import { createPeers } from '../../src/surface/http/edge/peers.ts'
import { cookieOf } from '../../src/surface/http/request/cookie.ts'
import { parseJson } from '../../src/surface/http/request/json-text.ts'
import { isMediaType } from '../../src/surface/http/request/media-type.ts'
import { parseQuery } from '../../src/surface/http/request/query-string.ts'
import { idempotencyKeyOf, prefersMinimal } from '../../src/surface/http/request/request-headers.ts'
import { checkTarget } from '../../src/surface/http/request/request-target.ts'
import { createHttpServer } from '../../src/surface/http/server.ts'
import { traceOf } from '../../src/surface/http/trace.ts'
import { openapi } from '../../src/surface/openapi/surface.ts'
import { rest } from '../../src/surface/rest/rest.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { raw } from './support/raw.ts'
import { assertNoLeak, onBothStores, type Siege, test } from './support/siege.ts'

/** The edge: who is believed, who is answered, and what two readers may not read differently. */

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

/** Bytes from an address of this machine that is, or is not, a proxy's. */
const from = (siege: Siege, localAddress: string, head: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port: siege.port, host: '127.0.0.1', localAddress }, () => socket.write(head, 'latin1'))
    let text = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
const near = '127.0.0.1'
const proxy = '127.0.0.2'
const several = process.platform === 'linux' ? false : 'one machine has several addresses on Linux alone'
const origin = 'https://vault.example'

await onBothStores(
  'the edge, behind a proxy',
  (siege) => {
    const head = (line: string, ...lines: readonly string[]) =>
      `${[`${line} HTTP/1.1`, 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`

    test('class 55: from whoever is no proxy, what only a proxy may say changes nothing', {
      skip: several,
    }, async () => {
      const own = 'Host: vault.example'
      const plain = await from(siege(), near, head('GET /notes', own))
      assert.match(plain, /^HTTP\/1\.1 200/)
      for (const lines of [
        ['X-Forwarded-Proto: http'],
        ['X-Forwarded-Host: evil.example'],
        ['X-Forwarded-For: 127.0.0.2', 'X-Forwarded-Proto: http'],
        ['X-Forwarded-For: ::ffff:127.0.0.2'],
        ['Forwarded: for=127.0.0.2;host=evil.example;proto=http'],
      ]) {
        const answer = await from(siege(), near, head('GET /notes', own, ...lines))
        assert.match(answer, /^HTTP\/1\.1 200/, lines.join())
        assert.match(answer, /strict-transport-security: max-age=31536000/i, lines.join())
        assert.doesNotMatch(answer, /evil/)
      }
      assert.equal(
        statusOf(
          await from(siege(), near, head('GET /notes', 'Host: evil.example', 'X-Forwarded-Host: vault.example')),
        ),
        421,
      )
      assert.equal(
        statusOf(await from(siege(), proxy, head('GET /notes', 'Host: inside', 'X-Forwarded-Host: vault.example'))),
        200,
      )
      assert.equal(
        statusOf(await from(siege(), proxy, head('GET /notes', own, 'X-Forwarded-Host: vault.example, evil.example'))),
        421,
      )
      assert.doesNotMatch(
        await from(siege(), proxy, head('GET /notes', own, 'X-Forwarded-Proto: https, http')),
        /strict-transport/i,
      )
    })

    test('class 56: no host that a request names gets into what is answered, and a foreign one is answered nothing', async () => {
      const earlier = await siege().everything()
      for (const host of [
        'evil.example',
        'vault.example.evil.example',
        'vault.example@evil.example',
        'evil.example:443',
        '',
      ]) {
        for (const line of ['GET /notes', 'POST /auth/register', 'GET /openapi.json', 'GET /docs', 'GET /nothing']) {
          const answer = await siege().raw(head(line, `Host: ${host}`))
          assert.equal(statusOf(answer), 421, `${line} at ${host}`)
          assert.doesNotMatch(answer, /evil/)
        }
      }
      assert.equal(statusOf(await siege().raw(head('GET http://evil.example/notes', 'Host: vault.example'))), 421)
      assert.equal(await siege().everything(), earlier)
    })

    test('class 57: a header that names somebody is nobody, in every spelling', { skip: several }, async () => {
      const { ids, tokens } = siege()
      const names = [
        'User',
        'Remote-User',
        'X-User',
        'X-User-Id',
        'X-Forwarded-User',
        'X-Auth-Request-User',
        'X-Actor',
        'X-Role',
        'X-Tenant',
        'X-Authenticated-User',
        'X-Original-Url',
        'X-Rewrite-Url',
        'X-Authorization',
        'Proxy-Authorization',
      ]
      const spellings = (name: string) => [
        name,
        name.replaceAll('-', '_'),
        name.toUpperCase(),
        name.toLowerCase(),
        name.replaceAll('-', '.'),
        `HTTP_${name.replaceAll('-', '_').toUpperCase()}`,
      ]
      const values = [ids.ada, 'ada', 'ada.canary@example.com', `Bearer ${tokens.ada}`, 'admin', '/auth/me']
      const earlier = await siege().everything()
      for (const name of names)
        for (const spelling of spellings(name))
          for (const address of [near, proxy]) {
            const lines = values.map((value) => `${spelling}: ${value}`)
            const answer = await from(siege(), address, head('GET /auth/me', 'Host: vault.example', ...lines))
            assert.equal(statusOf(answer), 401, spelling)
            assertNoLeak(answer, spelling)
          }
      for (const spelling of [
        'Authorisation',
        'Authorization_',
        'X-Authorization',
        'HTTP_AUTHORIZATION',
        'Authorization.',
      ])
        assert.equal(
          statusOf(await siege().raw(head('GET /auth/me', 'Host: localhost', `${spelling}: Bearer ${tokens.ada}`))),
          401,
        )
      assert.equal(await siege().everything(), earlier)
    })

    test('class 58: whoever asks, by whatever credential, each answer says what it depends on, and one tag is good for one body', async () => {
      const { backend, things } = siege()
      const paths = Object.values(backend.manifest.operations).flatMap(({ http }) =>
        http?.method === 'GET'
          ? [
              http.path
                .replace(/:id\b/, String(things.open))
                .replace(/:title\b/, 'open')
                .replace(/:\w+/g, 'x'),
            ]
          : [],
      )
      assert.ok(paths.length > 6)
      for (const path of [...new Set(paths)]) {
        const told = new Map<string, string>()
        for (const as of ['ada', 'bob', undefined] as const) {
          const answer = await siege().ask('GET', path, { as })
          assert.match(answer.headers.get('vary') ?? '', /\bAuthorization\b/, path)
          assert.match(
            answer.headers.get('cache-control') ?? '',
            answer.status === 200 ? /private|no-store/ : /^no-store$/,
            path,
          )
          const etag = answer.headers.get('etag')
          if (answer.status !== 200 || etag === null) continue
          assert.equal(told.get(etag) ?? answer.text, answer.text, `${path}: one tag for two bodies`)
          told.set(etag, answer.text)
          for (const [other, text] of told) {
            const again = await siege().ask('GET', path, { as, headers: { 'If-None-Match': other } })
            assert.equal(again.status, text === answer.text ? 304 : 200, `${path} as ${as}`)
            for (const name of ['vary', 'cache-control'])
              assert.equal(again.headers.get(name), answer.headers.get(name), path)
          }
        }
      }
    })

    test('class 62: no bytes that could be two requests to somebody else are one request here', async () => {
      const { tokens } = siege()
      const smuggled = `DELETE /notes/${siege().things.bobs} HTTP/1.1\r\nHost: vault.example\r\nAuthorization: Bearer ${tokens.bob}\r\n\r\n`
      const bob = `Host: vault.example\r\nAuthorization: Bearer ${tokens.bob}\r\nContent-Type: application/json\r\n`
      const earlier = await siege().everything()
      for (const lines of [
        `Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
        `Content-Length: 2, 2\r\n\r\n{}`,
        `Content-Length: 0x2\r\n\r\n{}`,
        `Content-Length: -2\r\n\r\n{}`,
        `Content-Length: 02e0\r\n\r\n{}`,
        `Content-Length:\r\n\r\n{}`,
        `Content-Length: 99999999999999999999\r\n\r\n{}`,
        `Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        `Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n`,
        `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
        `Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}`,
        `Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
        `Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`,
        `Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`,
        `Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n`,
        `Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n`,
        `Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n`,
        `Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n`,
        `Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n`,
        `Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n`,
        `X: a\nContent-Length: 2\r\n\r\n{}`,
        `\x00X: a\r\n\r\n`,
        `: a\r\n\r\n`,
      ]) {
        const answer = await siege().raw(`POST /pages HTTP/1.1\r\n${bob}${lines}${smuggled}`)
        assert.ok(
          statusOf(answer) >= 400 && statusOf(answer) < 500,
          `${JSON.stringify(lines)}: ${answer.slice(0, 100)}`,
        )
        assert.equal(answer.match(/HTTP\/1\.1 \d{3}/g)?.length, 1, JSON.stringify(lines))
      }
      assert.equal(await siege().everything(), earlier)
    })

    test('class 103: whatever stands in headers, nothing fails and nobody is let in', async () => {
      const { ids } = siege()
      const value = fc.oneof(
        fc.string({ unit: 'binary-ascii', maxLength: 80 }),
        fc.string({ maxLength: 40 }),
        fc.constantFrom(
          '%',
          '%zz',
          '"',
          'Bearer',
          'Bearer a.b.c',
          '{}',
          '[object Object]',
          '__proto__',
          'a=;b',
          '\u00ff',
          '0/0',
        ),
      )
      const name = fc.constantFrom(
        'Authorization',
        'Cookie',
        'Accept',
        'If-None-Match',
        'If-Match',
        'Prefer',
        'Idempotency-Key',
        'traceparent',
        'tracestate',
        'X-Request-Id',
        'Origin',
        'Bede-Consistency',
        'Accept-Language',
        'Accept-Encoding',
        'Range',
        'User-Agent',
        'Content-Type',
        'Content-Encoding',
        'Expect',
        'TE',
        'Via',
        '__proto__',
        'constructor',
      )
      const safe = (text: string) => text.replace(/[\r\n\0]/g, ' ')
      const earlier = await siege().everything()
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 6 }), async (headers) => {
          const lines = headers.map(([one, text]) => `${one}: ${safe(text)}`)
          const answer = await siege().raw(head('GET /auth/me', 'Host: vault.example', ...lines))
          assert.ok(statusOf(answer) >= 400 && statusOf(answer) < 500, `${lines.join('\n')}\n${answer}`)
          assert.ok(!answer.includes(ids.ada))
        }),
        { numRuns: 60 },
      )
      assert.equal(await siege().everything(), earlier)
    })

    test('class 127: 100 kB of what is hard to read, in every place that is read, takes the process less than 50 ms', async () => {
      const long = 100_000
      const hard = [
        'a'.repeat(long),
        ' '.repeat(long),
        `${'a'.repeat(long)}!`,
        ','.repeat(long),
        ';'.repeat(long),
        '='.repeat(long),
        '"'.repeat(long),
        '\\'.repeat(long),
        '%'.repeat(long),
        '%25'.repeat(long / 3),
        '+'.repeat(long),
        '/'.repeat(long),
        '../'.repeat(long / 3),
        'a@'.repeat(long / 2),
        'a.'.repeat(long / 2),
        'a,b;q=0.1,'.repeat(long / 10),
        '"a",'.repeat(long / 4),
        '[{'.repeat(long / 2),
        '{"a":'.repeat(long / 5),
        '1'.repeat(long),
        '-'.repeat(long),
        '\u0130'.repeat(long),
        'a=b; '.repeat(long / 5),
        '0'.repeat(long),
        '(a+)+'.repeat(long / 5),
        'x-x'.repeat(long / 3),
      ]
      const peers = createPeers(['127.0.0.2'])
      const request = (text: string) =>
        ({
          socket: { remoteAddress: '127.0.0.2' },
          headers: { 'x-forwarded-for': text, 'x-forwarded-proto': text, 'x-forwarded-host': text },
        }) as unknown as Parameters<typeof peers.addressOf>[0]
      const readers: Readonly<Record<string, (text: string) => unknown>> = {
        Accept: (text) => preferred(text, ['application/json']),
        'Content-Type': (text) => isMediaType(text, 'application/json'),
        Cookie: (text) => cookieOf(text, 'a'),
        'If-Match': (text) => ifMatchOf(text),
        'If-None-Match': (text) => isKnown(text, '"a"'),
        'Idempotency-Key': (text) => idempotencyKeyOf(text),
        Prefer: (text) => prefersMinimal(text),
        traceparent: (text) => traceOf(text, text),
        'X-Forwarded-For': (text) => peers.addressOf(request(text)),
        'X-Forwarded-Proto': (text) => peers.secureOf(request(text)),
        target: (text) => checkTarget(text, long),
        query: (text) => parseQuery(text, 100),
        'query of pairs': (text) => parseQuery(text.replaceAll(',', '&'), 100),
        body: (text) => parseJson(text, { depth: 32, values: 10_000 }),
        'text in a body': (text) => parseJson(JSON.stringify({ [text]: text }), { depth: 32, values: 10_000 }),
      }
      for (const [name, read] of Object.entries(readers))
        for (const text of hard)
          assert.ok(leastOf(() => attempt(() => read(text))) < 50, `${name}: ${text.slice(0, 20)}`)
      const { things } = siege()
      const earlier = await siege().everything()
      for (const text of hard) {
        const title = JSON.stringify(text)
        for (const [method, path, body] of [
          ['POST', '/notes', `{"title":${title},"body":${title},"settings":{"a":${title}}}`],
          ['PATCH', `/notes/${things.bobs}`, `{"title":${title}}`],
          ['POST', '/auth/register', `{"email":${title},"password":${title},"handle":${title}}`],
          ['POST', '/auth/sign-in', `{"email":${title},"password":${title}}`],
        ] as const) {
          const answer = await siege().ask(method, path, {
            as: 'bob',
            body,
            headers: { 'Content-Type': 'application/json' },
          })
          assert.ok([400, 413, 422].includes(answer.status), `${method} ${path}: ${answer.status}`)
        }
      }
      assert.equal(await siege().everything(), earlier)
    })

    test('class 133: every page has its opener policy, and no answer goes without what keeps a browser from guessing', async () => {
      const { things } = siege()
      for (const [method, path] of [
        ['GET', '/docs'],
        ['GET', '/openapi.json'],
        ['GET', '/notes'],
        ['GET', `/notes/${things.open}`],
        ['GET', '/nothing'],
        ['POST', '/notes'],
        ['OPTIONS', '/notes'],
        ['GET', '/api/download?name=x'],
        ['GET', '/health/live'],
        ['TRACE', '/notes'],
      ] as const) {
        const answer = await siege().raw(head(`${method} ${path}`, 'Host: vault.example'))
        for (const line of [
          /\r\ncross-origin-opener-policy: same-origin\r\n/i,
          /\r\ncross-origin-resource-policy: same-origin\r\n/i,
          /\r\nx-content-type-options: nosniff\r\n/i,
          /\r\nx-frame-options: DENY\r\n/i,
          /\r\nreferrer-policy: no-referrer\r\n/i,
          /\r\nstrict-transport-security: max-age=31536000\r\n/i,
          /\r\ncontent-security-policy: default-src 'none';[^\r]*frame-ancestors 'none'/i,
        ])
          assert.match(answer, line, `${method} ${path}`)
        assert.doesNotMatch(answer, /unsafe-inline|unsafe-eval|\r\n(?:server|x-powered-by):/i, `${method} ${path}`)
      }
    })

    test('class 131: no page of another site and no name that was made to mean this machine gets anything', async () => {
      const { tokens, backend } = siege()
      const { manifest, engine, authenticate } = backend
      const server = createHttpServer({ name: 'vault', port: 0, development: true, authenticate })
      for (const surface of [rest, openapi, docs]) surface.mount(manifest, engine, server)
      const { port } = await server.listen()
      const earlier = await siege().everything()
      for (const [method, path, body] of [
        ['GET', '/notes', ''],
        ['GET', '/docs', ''],
        ['GET', '/openapi.json', ''],
        ['POST', '/notes', '{"title":"planted"}'],
        ['OPTIONS', '/notes', ''],
      ] as const)
        for (const [host, page, status] of [
          ['evil.example', undefined, 421],
          [`evil.example:${port}`, 'http://evil.example', 421],
          ['127.0.0.1.evil.example', undefined, 421],
          [`127.0.0.1:${port}`, 'https://evil.example', 403],
          [`127.0.0.1:${port}`, 'null', 403],
          [`localhost:${port}`, 'http://localhost.evil.example', 403],
        ] as const) {
          const lines = [
            `${method} ${path} HTTP/1.1`,
            `Host: ${host}`,
            'Connection: close',
            ...(page === undefined ? [] : [`Origin: ${page}`]),
            `Authorization: Bearer ${tokens.bob}`,
            ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
          ]
          const answer = await raw(port, `${lines.join('\r\n')}\r\n\r\n${body}`)
          assert.equal(statusOf(answer), status, `${method} ${path} at ${host} from ${page}`)
          assert.doesNotMatch(answer, /access-control-allow/i)
        }
      await server.close()
      assert.equal(await siege().everything(), earlier)
    })
  },
  { http: { origin, trustedProxies: [proxy] } },
)

/** What was thrown is a refusal. */
function attempt(read: () => unknown): void {
  try {
    read()
  } catch (thrown) {
    if (!isProblem(thrown)) throw thrown
  }
}

/** The least processor time of this thread that something takes, in milliseconds, whatever else the machine does. */
function leastOf(work: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let n = 0; n < 20 && least >= 50; n++) {
    const begun = process.threadCpuUsage()
    work()
    const { user, system } = process.threadCpuUsage(begun)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}
