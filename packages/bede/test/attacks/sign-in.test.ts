import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { rememberedFor } from '../../src/identity/remembered-credentials.ts'
import { start } from '../../src/identity/start.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { emailOf, onBothStores, password, test } from './support/siege.ts'
import { vault } from './support/vault.ts'

/** Section G of the attack classes: tokens and sign-in. */

await onBothStores('sign-in', (siege) => {
  test('class 102: an unknown account and a wrong password are alike in status, headers, body and work', async () => {
    const attempt = async (email: string, secret: string) => {
      const before = siege().verified.length
      const answer = await siege().refused(401, 'POST', '/auth/sign-in', { json: { email, password: secret } })
      const headers = [...answer.headers].filter(
        ([name]) => !['x-request-id', 'traceparent', 'date', 'content-length'].includes(name),
      )
      return { body: { ...answer.json, requestId: '' }, headers, work: siege().verified.slice(before) }
    }
    const known = await attempt(emailOf('ada'), 'not her password')
    assert.equal(known.work.length, 1, 'one verification, of the cost that all have')
    for (const [email, secret] of [
      ['nobody@example.com', 'not her password'],
      ['nobody@example.com', password],
      [emailOf('ada').toUpperCase(), 'not her password'],
      [emailOf('bob'), 'x'],
      [emailOf('bob'), `${password} `],
      [emailOf('bob'), password.toUpperCase()],
    ] as const)
      assert.deepEqual(await attempt(email, secret), known, email)
    // Nothing else of the service tells who has an account: reading by handle does, and that is public here.
    await siege().refused([400, 422], 'GET', `/users?email=${encodeURIComponent(emailOf('ada'))}`)
    await siege().refused([400, 422], 'GET', '/users?email[startsWith]=a')
  })

  test('class 103: a credential that cannot be read is refused, on open routes too, and crashes nothing', async () => {
    const { ada } = siege().tokens
    const credentials = [
      'Bearer',
      'Bearer ',
      'Bearer  ',
      `Bearer  ${ada}`,
      `Bearer ${ada} x`,
      `Bearer ${ada},`,
      `Bearer ${ada}=`,
      `Bearer ${ada}%00`,
      `Bearer "${ada}"`,
      `Bearer ${ada.slice(0, -1)}`,
      `Bearer ${ada}${ada}`,
      'Bearer %',
      'Bearer %zz',
      'Bearer %c0%ae',
      'Bearer ..',
      'Bearer null',
      'Bearer undefined',
      'Bearer [object Object]',
      'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.',
      `Token ${ada}`,
      `Basic ${Buffer.from(`${emailOf('ada')}:${password}`).toString('base64')}`,
      'Basic %%%',
      'Digest x',
      'Negotiate',
      ada,
      `bearer:${ada}`,
      `Bearer\t${ada}x`,
      `Bearer ${'a'.repeat(8_000)}`,
      `Bearer ${'='.repeat(4_000)}`,
      "Bearer ' or 1=1--",
      'Bearer \u00ff\u00fe',
      '{}',
      ',',
      '=',
      ';',
    ]
    for (const Authorization of credentials) {
      for (const path of ['/notes', '/api/notes/open', '/auth/me', `/notes/${siege().things.draft}`]) {
        // An empty header says nothing, as none does.
        const status = Authorization.trim() === '' ? [200, 401, 404] : 401
        await siege().refused(status, 'GET', path, { headers: { Authorization } })
      }
    }
    const doubled = await siege().raw(
      `GET /notes HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${ada}\r\nAuthorization: Bearer ${siege().tokens.bob}\r\n\r\n`,
    )
    assert.match(doubled, /^HTTP\/1\.1 40[01]/)
    assert.equal(
      (await siege().ask('GET', '/auth/me', { headers: { Authorization: `bearer ${ada}` } })).status,
      200,
      'the name of a scheme is in any case',
    )
  })

  test('class 103: a setting that is missing or wrong refuses the start, and serves nothing half', async () => {
    const { url } = siege().store
    for (const options of [
      { database: url, mode: 'prod' },
      { database: url, mode: undefined },
      { database: url, mode: 'production', deadline: 0 },
      { database: url, mode: 'production', deadline: Number.NaN },
      { database: 'postgres://127.0.0.1:1/none', mode: 'production' },
      { database: 'mysql://x', mode: 'production' },
      { database: 'not an address', mode: 'production' },
    ])
      await assert.rejects(start(vault(), options as never), isProblem, JSON.stringify(options))
    await assert.rejects(
      start(
        { ...siege().backend, manifest: { ...siege().backend.manifest, version: 99 as never } },
        { database: url, mode: 'production' },
      ),
      isProblem,
    )
    // A server that was given nobody who knows credentials takes none for nobody's.
    const { createHttpServer } = await import('../../src/surface/http/server.ts')
    const { rest } = await import('../../src/surface/rest/rest.ts')
    const server = createHttpServer({ name: 'bare', port: 0 })
    rest.mount(siege().backend.manifest, siege().backend.engine, server)
    const { port } = await server.listen()
    try {
      for (const path of ['/notes', '/auth/me']) {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
          headers: { Authorization: `Bearer ${siege().tokens.ada}` },
        })
        assert.equal(answer.status, 401, await answer.text())
      }
    } finally {
      await server.close()
    }
  })

  test('class 103: a session of an account that is gone, or was ended, is nobody’s', async () => {
    const made = await siege().ask('POST', '/auth/register', {
      json: { email: 'gone.canary@example.com', password, handle: 'gone' },
    })
    const headers = { Authorization: `Bearer ${made.json.token}` }
    const { id } = (await siege().ask('GET', '/auth/me', { headers })).json
    await siege().rows(`delete from "user" where id = '${id}'`)
    await setTimeout(rememberedFor) // behind this process's back, as another one would
    for (const path of ['/auth/me', '/notes', '/pages']) await siege().refused(401, 'GET', path, { headers })
    await siege().refused(401, 'POST', '/pages', { headers, json: { title: 'of nobody' } })
    await siege().refused(401, 'POST', '/batch', { headers, json: { operations: [{ operation: 'note.list' }] } })
    const again = await siege().ask('POST', '/auth/sign-in', { json: { email: emailOf('bob'), password } })
    const bearer = { Authorization: `Bearer ${again.json.token}` }
    assert.equal((await siege().ask('POST', '/auth/sign-out', { headers: bearer })).status, 204)
    await siege().refused(401, 'GET', '/auth/me', { headers: bearer })
    await siege().refused(401, 'POST', '/auth/sign-out', { headers: bearer })
    assert.equal((await siege().ask('GET', '/auth/me', { as: 'bob' })).status, 200, 'the other session stays')
  })
})
