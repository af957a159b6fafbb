import assert from 'node:assert/strict'
import { emailOf, guildOnBothStores, password, test, tokenIn } from '../identity/support/guild.ts'

await guildOnBothStores('addresses that are asked to be confirmed', { verifyEmail: true }, (guild) => {
  const verify = (token: string) => guild().post('/auth/email/verify', { token })
  const own = async (token: string) => (await guild().ask('GET', '/auth/email', { token })).json

  test('whoever registers is signed in, and confirms the address by the link that was sent to it', async () => {
    const { join, mail, rows, refused } = guild()
    const session = await join('ada')
    assert.deepEqual(await own(session), { email: emailOf('ada'), verified: false })
    const letter = await mail(emailOf('ada'))
    assert.deepEqual([letter.template, letter.values.expires], ['verify-email', '86400'])
    const token = tokenIn(letter)
    assert.deepEqual((await verify(token)).status, 204)
    assert.deepEqual(await own(session), { email: emailOf('ada'), verified: true })
    await refused(401, 'not-redeemable', '/auth/email/verify', { token })
    assert.deepEqual(await rows(`select event from bede.audit where event = 'email.verified'`), [['email.verified']])
  })

  test('class 88: an address that the account moves to by another way is not confirmed, and a link to the old one confirms nothing', async () => {
    const { join, mail, ask, refused } = guild()
    const session = await join('mover')
    const token = tokenIn(await mail(emailOf('mover')))
    const { id } = (await ask('GET', '/auth/me', { token: session })).json
    const moved = await ask('PATCH', `/members/${id}`, { token: session, json: { email: 'victim@people.example' } })
    assert.equal(moved.status, 200, moved.text)
    await refused(401, 'not-redeemable', '/auth/email/verify', { token })
    assert.deepEqual(await own(session), { email: 'victim@people.example', verified: false })
  })

  test('class 88: no address that looks like another is taken for it, or taken at all', async () => {
    const { join, mails, refused, post } = guild()
    await join('admin')
    await mails(emailOf('admin'))
    const alike = [
      'аdmin@people.example', // a Cyrillic letter
      'admin@реople.example',
      'admin＠people.example', // a full-width @
      'admin﹫people.example',
      'admin@people。example',
      'admin@people.example.',
      'ａｄｍｉｎ@people.example',
      'admin\u200b@people.example',
      'admin@people.example\u0000',
      'admin@people.example\n',
      ' admin@people.example',
      '"admin"@people.example',
      'admin@people.example,eve@people.example',
      'Admin <admin@people.example>',
      'admın@people.example',
      'aDMİN@people.example',
    ]
    for (const email of alike) {
      const made = await post('/auth/register', { email, name: `like ${alike.indexOf(email)}`, password })
      assert.ok([400, 422].includes(made.status), `${JSON.stringify(email)} ${made.text}`)
    }
    await refused(409, 'already-exists', '/auth/register', { email: 'ADMIN@PEOPLE.EXAMPLE', name: 'second', password })
    assert.deepEqual(await mails(emailOf('admin')), [])
  })

  test('class 102: asking for another link tells nobody whether there is something to confirm', async () => {
    const { join, mails, watched, post, mail } = guild()
    await join('asker')
    const confirmed = await join('confirmed')
    assert.ok(confirmed)
    await verify(tokenIn(await mail(emailOf('confirmed'))))
    await mails(emailOf('asker'))
    const attempt = async (email: string) => {
      const { result, statements } = await watched(() => post('/auth/email/verify/resend', { email }))
      return { status: result.status, text: result.text, statements }
    }
    await attempt('warm@people.example')
    const unknown = await attempt('nobody@people.example')
    assert.equal(unknown.status, 202)
    assert.deepEqual(await attempt(emailOf('asker')), unknown)
    assert.deepEqual(await attempt(emailOf('confirmed')), unknown)
    assert.deepEqual(
      (await mails(emailOf('asker'))).map(({ template }) => template),
      ['verify-email'],
    )
    assert.deepEqual(await mails(emailOf('confirmed')), [])
    assert.deepEqual(await mails('nobody@people.example'), [])
  })

  test('class 97: a link confirms once, by twenty at a time', async () => {
    const { join, mail, rows } = guild()
    await join('raced')
    const token = tokenIn(await mail(emailOf('raced')))
    const all = await Promise.all(Array.from({ length: 20 }, () => verify(token)))
    assert.deepEqual(all.map(({ status }) => status).sort(), [204, ...Array.from({ length: 19 }, () => 401)])
    const trail = await rows(
      `select a.event from bede.audit a join member m on m.id = a.account_id where m.name = 'raced' and a.event = 'email.verified'`,
    )
    assert.equal(trail.length, 1)
  })
})

await guildOnBothStores(
  'addresses that have to be confirmed',
  { verifyEmail: 'required', password: { reset: true } },
  (guild) => {
    const signIn = (name: string) => guild().post('/auth/sign-in', { email: emailOf(name), password })
    const register = (email: string, name: string, more = {}) =>
      guild().post('/auth/register', { email, name, password, ...more })

    test('nobody comes in before, and whoever has confirmed does', async () => {
      const { mail, refused, post } = guild()
      const made = await register(emailOf('ada'), 'ada')
      assert.deepEqual([made.status, made.text], [202, ''])
      await refused(403, 'email-not-verified', '/auth/sign-in', { email: emailOf('ada'), password })
      await refused(401, 'wrong-credentials', '/auth/sign-in', { email: emailOf('ada'), password: 'not the password' })
      assert.equal((await post('/auth/email/verify', { token: tokenIn(await mail(emailOf('ada'))) })).status, 204)
      assert.equal((await signIn('ada')).status, 200)
    })

    test('class 102: registering an address that has an account gets the same answer for the same work, and tells its owner', async () => {
      const { mail, mails, watched, hashed, rows, everything } = guild()
      const attempt = async (email: string, name: string) => {
        const work = hashed.length
        const { result, statements } = await watched(() => register(email, name))
        const headers = [...result.headers].filter(([one]) => !['x-request-id', 'traceparent', 'date'].includes(one))
        return { status: result.status, text: result.text, headers, statements, work: hashed.slice(work) }
      }
      await attempt('first@people.example', 'first')
      const fresh = await attempt('fresh@people.example', 'fresh')
      assert.deepEqual([fresh.status, fresh.text, fresh.work], [202, '', ['hash']])
      await mails('fresh@people.example')
      const before = await everything()
      assert.deepEqual(await attempt('FRESH@people.example', 'a stranger'), fresh)
      assert.deepEqual((await mail('fresh@people.example')).template, 'already-registered')
      assert.equal(await everything(), before, 'nothing of the second one is kept')
      assert.deepEqual(await rows(`select name from member where name = 'a stranger'`), [])
      const taken = [await register('fresh@people.example', 'first'), await register('newest@people.example', 'first')]
      assert.deepEqual(
        taken.map(({ status, json }) => [status, json.details[0].place]),
        [
          [409, '/body/name'],
          [409, '/body/name'],
        ],
        'a name that is taken is, whoever asks',
      )
      const weak = [
        await register('fresh@people.example', 'x', { password: 'qwertyuiop' }),
        await register('newest@people.example', 'x', { password: 'qwertyuiop' }),
      ]
      assert.deepEqual(
        weak.map(({ status }) => status),
        [422, 422],
      )
    })

    test('of twenty that register an address at once, one makes the account and all get one answer', async () => {
      const { rows, mails } = guild()
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, index) => register('crowd@people.example', `crowd ${index}`)),
      )
      assert.deepEqual(new Set(all.map(({ status, text }) => `${status} ${text}`)), new Set(['202 ']))
      assert.equal((await rows(`select 1 from member where email = 'crowd@people.example'`)).length, 1)
      const written = (await mails('crowd@people.example')).map(({ template }) => template).sort()
      assert.equal(written.length, 5, 'no more than an address gets in an hour')
      assert.ok(written.filter((template) => template === 'verify-email').length <= 1)
    })

    test('choosing a new password by mail confirms the address as well', async () => {
      const { mail, mails, post } = guild()
      await register(emailOf('bob'), 'bob')
      await mails(emailOf('bob'))
      await post('/auth/password/forgot', { email: emailOf('bob') })
      const token = tokenIn(await mail(emailOf('bob')))
      assert.equal((await post('/auth/password/reset', { token, password })).status, 204)
      assert.equal((await signIn('bob')).status, 200)
    })
  },
)
