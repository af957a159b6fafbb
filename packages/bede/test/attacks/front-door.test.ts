import assert from 'node:assert/strict'
import { assertNoLeak, canaries, onBothStores, type Siege, test } from './support/siege.ts'

/** Section E of the attack classes: the HTTP front door. */

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
const request = (siege: Siege, line: string, headers: readonly string[] = [], body = '') =>
  siege.raw([line, 'Host: x', 'Connection: close', ...headers, '', body].join('\r\n'))

await onBothStores('the front door', (siege) => {
  test('class 52: no spelling of a path leads past the rule of its operation', async () => {
    const { things, ids } = siege()
    const bases = [`/pages/${things.page}`, `/notes/${things.draft}`, '/auth/me', '/api/account', '/pages']
    const spellings = (path: string): readonly string[] => {
      const [, first = '', second = ''] = path.split('/')
      const rest = second === '' ? '' : `/${second}`
      return [
        path,
        `/${path}`,
        `//${path}`,
        `${path}/`,
        `${path}//`,
        `/.${path}`,
        `/x/..${path}`,
        `/%2e${path}`,
        `/x/%2e%2e${path}`,
        `/${first.toUpperCase()}${rest}`,
        `/%${first.charCodeAt(0).toString(16)}${first.slice(1)}${rest}`,
        `/${first}%2f${second}`,
        `/${first}%5c${second}`,
        `/${first}\\${second}`,
        `${path};x=1`,
        `${path}%00`,
        `${path}%0a`,
        `${path}%20`,
        `${path}.json`,
        `${path}#x`,
        `${path}%23`,
        `${path}?`,
        `${path}%3f`,
        `http://x${path}`,
        `http://127.0.0.1:${siege().port}${path}`,
        `https://evil.example${path}`,
        `x${path}`,
        `*${path}`,
        `/${first}${rest}/../${first}${rest}`,
        `/%u002f${first}`,
        `/%c0%af${first}${rest}`,
        `/docs/..${path}`,
        `/health/live/..${path}`,
        `/openapi.json/..${path}`,
        `/health/live;${path}`,
      ]
    }
    const earlier = await siege().everything()
    for (const base of bases) {
      for (const path of spellings(base)) {
        for (const method of ['GET', 'HEAD', 'DELETE', 'PATCH', 'get', 'Get', 'X-GET']) {
          for (const credential of [[], [`Authorization: Bearer ${siege().tokens.bob}`]]) {
            if (method !== 'GET' && credential.length === 0 && base !== bases[0]) continue
            const answer = await request(siege(), `${method} ${path} HTTP/1.1`, credential)
            assertNoLeak(answer, `${method} ${path}`, credential.length > 0 ? ['bob.canary@example.com'] : [])
            assert.ok(!answer.includes(ids.ada), `${method} ${path}`)
            if (credential.length === 0)
              assert.ok(statusOf(answer) >= 400, `${method} ${path}: ${answer.slice(0, 200)}`)
          }
        }
      }
    }
    assert.equal(await siege().everything(), earlier)
  })

  test('class 53: every verb asks the rule of its operation, and HEAD no less than GET', async () => {
    const { things } = siege()
    const earlier = await siege().everything()
    for (const [, { http, auth }] of Object.entries(siege().backend.manifest.operations)) {
      if (http?.method !== 'GET') continue
      const path = http.path.replace(':id', String(things.page)).replace(':title', 'hidden%20draft')
      for (const as of [undefined, 'bob'] as const) {
        const [get, head] = [await siege().ask('GET', path, { as }), await siege().ask('HEAD', path, { as })]
        assert.deepEqual([head.status, head.text], [get.status, ''], path)
        assert.equal(head.headers.get('etag'), get.headers.get('etag'), path)
        if (auth === 'required' && as === undefined) assert.equal(head.status, 401)
      }
    }
    for (const method of [
      'OPTIONS',
      'TRACE',
      'TRACK',
      'CONNECT',
      'PROPFIND',
      'PURGE',
      'DEBUG',
      'LINK',
      'get',
      'head',
      'delete',
    ]) {
      for (const path of [`/pages/${things.page}`, `/notes/${things.draft}`, '/auth/me', '/batch', '/auth/sign-in']) {
        const answer = await request(siege(), `${method} ${path} HTTP/1.1`, [
          `Authorization: Bearer ${siege().tokens.bob}`,
          'Origin: https://evil.example',
        ])
        assert.ok(
          method === 'OPTIONS' ? statusOf(answer) === 204 : !(statusOf(answer) < 400),
          `${method} ${path}: ${answer.slice(0, 80)}`,
        )
        assertNoLeak(answer, `${method} ${path}`)
        assert.ok(!answer.includes(siege().tokens.bob), 'nothing is echoed')
      }
    }
    for (const override of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method'])
      for (const method of ['GET', 'POST']) {
        const answer = await siege().ask(method, `/notes/${things.bobs}`, {
          as: 'bob',
          headers: { [override]: 'DELETE' },
        })
        assert.equal(answer.status, method === 'GET' ? 200 : 405)
      }
    assert.equal(await siege().everything(), earlier)
  })

  test('class 54: a body of an unclear type is read by nobody, on every write', async () => {
    const types = [
      '',
      'text/plain',
      'application/jsonx',
      'application/json\t',
      ' application/json; charset=utf-16',
      'application/json;charset=utf-7',
      'application/json, text/plain',
      'text/json',
      'application/json;x',
      'application/json a',
      'application/json;boundary=x',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      'application/vnd.api+json',
      'application/json\u00a0',
      'application/problem+json',
      '*/*',
      'application/*',
      'APPLICATION/JSON;CHARSET="utf-8";q=1',
      'application/json;charset=utf-8;charset=utf-16',
      'application/json/',
      '/json',
      'application/graphql',
    ]
    const lenient = /^\s*application\/json\s*$/i
    const writes = Object.entries(siege().backend.manifest.operations).filter(
      ([, { http }]) => http?.body !== undefined,
    )
    assert.ok(writes.length > 12)
    const body = '{"title":"typed","body":"x","name":"x","bio":"x","items":[{"title":"typed"}],"ids":[1]}'
    const earlier = await siege().everything()
    for (const [name, { http }] of writes) {
      const path = http?.path.replace(':id', String(siege().things.bobs)) ?? ''
      for (const type of types) {
        if (lenient.test(type)) continue
        const answer = await request(
          siege(),
          `${http?.method} ${path} HTTP/1.1`,
          [
            `Authorization: Bearer ${siege().tokens.bob}`,
            ...(type === '' ? [] : [`Content-Type: ${type}`]),
            `Content-Length: ${body.length}`,
          ],
          body,
        )
        assert.equal(statusOf(answer), 415, `${name} ${type}: ${answer.slice(0, 300)}`)
      }
      const twice = await request(
        siege(),
        `${http?.method} ${path} HTTP/1.1`,
        [
          `Authorization: Bearer ${siege().tokens.bob}`,
          'Content-Type: application/json',
          'Content-Type: text/plain',
          `Content-Length: ${body.length}`,
        ],
        body,
      )
      assert.ok([400, 415].includes(statusOf(twice)), twice.slice(0, 200))
      const coded = await request(
        siege(),
        `${http?.method} ${path} HTTP/1.1`,
        [
          `Authorization: Bearer ${siege().tokens.bob}`,
          'Content-Type: application/json',
          'Content-Encoding: gzip',
          `Content-Length: ${body.length}`,
        ],
        body,
      )
      assert.equal(statusOf(coded), 415)
      // A merge patch is a patch and nothing else.
      if (http?.method !== 'PATCH')
        await siege().refused(415, http?.method ?? '', path, {
          as: 'bob',
          body,
          headers: { 'Content-Type': 'application/merge-patch+json' },
        })
    }
    for (const bytes of [
      '\u00ff\u00fe{}',
      '\u00ef\u00bb\u00bf{"title":"bom"}',
      '{"title":"\u00c0\u0080"}',
      '{"title":"\u00ed\u00a0\u0080"}',
    ]) {
      const answer = await request(
        siege(),
        'POST /pages HTTP/1.1',
        [
          `Authorization: Bearer ${siege().tokens.bob}`,
          'Content-Type: application/json',
          `Content-Length: ${bytes.length}`,
        ],
        bytes,
      )
      assert.equal(statusOf(answer), 400, answer.slice(0, 300))
    }
    assert.equal(await siege().everything(), earlier)
  })

  test('class 58: what one was shown, no cache and no condition shows another', async () => {
    const { things } = siege()
    for (const path of [
      '/auth/me',
      '/api/account',
      '/pages',
      `/pages/${things.page}`,
      '/notes',
      `/notes/${things.draft}`,
      '/openapi.json',
    ]) {
      const mine = await siege().ask('GET', path, { as: 'ada' })
      assert.equal(mine.status, 200)
      const vary = mine.headers.get('vary') ?? ''
      assert.match(vary, /Authorization/, path)
      if (path !== '/openapi.json') assert.match(mine.headers.get('cache-control') ?? '', /private|no-store/, path)
      for (const as of ['bob', undefined] as const) {
        for (const tag of [mine.headers.get('etag') ?? '', '*', `W/${mine.headers.get('etag')}`]) {
          const theirs = await siege().ask('GET', path, { as, headers: { 'If-None-Match': tag } })
          if (path === '/openapi.json') continue
          // `*` asks whether there is anything that they may see; the tag of another must not match.
          if (tag !== '*') assert.notEqual(theirs.status, 304, `${path} as ${as}`)
          assertNoLeak(theirs.text, path, ['bob.canary@example.com'])
        }
      }
    }
    for (const status of [401, 404] as const) {
      const refused = await siege().refused(status, 'GET', status === 401 ? '/pages' : `/notes/${things.draft}`)
      assert.equal(refused.headers.get('cache-control'), 'no-store')
    }
  })

  test('class 60: nothing that is sent becomes a header line of the answer', async () => {
    const evil = [
      'a\r\nSet-Cookie: stolen=1',
      'a\nSet-Cookie: stolen=1',
      'a\rSet-Cookie: stolen=1',
      'a\u0000b',
      'a\u0085Set-Cookie: stolen=1',
      'a\u2028Set-Cookie: stolen=1',
      'a"; Set-Cookie: stolen=1',
      '..\\..\\x',
      '../../etc/passwd',
      '嘊嘍Set-Cookie: stolen=1',
      'a\u007f',
      'ü".txt',
    ]
    for (const value of evil) {
      for (const path of [
        `/api/download?name=${encodeURIComponent(value)}`,
        `/api/echo?value=${encodeURIComponent(value)}`,
        `/notes?title=${encodeURIComponent(value)}&limit=1`,
        `/notes/${encodeURIComponent(value)}`,
      ]) {
        const answer = await request(siege(), `GET ${path} HTTP/1.1`)
        const [head = ''] = answer.split('\r\n\r\n')
        assert.doesNotMatch(head, /^(set-cookie|stolen)/im, path)
        assert.ok(
          [...head.replaceAll('\r\n', '')].every((letter) => letter === '\t' || (letter >= ' ' && letter !== '\u007f')),
          path,
        )
        const disposition = /^content-disposition: (.*)$/im.exec(head)?.[1] ?? ''
        assert.doesNotMatch(disposition, /[\\/]/, 'a name and no path')
      }
    }
    const file = await siege().ask('GET', `/api/download?name=${encodeURIComponent('a "b"; c=d.txt')}`)
    assert.deepEqual([file.status, file.text, file.headers.get('content-length')], [200, 'a file', '6'])
    assert.equal(
      file.headers.get('content-disposition'),
      `attachment; filename="a _b__ c_d.txt"; filename*=UTF-8''a%20%22b%22%3B%20c%3Dd.txt`,
    )
    for (const header of [
      'X-Request-Id',
      'traceparent',
      'Origin',
      'Idempotency-Key',
      'Prefer',
      'If-Match',
      'Accept',
      'X-Forwarded-Host',
      'Forwarded',
      'Referer',
    ]) {
      for (const value of [
        'evil\u0000',
        'evil\u0001x',
        'evil evil',
        'evil\tSet-Cookie: stolen=1',
        'evil'.repeat(400),
        '"evil',
        'evil\u00ff',
      ]) {
        const answer = await request(siege(), 'GET /notes?limit=1 HTTP/1.1', [`${header}: ${value}`])
        const [head = ''] = answer.split('\r\n\r\n')
        assert.ok(!/evil|stolen/.test(head), `${header}: ${head}`)
      }
      const folded = await request(siege(), 'GET /notes?limit=1 HTTP/1.1', [`${header}: evil`, ' Set-Cookie: stolen=1'])
      assert.equal(statusOf(folded), 400, header)
    }
    const link = await siege().ask('GET', '/notes?limit=1&status=public')
    assert.doesNotMatch(link.headers.get('link') ?? '', /[\r\n<>].*[\r\n]/)
    assertNoLeak(link.text, 'the first page', [canaries.salary])
  })
})
