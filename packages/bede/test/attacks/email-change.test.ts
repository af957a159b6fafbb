import assert from 'node:assert/strict'
import { emailOf, guildOnBothStores, password, test, tokenIn } from '../identity/support/guild.ts'

const target = (name: string) => `${name}@elsewhere.example`

await guildOnBothStores(
  'a move to another address',
  { changeEmail: true, verifyEmail: true, password: { reset: true } },
  (guild) => {
    const confirm = (token: string) => guild().post('/auth/email/change/confirm', { token })
    const cancel = (token: string) => guild().post('/auth/email/change/cancel', { token })
    const own = async (token: string) => (await guild().ask('GET', '/auth/email', { token })).json
    const signIn = (email: string) => guild().post('/auth/sign-in', { email, password })
    /** Asks, and gives the tokens that were sent. */
    async function begun(name: string) {
      const { join, mails, mail, post } = guild()
      const session = await join(name)
      await mails(emailOf(name))
      const asked = await post('/auth/email/change', { email: target(name), password }, { token: session })
      assert.deepEqual([asked.status, asked.text], [202, ''])
      const [old, fresh] = [await mail(emailOf(name)), await mail(target(name))]
      assert.deepEqual([old.template, fresh.template], ['email-change-old', 'email-change-new'])
      assert.equal(old.values.email, target(name))
      return { session, old: tokenIn(old), fresh: tokenIn(fresh) }
    }

    for (const first of ['old', 'fresh'] as const)
      test(`takes effect when both addresses have confirmed, the ${first} one first`, async () => {
        const name = `ada-${first}`
        const { session, ...tokens } = await begun(name)
        const second = first === 'old' ? 'fresh' : 'old'
        const half = await confirm(tokens[first])
        assert.deepEqual([half.status, half.json], [200, { changed: false }])
        assert.equal((await own(session)).email, emailOf(name))
        assert.deepEqual((await confirm(tokens[second])).json, { changed: true })
        assert.equal((await guild().ask('GET', '/auth/me', { token: session })).status, 401, 'signed out')
        assert.equal((await signIn(emailOf(name))).status, 401)
        const again = await signIn(target(name))
        assert.deepEqual(await own(again.json.token), { email: target(name), verified: true })
        assert.deepEqual(await guild().rows('select 1 from bede.email_change'), [])
      })

    test('each address can call it off', async () => {
      for (const side of ['old', 'fresh'] as const) {
        const { refused } = guild()
        const { session, ...tokens } = await begun(`off-${side}`)
        assert.equal((await cancel(tokens[side])).status, 204)
        for (const token of Object.values(tokens))
          await refused(401, 'not-redeemable', '/auth/email/change/confirm', { token })
        assert.equal((await own(session)).email, emailOf(`off-${side}`))
      }
    })

    test('one that is begun takes the place of the one before, and one that is old is nothing', async () => {
      const { refused, post, mail, time } = guild()
      const { session, old, fresh } = await begun('twice')
      await confirm(fresh)
      await post('/auth/email/change', { email: 'third@elsewhere.example', password }, { token: session })
      const second = tokenIn(await mail(emailOf('twice')))
      await refused(401, 'not-redeemable', '/auth/email/change/confirm', { token: old })
      assert.deepEqual((await confirm(second)).json, { changed: false }, 'what the first one had is not its')
      const third = tokenIn(await mail('third@elsewhere.example'))
      time.now = new Date(Date.now() + 86_401_000)
      await refused(401, 'not-redeemable', '/auth/email/change/confirm', { token: third })
      delete time.now
      assert.deepEqual((await confirm(third)).json, { changed: true })
    })

    test('is refused without the password and to the same address, and ends when the password is chosen anew', async () => {
      const { refused, mails, mail, post } = guild()
      const { session, fresh } = await begun('strict')
      const asked = (email: string, secret = password) => ({ email, password: secret })
      const with_ = { token: session }
      await refused(403, 'wrong-password', '/auth/email/change', asked('a@b.example', 'not the password'), with_)
      await refused(422, 'invalid-value', '/auth/email/change', asked('STRICT@people.example'), with_)
      await refused(401, 'unauthenticated', '/auth/email/change', asked('a@b.example'))
      await post('/auth/password/forgot', { email: emailOf('strict') })
      const token = tokenIn(await mail(emailOf('strict')))
      assert.equal((await post('/auth/password/reset', { token, password: `${password} two` })).status, 204)
      await refused(401, 'not-redeemable', '/auth/email/change/confirm', { token: fresh })
      await mails(emailOf('strict'))
      assert.deepEqual(await mails('a@b.example'), [])
    })

    test('class 102: nobody hears that the address is another account’s, and nothing is sent to it', async () => {
      const { join, post, mails, watched } = guild()
      await join('victim')
      const session = await join('curious')
      await mails(emailOf('curious'))
      await mails(emailOf('victim'))
      const attempt = async (email: string) => {
        const { result, statements } = await watched(() =>
          post('/auth/email/change', { email, password }, { token: session }),
        )
        const sent = (await mails(emailOf('curious'))).map(({ template }) => template)
        // Whose the session is, is remembered for a moment only.
        const own = statements.filter((sql) => !sql.includes('from "bede"."session"'))
        return { status: result.status, text: result.text, own, sent }
      }
      await attempt('warm@elsewhere.example')
      const free = await attempt('free@elsewhere.example')
      assert.deepEqual(await attempt(emailOf('victim')), free)
      assert.deepEqual([free.status, free.sent], [202, ['email-change-old']])
      assert.deepEqual(await mails(emailOf('victim')), [])
    })

    test('an address that became another account’s meanwhile stays theirs', async () => {
      const { refused, join, rows } = guild()
      const { old, fresh } = await begun('slow')
      await join('quick')
      await confirm(old)
      await rows(`update member set email = '${target('slow')}' where name = 'quick'`)
      await refused(409, 'already-exists', '/auth/email/change/confirm', { token: fresh })
      assert.equal((await signIn(emailOf('slow'))).status, 200)
    })

    test('class 97: each link confirms once, by twenty at a time, and both at once make one move', async () => {
      const { rows } = guild()
      const { old, fresh } = await begun('raced')
      const all = await Promise.all(Array.from({ length: 20 }, (_, index) => confirm(index % 2 === 0 ? old : fresh)))
      const good = all.filter(({ status }) => status === 200).map(({ json }) => json.changed)
      assert.deepEqual(good.sort(), [false, true])
      const moved = await rows(
        `select 1 from bede.audit a join member m on m.id = a.account_id where a.event = 'email.changed' and m.name = 'raced'`,
      )
      assert.equal(moved.length, 1)
    })

    test('class 61: an account causes five mails an hour, to whatever addresses', async () => {
      const { join, post, mails, rows } = guild()
      const token = await join('spammer')
      const victims = Array.from({ length: 12 }, (_, index) => `victim-${index}@elsewhere.example`)
      for (const email of victims) {
        const { status } = await post('/auth/email/change', { email, password }, { token })
        assert.equal(status, 202)
      }
      const reached = await Promise.all(victims.map((email) => mails(email)))
      assert.equal(reached.flat().length, 5)
      await rows('delete from bede.mail')
    })
  },
)
