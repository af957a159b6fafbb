import assert from 'node:assert/strict'
import { emailOf, guildOnBothStores, password, test, tokenIn } from '../identity/support/guild.ts'

const other = 'another battery, another horse'
const seconds = 3_600

await guildOnBothStores('a forgotten password', { password: { reset: true } }, (guild) => {
  const forgot = (email: string) => guild().post('/auth/password/forgot', { email })
  const reset = (token: string, chosen = other) => guild().post('/auth/password/reset', { token, password: chosen })
  const signIn = (name: string, secret: string) =>
    guild().post('/auth/sign-in', { email: emailOf(name), password: secret })

  test('is replaced by the link that was sent, which signs nobody in and ends all that was signed in', async () => {
    const { join, mail, ask, rows } = guild()
    const session = await join('ada')
    const answer = await forgot('ADA@people.example')
    assert.deepEqual([answer.status, answer.text], [202, ''])
    const letter = await mail(emailOf('ada'))
    assert.deepEqual([letter.template, letter.values.expires], ['reset-password', String(seconds)])
    assert.match(letter.values.link ?? '', /^\/auth\/password\/reset#token=/)
    const [kept] = await rows(`select row_to_json(o)::text from bede.one_time o where purpose = 'reset-password'`)
    assert.ok(!kept?.[0]?.includes(tokenIn(letter)), 'kept as a hash alone')

    const done = await reset(tokenIn(letter))
    assert.deepEqual([done.status, done.text], [204, ''])
    assert.equal((await ask('GET', '/auth/me', { token: session })).status, 401)
    assert.equal((await signIn('ada', password)).status, 401)
    assert.equal((await signIn('ada', other)).status, 200)
    const told = await mail(emailOf('ada'))
    assert.deepEqual([told.template, Object.keys(told.values)], ['password-changed', ['at']])
    const trail = await rows(`select event from bede.audit where event like 'password%' order by id`)
    assert.deepEqual(trail, [['password.reset-asked'], ['password.reset']])
  })

  test('class 102: an address that nobody has gets the same answer for the same work', async () => {
    const { join, mails, watched, hashed, rows } = guild()
    await join('known')
    const attempt = async (email: string) => {
      const verified = hashed.length
      const { result, statements } = await watched(() => forgot(email))
      const headers = [...result.headers].filter(([name]) => !['x-request-id', 'traceparent', 'date'].includes(name))
      return { status: result.status, text: result.text, headers, statements, work: hashed.length - verified }
    }
    await attempt('warm@people.example')
    const before = await rows(`select count(*)::text from bede.one_time`)
    const unknown = await attempt('unknown@people.example')
    assert.deepEqual(await rows(`select count(*)::text from bede.one_time`), before)
    assert.deepEqual(await attempt(emailOf('known')), unknown)
    assert.equal(unknown.status, 202)
    assert.ok(unknown.statements.length > 5, unknown.statements.join('\n'))
    assert.equal((await mails(emailOf('known'))).length, 1)
    assert.equal((await mails('unknown@people.example')).length, 0)
  })

  test('class 97: a link is redeemed once, by twenty at a time', async () => {
    const { join, mail } = guild()
    await join('raced')
    await forgot(emailOf('raced'))
    const token = tokenIn(await mail(emailOf('raced')))
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => reset(token, `${other} ${index}`)))
    const statuses = all.map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 204).length, 1, statuses.join())
    assert.equal(statuses.filter((status) => status === 401).length, 19, statuses.join())
    const winner = statuses.indexOf(204)
    assert.equal((await signIn('raced', `${other} ${winner}`)).status, 200)
  })

  test('a link is nothing when it is old, when the address has moved on, and when the password was chosen', async () => {
    const { join, mail, refused, time, rows, mails } = guild()
    await join('late')
    await forgot(emailOf('late'))
    const body = { token: tokenIn(await mail(emailOf('late'))), password: other }
    time.now = new Date(Date.now() + (seconds + 1) * 1000)
    await refused(401, 'not-redeemable', '/auth/password/reset', body)
    delete time.now
    await rows(`update member set email = 'moved@people.example' where name = 'late'`)
    await refused(401, 'not-redeemable', '/auth/password/reset', body)
    await rows(`update member set email = '${emailOf('late')}' where name = 'late'`)
    await forgot(emailOf('late'))
    const second = tokenIn(await mail(emailOf('late')))
    assert.equal((await reset(second)).status, 204)
    await refused(401, 'not-redeemable', '/auth/password/reset', body)
    await mails(emailOf('late'))
  })

  test('a password that would be guessed is refused, and the link stays good', async () => {
    const { join, mail, refused } = guild()
    await join('weak')
    await forgot(emailOf('weak'))
    const token = tokenIn(await mail(emailOf('weak')))
    for (const chosen of ['short', 'qwertyuiop', 'weak@people.example', 'guild-2024']) {
      const { json } = await refused(422, 'invalid-value', '/auth/password/reset', { token, password: chosen })
      assert.equal(json.details[0].place, '/body/password')
    }
    assert.equal((await reset(token)).status, 204)
    await mail(emailOf('weak'))
  })

  test('class 61: an address gets five mails an hour, however it is written, and nobody is told', async () => {
    const { join, mails, time } = guild()
    await join('often')
    const ways = ['often@people.example', 'OFTEN@people.example', 'Often@People.Example', 'oFTEN@PEOPLE.EXAMPLE']
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => forgot(ways[index % 4] ?? '')))
    assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)), new Set(['202 ']))
    assert.equal((await mails(emailOf('often'))).length, 5)
    assert.equal((await forgot(emailOf('often'))).status, 202)
    assert.equal((await mails(emailOf('often'))).length, 0)
    time.now = new Date(Date.now() + 3_601_000)
    await forgot(emailOf('often'))
    assert.equal((await mails(emailOf('often'))).length, 1)
    delete time.now
  })

  test('class 71: objects where an address or a token is expected are refused', async () => {
    const { refused } = guild()
    for (const value of [{ $ne: null }, ['a'], null, true, 1, '']) {
      await refused(400, 'invalid-input', '/auth/password/forgot', { email: value }).catch(() =>
        refused(422, 'invalid-value', '/auth/password/forgot', { email: value }),
      )
      await refused(400, 'invalid-input', '/auth/password/reset', { token: value, password: other }).catch(() =>
        refused(422, 'invalid-value', '/auth/password/reset', { token: value, password: other }),
      )
    }
    await refused(400, 'unknown-field', '/auth/password/forgot', { email: emailOf('ada'), role: 'master' })
  })
})
