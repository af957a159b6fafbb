import assert from 'node:assert/strict'
import { bringing } from '../../src/engine/credential.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { bankOnBothStores, bearer, test } from './support/bank-siege.ts'
import { password } from './support/siege.ts'

/** What asks again who somebody is asks it on every way to it. */

const minutes = 60

await bankOnBothStores('step-up', (siege) => {
  const bill = async (token: string, title: string) => {
    const json = { title, items: [{ name: 'one' }, { name: 'two' }] }
    const made = await siege().ask('POST', '/bills', { headers: bearer(token), json })
    assert.equal(made.status, 201, made.text)
    const items = await siege().rows(`select id::text from item where bill_id = '${made.json.id}'`)
    return { id: String(made.json.id), items: items.map(([item]) => item ?? '') }
  }
  /** Every way to what is guarded, with its body. */
  const ways = ({ id, items }: { id: string; items: readonly string[] }) =>
    [
      ['POST', `/bills/${id}/pay`, {}],
      ['POST', `/pay-now/${id}`, {}],
      ['POST', `/checkout/${id}`, undefined],
      ['GET', `/secret-bills/${id}`, undefined],
      ['POST', '/batch', { operations: [{ operation: 'bill.list' }, { operation: 'pay', input: { id } }] }],
      ['POST', '/batch', { operations: [{ operation: 'payNow', input: { params: { id } } }] }],
      ['PATCH', `/bills/${id}`, { items: { delete: [items[0]] } }],
      ['DELETE', `/items/${items[1]}`, undefined],
      ['POST', '/bills/batch/delete', { ids: [id] }],
      ['DELETE', `/bills/${id}`, undefined],
      ['POST', '/auth/totp', undefined],
      ['DELETE', '/auth/totp', undefined],
      ['POST', '/auth/recovery-codes', undefined],
    ] as const

  test('class 29: whoever came in too long ago is asked again, on every way to what is guarded, and nothing happens', async () => {
    const token = await siege().signIn('bob')
    const headers = bearer(token)
    const things = await bill(token, 'first')
    siege().later(10 * minutes)
    assert.equal(
      (await siege().ask('POST', `/bills/${things.id}/pay`, { headers, json: {} })).json.paid,
      1,
      'just in time',
    )
    siege().later(1)
    for (const [method, path, json] of ways(things)) {
      const refused = await siege().refused(401, method, path, { headers, ...(json && { json }) })
      assert.equal(refused.json.code, 'step-up-required', `${method} ${path}`)
      assert.equal(refused.json.maxAge, 600)
      const asked = refused.headers.get('www-authenticate') ?? ''
      assert.match(asked, /error="insufficient_user_authentication"/)
      assert.match(asked, /max_age="600"/)
    }
    // What is not guarded goes on.
    assert.equal((await siege().ask('GET', `/bills/${things.id}`, { headers })).json.paid, 1)
    assert.equal(
      (await siege().ask('PATCH', `/bills/${things.id}`, { headers, json: { title: 'renamed' } })).status,
      200,
    )
  })

  test('the description of the API says of each guarded operation that it asks, and of no other', async () => {
    const { paths } = (await siege().ask('GET', '/openapi.json')).json
    const operations = Object.values(paths as object).flatMap((path) => Object.values(path as object))
    const asking = operations.flatMap(({ operationId, description = '' }) =>
      /no older than 600 seconds.*step-up-required/.test(description) ? [operationId] : [],
    )
    const guarded = Object.entries(siege().backend.manifest.operations).flatMap(([name, { stepUp, http }]) =>
      stepUp !== undefined && http ? [name] : [],
    )
    assert.deepEqual(asking.sort(), guarded.sort())
    assert.ok(guarded.includes('pay') && guarded.includes('auth.totp.remove') && guarded.includes('bill.deleteMany'))
  })

  test('class 29: a new proof opens every way, for its time, under another token', async () => {
    const before = await siege().signIn('bob')
    const things = await bill(before, 'second')
    siege().later(11 * minutes)
    const proven = await siege().ask('POST', '/auth/step-up', { headers: bearer(before), json: { password } })
    assert.equal(proven.status, 200, proven.text)
    assert.equal(proven.json.until, new Date(siege().time.now + 10 * minutes * 1000).toISOString())
    const headers = bearer(proven.json.token)
    assert.equal(
      (await siege().ask('GET', '/auth/me', { headers: bearer(before) })).status,
      401,
      'the one before is nothing',
    )
    for (const [method, path, json] of ways(things).slice(0, -2)) {
      if (path === '/bills/batch/delete') continue // it would take the last one's bill
      const done = await siege().ask(method, path, { headers, ...(json && { json }) })
      assert.ok(done.status < 300, `${method} ${path}: ${done.text}`)
    }
    siege().later(10 * minutes + 1)
    assert.equal((await siege().ask('POST', '/auth/totp', { headers })).json.code, 'step-up-required')
  })

  test('class 96: with a second factor on, only that proves it: the password does not', async () => {
    const ada = await siege().signIn('ada')
    const headers = bearer(ada)
    siege().later(11 * minutes)
    const prove = (json: unknown) => siege().ask('POST', '/auth/step-up', { headers, json })
    for (const json of [{ password }, {}]) {
      const refused = await prove(json)
      assert.equal(refused.status, 400, refused.text)
      assert.equal(refused.json.details[0].place, '/body/code')
    }
    assert.equal((await prove({ password, code: '000000' })).json.code, 'wrong-code')
    assert.equal((await prove({ extra: 1, code: siege().appCode() })).status, 400)
    assert.equal((await siege().ask('DELETE', '/auth/totp', { headers })).json.code, 'step-up-required')
    const code = siege().appCode()
    const proven = await prove({ code })
    assert.equal(proven.status, 200, proven.text)
    const again = await siege().ask('POST', '/auth/step-up', { headers: bearer(proven.json.token), json: { code } })
    assert.equal(again.json.code, 'wrong-code', 'its code is used')
    const renewed = await siege().ask('POST', '/auth/recovery-codes', { headers: bearer(proven.json.token) })
    assert.equal(renewed.json.recoveryCodes.length, 10)
    assert.ok(!renewed.json.recoveryCodes.includes(siege().codes[0]))
    const old = await siege().ask('POST', '/auth/second-factor', {
      json: { challenge: await siege().begin(), code: siege().codes[0] },
    })
    assert.equal(old.json.code, 'wrong-code', 'those before are gone')
    const [fresh = ''] = renewed.json.recoveryCodes
    const by = await siege().ask('POST', '/auth/step-up', { headers: bearer(proven.json.token), json: { code: fresh } })
    assert.equal(by.status, 200, 'a recovery code proves it as well')
  })

  test('class 126: a stolen session guesses no password: guesses at once count as many', async () => {
    const headers = bearer(await siege().signIn('eve'))
    const guess = (secret: string) => siege().ask('POST', '/auth/step-up', { headers, json: { password: secret } })
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => guess(`guess ${index} of many`)))
    assert.equal(answers.filter(({ json }) => json.code === 'wrong-password').length, 5)
    assert.equal(answers.filter(({ status }) => status === 429).length, 15)
    const right = await guess(password)
    assert.equal(right.status, 429)
    assert.equal(right.headers.get('retry-after'), '30')
    siege().later(30)
    assert.equal((await guess(password)).status, 200)
  })

  test('class 29: what is no session proves nothing: an actor of a test, a key, a copy', async () => {
    const { engine } = siege().backend
    const things = await bill(await siege().signIn('bob'), 'third')
    const id = siege().ids.bob
    const actors = [
      { id, role: 'member' },
      bringing({ id, role: 'member' }, { kind: 'apiKey', id: 'k', token: 't' }),
      {
        ...bringing(
          { id, role: 'member' },
          { kind: 'session', id: 's', token: 't', provenAt: new Date(siege().time.now) },
        ),
      },
    ]
    const refused = (work: Promise<unknown>) =>
      assert.rejects(work, (error) => isProblem(error) && error.code === 'step-up-required')
    for (const actor of actors) {
      for (const [operation, input] of [
        ['pay', { id: things.id }],
        ['audit', {}],
        ['checkout', { params: { id: things.id } }],
        ['payNow', { params: { id: things.id } }],
        ['auth.totp.begin', {}],
      ] as const) {
        await refused(engine.call({ operation, input, actor }))
        await refused(engine.batch([{ operation, input, actor }]))
      }
    }
    const key = bringing(
      { id, role: 'member' },
      { kind: 'apiKey', id: 'k', token: 't', provenAt: new Date(siege().time.now) },
    )
    await assert.rejects(
      engine.call({ operation: 'auth.stepUp', input: { password }, actor: key }),
      (error) => isProblem(error) && error.code === 'forbidden',
    )
    await assert.rejects(
      engine.call({ operation: 'audit', input: {}, actor: null }),
      (error) => isProblem(error) && error.code === 'unauthenticated',
    )
  })

  test('class 99: a session that was opened before is proven by its sign-in alone, and not by another of the account', async () => {
    const [old, things] = [await siege().signIn('bob'), await bill(await siege().signIn('bob'), 'fourth')]
    siege().later(11 * minutes)
    const fresh = await siege().signIn('bob')
    const pay = (token: string) => siege().ask('POST', `/bills/${things.id}/pay`, { headers: bearer(token), json: {} })
    assert.equal((await pay(old)).json.code, 'step-up-required')
    assert.equal((await pay(fresh)).status, 200)
    assert.equal((await pay(old)).json.code, 'step-up-required')
  })
})
