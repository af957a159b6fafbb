import assert from 'node:assert/strict'
import { emailOf, guildOnBothStores, password, test, tokenIn } from '../identity/support/guild.ts'

const other = 'another battery, another horse'

await guildOnBothStores('a change of password', { password: { reset: true } }, (guild) => {
  const change = (token: string, current: string, chosen: string) =>
    guild().post('/auth/password', { current, password: chosen }, { token })
  const signIn = async (name: string, secret = password) =>
    (await guild().post('/auth/sign-in', { email: emailOf(name), password: secret })).json.token
  const me = async (token: string) => (await guild().ask('GET', '/auth/me', { token })).status

  test('class 99: ends every other session and what was sent by mail, and this session goes on under another token', async () => {
    const { join, post, mail, mails, refused } = guild()
    const [here, there] = [await join('ada'), await signIn('ada')]
    await post('/auth/password/forgot', { email: emailOf('ada') })
    const link = tokenIn(await mail(emailOf('ada')))
    const changed = await change(here, password, other)
    assert.equal(changed.status, 200, changed.text)
    assert.deepEqual(Object.keys(changed.json).sort(), ['expiresAt', 'token'])
    assert.deepEqual([await me(here), await me(there), await me(changed.json.token)], [401, 401, 200])
    await refused(401, 'not-redeemable', '/auth/password/reset', { token: link, password: `${other} again` })
    assert.equal(await signIn('ada'), undefined)
    assert.ok(await signIn('ada', other))
    assert.deepEqual(
      (await mails(emailOf('ada'))).map(({ template }) => template),
      ['password-changed'],
    )
  })

  test('is refused without the password, for one that would be guessed, and for the same one', async () => {
    const { join, refused, mails } = guild()
    const token = await join('bob')
    const asked = (current: string, chosen: string) => ({ current, password: chosen })
    await refused(403, 'wrong-password', '/auth/password', asked('not the password', other), { token })
    for (const chosen of ['short', 'sunshine2024', 'bob@people.example', password]) {
      const { json } = await refused(422, 'invalid-value', '/auth/password', asked(password, chosen), { token })
      assert.equal(json.details[0].place, '/body/password', chosen)
    }
    await refused(401, 'unauthenticated', '/auth/password', asked(password, other))
    await refused(400, 'unknown-field', '/auth/password', { ...asked(password, other), id: 'x' }, { token })
    assert.equal(await me(token), 200)
    assert.deepEqual(await mails(emailOf('bob')), [])
  })

  test('of twenty at once with the same token, one changes it', async () => {
    const { join, mails } = guild()
    const token = await join('raced')
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => change(token, password, `${other} ${i}`)))
    const won = all.flatMap(({ status }, index) => (status === 200 ? [index] : []))
    assert.equal(won.length, 1, all.map(({ status }) => status).join())
    assert.ok(all.every(({ status }) => [200, 401, 403, 429].includes(status)))
    assert.ok(await signIn('raced', `${other} ${won[0]}`))
    assert.equal((await mails(emailOf('raced'))).length, 1)
  })

  test('class 126: of wrong passwords in a row a few are looked at, however many come at once, and then one waits', async () => {
    const { join, time, mails } = guild()
    const token = await join('thief')
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => change(token, `guess number ${index}`, other)),
    )
    const looked = all.filter(({ status }) => status === 403).length
    assert.ok(looked <= 5 && all.every(({ status }) => status === 403 || status === 429), String(looked))
    const waiting = await change(token, password, other)
    assert.equal(waiting.status, 429, 'the right one, too')
    time.now = new Date(Date.now() + (Number(waiting.headers.get('retry-after')) + 1) * 1000)
    assert.equal((await change(token, password, other)).status, 200)
    delete time.now
    await mails(emailOf('thief'))
  })

  test('neither a password nor a token is kept or logged as it is', async () => {
    const { join, lines, everything, rows } = guild()
    const token = await join('canary')
    const canary = 'canary of a password, chosen'
    await change(token, `${canary} wrong`, other)
    const changed = await change(token, password, canary)
    assert.equal(changed.status, 200)
    const all = JSON.stringify([await everything(), lines, await rows('select * from bede.outbox')])
    assert.doesNotMatch(all, /canary of a password/)
    assert.ok(!all.includes(changed.json.token))
    assert.doesNotMatch(lines.join('\n'), /argon2id\$/)
  })
})
