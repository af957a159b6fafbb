import assert from 'node:assert/strict'
import { Secret, TOTP } from 'otpauth'
import { emailOf, guildOnBothStores, password, test, tokenIn } from '../identity/support/guild.ts'

/** Section G of the attack classes, over everything that is sent by mail, each against all the others. */

const other = 'another battery, another horse'
const everything = {
  verifyEmail: true,
  changeEmail: true,
  password: { reset: true },
  magicLink: true,
  emailCode: true,
  totp: true,
}

await guildOnBothStores('links and codes', everything, (guild) => {
  /** One of everything that is sent to a new account, or given to its browser. */
  async function allOf(name: string) {
    const { join, mail, post } = guild()
    const email = emailOf(name)
    const session = await join(name)
    const verify = tokenIn(await mail(email))
    await post('/auth/password/forgot', { email })
    const reset = tokenIn(await mail(email))
    await post('/auth/email/change', { email: `${name}@elsewhere.example`, password }, { token: session })
    const [changeOld, changeNew] = [tokenIn(await mail(email)), tokenIn(await mail(`${name}@elsewhere.example`))]
    const { binding } = (await post('/auth/magic', { email })).json
    const magicLink = tokenIn(await mail(email))
    return { session, verify, reset, changeOld, changeNew, magicLink, binding: String(binding) }
  }
  const redeems = (token: string, binding: string) =>
    ({
      verify: ['/auth/email/verify', { token }],
      reset: ['/auth/password/reset', { token, password: other }],
      change: ['/auth/email/change/confirm', { token }],
      cancel: ['/auth/email/change/cancel', { token }],
      magicLink: ['/auth/magic/redeem', { token, binding }],
      code: ['/auth/email-code/redeem', { code: '12345678', binding: token }],
    }) as const
  const goodFor: Readonly<Record<string, readonly string[]>> = {
    verify: ['verify'],
    reset: ['reset'],
    changeOld: ['change', 'cancel'],
    changeNew: ['change', 'cancel'],
    magicLink: ['magicLink'],
  }

  test('class 84: what is good for one thing is nothing for any other, and stays good for its own', async () => {
    const { refused, post, ask } = guild()
    const { binding, ...tokens } = await allOf('ada')
    for (const [kind, token] of Object.entries({ ...tokens, binding }))
      for (const [way, [path, json]] of Object.entries(redeems(token, binding)))
        if (!goodFor[kind]?.includes(way)) await refused(401, 'not-redeemable', path, json)
    for (const [kind, token] of Object.entries({ ...tokens, binding })) {
      if (kind === 'session') continue
      assert.equal((await ask('GET', '/auth/me', { token })).status, 401, `${kind} is no session`)
    }
    assert.equal((await post(...redeems(tokens.verify, binding).verify)).status, 204)
    assert.equal((await post(...redeems(tokens.changeOld, binding).change)).status, 200)
    assert.equal((await post(...redeems(tokens.changeNew, binding).cancel)).status, 204)
    assert.equal((await post(...redeems(tokens.magicLink, binding).magicLink)).status, 200)
    assert.equal((await post(...redeems(tokens.reset, binding).reset)).status, 204)
  })

  test('class 33: what was sent to one account does nothing to another, whoever redeems it', async () => {
    const { rows, post, ask } = guild()
    const [eve, bob] = [await allOf('eve'), await allOf('bob')]
    const others = async () => JSON.stringify(await rows(`select * from member where name = 'bob'`))
    const before = await others()
    assert.equal((await post('/auth/email/verify', { token: eve.verify }, { token: bob.session })).status, 204)
    assert.equal(
      (await post('/auth/password/reset', { token: eve.reset, password: other }, { token: bob.session })).status,
      204,
    )
    assert.equal(await others(), before)
    const own = await ask('GET', '/auth/email', { token: bob.session })
    assert.deepEqual(own.json, { email: emailOf('bob'), verified: false })
  })

  test('class 10: no answer shows more than it says', async () => {
    const { post, join, mails, mail, ask } = guild()
    const token = await join('shown')
    await mails(emailOf('shown'))
    const asked = await post('/auth/magic', { email: emailOf('shown') })
    const link = tokenIn(await mail(emailOf('shown')))
    const redeemed = await post('/auth/magic/redeem', { token: link, binding: asked.json.binding })
    const changed = await post('/auth/password', { current: password, password: other }, { token })
    const shapes = [asked, redeemed, await ask('GET', '/auth/email', { token: redeemed.json.token }), changed].map(
      ({ json }) => Object.keys(json).sort().join(),
    )
    assert.deepEqual(shapes.slice(0, 3), ['binding', 'expiresAt,token', 'email,verified'])
    assert.equal(changed.status, 401, 'the first sign-in by mail ended what nobody had confirmed')
    for (const path of ['/auth/password/forgot', '/auth/email/verify/resend']) {
      const { status, text } = await post(path, { email: emailOf('shown') })
      assert.deepEqual([status, text], [202, ''])
    }
    await mails(emailOf('shown'))
  })

  test('class 56: no header of the request has a say in where a link leads', async () => {
    const { post, join, mails, mail } = guild()
    await join('hosted')
    await mails(emailOf('hosted'))
    for (const headers of [
      { 'X-Forwarded-Host': 'evil.example' },
      { Forwarded: 'host=evil.example' },
      { 'X-Forwarded-Proto': 'javascript' },
      { Referer: 'https://evil.example/' },
    ]) {
      await post('/auth/password/forgot', { email: emailOf('hosted') }, { headers })
      const { values } = await mail(emailOf('hosted'))
      assert.match(values.link ?? '', /^\/auth\/password\/reset#token=[\w-]{43}$/)
    }
  })

  test('class 11: no token, code or binding is kept or logged as it is', async () => {
    const { post, mail, lines, everything: tables } = guild()
    const tokens = await allOf('canary')
    const { binding } = (await post('/auth/email-code', { email: emailOf('canary') })).json
    const code = (await mail(emailOf('canary'))).values.code ?? ''
    await post('/auth/magic/redeem', { token: tokens.magicLink, binding: tokens.binding })
    await post('/auth/email-code/redeem', { code: '00000000', binding })
    const seen = `${await tables()}\n${lines.join('\n')}`
    for (const [kind, secret] of Object.entries({ ...tokens, code, plain: code.replace('-', ''), asked: binding }))
      assert.ok(!seen.includes(String(secret)), `${kind} stands somewhere`)
  })

  test('class 96: a mailbox is no way around a second factor, and a link is spent by the first step', async () => {
    const { post, join, mails, mail, refused, time, rows } = guild()
    const session = await join('two')
    await post('/auth/email/verify', { token: tokenIn((await mails(emailOf('two')))[0] ?? assert.fail()) })
    const begun = await post('/auth/totp', undefined, { token: session })
    const secret = Secret.fromBase32(begun.json.secret)
    time.now = new Date(Math.ceil(Date.now() / 30_000) * 30_000 + 1_000)
    const now = () => TOTP.generate({ secret, timestamp: time.now?.valueOf() ?? 0 })
    assert.equal((await post('/auth/totp/confirm', { code: now() }, { token: session })).status, 200)
    time.now = new Date(time.now.valueOf() + 30_000)
    await mails(emailOf('two'))
    const sessions = () =>
      rows(`select 1 from bede.session s join member m on m.id = s.account_id where m.name = 'two'`)
    const open = (await sessions()).length
    const { binding } = (await post('/auth/magic', { email: emailOf('two') })).json
    const link = { token: tokenIn(await mail(emailOf('two'))), binding }
    const first = await post('/auth/magic/redeem', link)
    assert.deepEqual([first.status, first.json.code], [401, 'second-factor-required'])
    await refused(401, 'not-redeemable', '/auth/magic/redeem', link)
    const asked = await post('/auth/email-code', { email: emailOf('two') })
    const { code } = (await mail(emailOf('two'))).values
    const second = await post('/auth/email-code/redeem', { code, binding: asked.json.binding })
    assert.deepEqual([second.status, second.json.code], [401, 'second-factor-required'])
    assert.equal((await sessions()).length, open)
    time.now = new Date(time.now.valueOf() + 30_000)
    const { challenge } = first.json
    const done = await post('/auth/second-factor', { challenge, code: now() })
    assert.equal(done.status, 200, done.text)
    await post('/auth/password/forgot', { email: emailOf('two') })
    await post('/auth/password/reset', { token: tokenIn(await mail(emailOf('two'))), password: other })
    const after = await post('/auth/sign-in', { email: emailOf('two'), password: other })
    assert.deepEqual([after.status, after.json.code], [401, 'second-factor-required'])
    assert.equal((await sessions()).length, 0)
    delete time.now
  })
})
