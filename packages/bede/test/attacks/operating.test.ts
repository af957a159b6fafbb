import assert from 'node:assert/strict'
import { createVersion } from '../../src/cli/serve/version.ts'
import { openStore } from '../../src/store/open.ts'
import { createHttpServer } from '../../src/surface/http/server.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { postgresUrl } from '../support/postgres.ts'
import { type Asked, onBothStores, test } from './support/siege.ts'
import { vault } from './support/vault.ts'

/** Section L of the attack classes: operating the thing. */

const foreign = [
  'https://evil.example',
  'null',
  'http://127.0.0.1',
  'https://app.example.evil.example',
  'https://evilapp.example',
  'http://app.example',
  'https://app.example:8443',
  'https://APP.example',
  'https://app.example/',
  'https://app.example.',
  ' https://app.example',
  'https://app.example https://evil.example',
  'file://',
  '*',
  'https://[::1]',
]
const preflight = (origin: string): Asked => ({
  headers: {
    Origin: origin,
    'Access-Control-Request-Method': 'DELETE',
    'Access-Control-Request-Headers': 'authorization,content-type',
  },
})

await onBothStores('operating, closed', (siege) => {
  test('class 132: a server listens to this machine alone until it is told otherwise', async () => {
    const address = siege().server.fastify.server.address()
    assert.equal(typeof address === 'object' && address?.address, '127.0.0.1')
    for (const host of [
      '0.0.0.0',
      '::',
      '192.0.2.1',
      '::ffff:0.0.0.0',
      'example.com',
      '0',
      '',
      '127.0.0.1.evil.example',
    ]) {
      assert.throws(() => createHttpServer({ name: 'x', host, port: 0, development: true }), isProblem, host)
      const url = siege().store.name === 'PGlite' ? 'memory://' : await postgresUrl()
      const driver = openStore(url ?? '')
      await assert.rejects(
        createVersion(vault(), { driver, address: { host, port: 0 }, log: silent, development: true, exposed: false }),
        isProblem,
        host,
      )
    }
    for (const [name, { http, auth }] of Object.entries(siege().backend.manifest.operations))
      if (http && auth === 'required')
        await siege()
          .refused(401, http.method, http.path.replace(/:\w+/, '1'), http.body === undefined ? {} : { json: {} })
          .catch((error: unknown) => assert.fail(`${name}: ${String(error)}`))
  })

  test('class 134: no origin is answered while none is named', async () => {
    for (const origin of [...foreign, 'https://app.example', `http://127.0.0.1:${siege().port}`]) {
      for (const path of ['/notes', '/auth/me', '/pages', '/openapi.json', '/docs', '/health/live', '/batch']) {
        for (const [method, asked] of [
          ['GET', { as: 'bob' as const, headers: { Origin: origin } }],
          ['OPTIONS', preflight(origin)],
        ] as const) {
          const answer = await siege().ask(method, path, asked)
          assert.deepEqual(
            [...answer.headers.keys()].filter((name) => name.startsWith('access-control-')),
            [],
            `${method} ${path} from ${origin}`,
          )
        }
      }
    }
  })
})

await onBothStores(
  'operating, with an origin named',
  (siege) => {
    test('class 134: the origin that is named is answered, letter by letter, and no other with credentials', async () => {
      for (const origin of foreign) {
        if (origin.trim() !== origin) continue // what surrounds a header's value is no part of it (RFC 9110 §5.5)
        for (const [method, asked] of [
          ['GET', { as: 'bob' as const, headers: { Origin: origin } }],
          ['OPTIONS', preflight(origin)],
        ] as const) {
          const answer = await siege().ask(method, '/pages', asked)
          assert.equal(answer.headers.get('access-control-allow-origin'), null, `${method} from ${origin}`)
          assert.equal(answer.headers.get('access-control-allow-credentials'), null, `${method} from ${origin}`)
          assert.match(answer.headers.get('vary') ?? '', /Origin/)
        }
      }
      const named = await siege().ask('GET', '/pages', { as: 'bob', headers: { Origin: 'https://app.example' } })
      assert.equal(named.headers.get('access-control-allow-origin'), 'https://app.example')
      assert.equal(named.headers.get('access-control-allow-credentials'), 'true')
      for (const origins of [
        ['*'],
        ['*', 'https://app.example'],
        ['https://*.example'],
        ['https://app.example/'],
        ['null'],
        ['app.example'],
        [''],
      ])
        assert.throws(
          () => createHttpServer({ name: 'x', port: 0, cors: { origins, credentials: true } }),
          isProblem,
          origins.join(),
        )
    })
  },
  { http: { cors: { origins: ['https://app.example'], credentials: true } } },
)
