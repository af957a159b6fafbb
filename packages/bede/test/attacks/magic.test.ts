import assert from 'node:assert/strict'
import { type Answered, emailOf, guildOnBothStores, password, test, tokenIn } from '../identity/support/guild.ts'

const cookieOf = ({ headers }: Answered): string => headers.get('set-cookie')?.split(';')[0] ?? ''

await guildOnBothStores('magic links', { magicLink: { lasts: '15m' }, verifyEmail: true }, (guild) => {
  const ask = (name: string) => guild().post('/auth/magic', { email: emailOf(name) })
  const redeem = (token: string, binding?: string, headers = {}) =>
    guild().post('/auth/magic/redeem', { token, ...(binding !== undefined && { binding }) }, { headers })
  async function sent(name: string) {
    const { join, mails, mail } = guild()
    const session = await join(name)
    const [confirmation] = await mails(emailOf(name))
    const asked = await ask(name)
    assert.equal(asked.status, 202, asked.text)
    const letter = await mail(emailOf(name))
    assert.deepEqual([letter.template, letter.values.expires], ['magic-link', '900'])
    assert.ok(confirmation)
    return {
      session,
      asked,
      token: tokenIn(letter),
      binding: String(asked.json.binding),
      confirm: tokenIn(confirmation),
    }
  }

  test('sign in the browser that asked: by its cookie, or by what it was answered', async () => {
    const { ask: get } = guild()
    for (const by of ['cookie', 'body'] as const) {
      const { asked, token, binding } = await sent(`ada-${by}`)
      assert.match(
        asked.headers.get('set-cookie') ?? '',
        /^__Host-bede-asked=[\w-]{43}; Max-Age=900; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
      )
      assert.deepEqual(Object.keys(asked.json), ['binding'])
      const answer =
        by === 'cookie' ? await redeem(token, undefined, { Cookie: cookieOf(asked) }) : await redeem(token, binding)
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(Object.keys(answer.json).sort(), ['expiresAt', 'token'])
      const me = await get('GET', '/auth/me', { token: answer.json.token })
      assert.equal(me.json.name, `ada-${by}`)
    }
  })

  test('class 91: the link is nothing in another browser, and is not spent by it', async () => {
    const { refused } = guild()
    const { token, binding } = await sent('bound')
    const { binding: strange } = (await ask('nobody')).json
    for (const more of [{}, { binding: strange }, { binding: 'x' }, { binding: token }])
      await refused(401, 'not-redeemable', '/auth/magic/redeem', { token, ...more })
    await refused(
      401,
      'not-redeemable',
      '/auth/magic/redeem',
      { token },
      { headers: { Cookie: `__Host-bede-asked=${strange}` } },
    )
    await refused(401, 'not-redeemable', '/auth/magic/redeem', { token: binding, binding: token })
    assert.equal((await redeem(token, binding)).status, 200)
  })

  test('class 97: it is redeemed once, by twenty at a time, and not when it is old', async () => {
    const { refused, time, mail } = guild()
    const { token, binding } = await sent('raced')
    const all = await Promise.all(Array.from({ length: 20 }, () => redeem(token, binding)))
    assert.deepEqual(all.map(({ status }) => status).sort(), [200, ...Array.from({ length: 19 }, () => 401)])
    const { json } = await ask('raced')
    const second = { token: tokenIn(await mail(emailOf('raced'))), binding: json.binding }
    time.now = new Date(Date.now() + 901_000)
    await refused(401, 'not-redeemable', '/auth/magic/redeem', second)
    delete time.now
  })

  test('class 102: an address that nobody has gets the same answer for the same work', async () => {
    const { join, watched, mails } = guild()
    await join('known')
    await mails(emailOf('known'))
    const attempt = async (name: string) => {
      const { result, statements } = await watched(() => ask(name))
      const headers = [...result.headers].filter(
        ([one]) => !['x-request-id', 'traceparent', 'date', 'set-cookie'].includes(one),
      )
      const { binding } = result.json
      const cookie = result.headers.get('set-cookie')?.replace(binding, '')
      return { status: result.status, length: result.text.length, headers, cookie, statements }
    }
    await attempt('warm')
    const unknown = await attempt('unknown')
    assert.deepEqual(await attempt('known'), unknown)
    assert.equal((await mails(emailOf('unknown'))).length, 0)
    assert.equal((await mails(emailOf('known'))).length, 1)
  })

  test('class 84: no link is good for anything else', async () => {
    const { refused } = guild()
    const { token, binding, confirm } = await sent('crossed')
    for (const [path, json] of [
      ['/auth/email/verify', { token }],
      ['/auth/email/verify', { token: binding }],
      ['/auth/magic/redeem', { token: confirm, binding }],
      ['/auth/magic/redeem', { token: confirm, binding: confirm }],
    ] as const)
      await refused(401, 'not-redeemable', path, json)
    await refused(401, 'invalid-credential', '/auth/sign-out', undefined, { token })
    await refused(401, 'invalid-credential', '/auth/sign-out', undefined, { token: binding })
  })

  test('class 87: whoever made an account for an address that is not theirs loses it to the one who has the address', async () => {
    const { ask: get, post } = guild()
    const { session, token, binding } = await sent('victim')
    const { json } = await redeem(token, binding)
    assert.equal((await get('GET', '/auth/me', { token: session })).status, 401, 'the session of before')
    assert.equal((await post('/auth/sign-in', { email: emailOf('victim'), password })).status, 401, 'its password')
    assert.deepEqual((await get('GET', '/auth/email', { token: json.token })).json, {
      email: emailOf('victim'),
      verified: true,
    })
  })

  test('whoever has confirmed the address before keeps password and sessions', async () => {
    const { ask: get, post } = guild()
    const { session, token, binding, confirm } = await sent('owner')
    assert.equal((await post('/auth/email/verify', { token: confirm })).status, 204)
    assert.equal((await redeem(token, binding)).status, 200)
    assert.equal((await get('GET', '/auth/me', { token: session })).status, 200)
    assert.equal((await post('/auth/sign-in', { email: emailOf('owner'), password })).status, 200)
  })

  test('class 22: nothing else is taken', async () => {
    const { refused } = guild()
    await refused(400, 'unknown-field', '/auth/magic', { email: emailOf('ada'), binding: 'x'.repeat(43) })
    await refused(400, 'unknown-field', '/auth/magic', { email: emailOf('ada'), redirect: 'https://evil.example' })
    await refused(400, 'unknown-field', '/auth/magic/redeem', { token: 'x', accountId: 'y' })
  })
})

await guildOnBothStores('codes by mail', { emailCode: true }, (guild) => {
  const ask = (name: string) => guild().post('/auth/email-code', { email: emailOf(name) })
  const redeem = (code: string, binding: string) => guild().post('/auth/email-code/redeem', { code, binding })
  async function sent(name: string) {
    const { join, mails, mail } = guild()
    await join(name)
    await mails(emailOf(name))
    const asked = await ask(name)
    const letter = await mail(emailOf(name))
    const code = letter.values.code ?? ''
    assert.deepEqual([asked.status, letter.template, letter.values.expires], [202, 'email-code', '600'])
    assert.match(code, /^\d{4}-\d{4}$/)
    return { code, binding: String(asked.json.binding), asked }
  }
  const wrong = (code: string): string => code.replace(/\d$/, (last) => String((Number(last) + 1) % 10))

  test('sign in the browser that asked, however they are typed', async () => {
    const { code, binding } = await sent('ada')
    assert.equal((await redeem(` ${code.replace('-', ' ')} `, binding)).status, 200)
    const second = await sent('eve')
    const answer = await guild().post(
      '/auth/email-code/redeem',
      { code: second.code.replace('-', '') },
      { headers: { Cookie: cookieOf(second.asked) } },
    )
    assert.equal(answer.status, 200, answer.text)
  })

  test('class 91: the code is nothing in another browser', async () => {
    const { refused } = guild()
    const { code, binding } = await sent('bound')
    const { json } = await ask('stranger')
    for (const more of [{}, { binding: json.binding }, { binding: 'x' }])
      await refused(401, 'not-redeemable', '/auth/email-code/redeem', { code, ...more })
    assert.equal((await redeem(code, binding)).status, 200)
  })

  test('class 97: it is redeemed once, by twenty at a time', async () => {
    const { code, binding } = await sent('raced')
    const all = await Promise.all(Array.from({ length: 20 }, () => redeem(code, binding)))
    assert.deepEqual(all.map(({ status }) => status).sort(), [200, ...Array.from({ length: 19 }, () => 401)])
  })

  test('class 126: five guesses are looked at, and no more, however many come at once', async () => {
    const { rows } = guild()
    const { code, binding } = await sent('guessed')
    const all = await Promise.all(Array.from({ length: 20 }, () => redeem(wrong(code), binding)))
    assert.ok(all.every(({ status }) => status === 401))
    assert.deepEqual(
      await rows(
        `select attempts::text from bede.one_time where purpose = 'email-code' order by created_at desc limit 1`,
      ),
      [['5']],
    )
    assert.equal((await redeem(code, binding)).status, 401, 'the right one comes too late')
    const four = await sent('guessed-less')
    await Promise.all(Array.from({ length: 4 }, () => redeem(wrong(four.code), four.binding)))
    assert.equal((await redeem(four.code, four.binding)).status, 200)
  })

  test('class 126: no batch and no repeated key takes a guess back', async () => {
    const { code, binding } = await sent('batched')
    const guess = { operation: 'auth.magic.redeemCode', input: { code: wrong(code), binding } }
    const batch = await guild().post('/batch', { operations: [guess, guess] })
    assert.equal(batch.status, 400, batch.text)
    const repeated = await guild().post(
      '/auth/email-code/redeem',
      { code: wrong(code), binding },
      { headers: { 'Idempotency-Key': 'guess-1' } },
    )
    assert.equal(repeated.status, 400)
  })

  test('class 102: an address that nobody has gets the same answer, and a wrong code costs the same', async () => {
    const { join, watched, mails } = guild()
    await join('known')
    await mails(emailOf('known'))
    const attempt = async (name: string) => {
      const { result, statements } = await watched(() => ask(name))
      const guess = await watched(() => redeem('0000-0000', result.json.binding))
      return {
        asked: [result.status, result.text.length, statements],
        guessed: [guess.result.status, { ...guess.result.json, requestId: '' }, guess.statements],
      }
    }
    await attempt('warm')
    const unknown = await attempt('unknown')
    assert.deepEqual(await attempt('known'), unknown)
    assert.equal((await mails(emailOf('unknown'))).length, 0)
  })

  test('class 61: beyond five an hour no code is good, and nobody is told', async () => {
    const { join, mails, rows } = guild()
    await join('often')
    await mails(emailOf('often'))
    const all = await Promise.all(Array.from({ length: 20 }, () => ask('often')))
    assert.ok(all.every(({ status }) => status === 202))
    assert.ok((await mails(emailOf('often'))).length <= 5)
    const good = await rows(
      `select 1 from bede.one_time o join member m on m.id = o.account_id where o.purpose = 'email-code' and m.name = 'often'`,
    )
    assert.ok(good.length <= 5, String(good.length))
  })
})
