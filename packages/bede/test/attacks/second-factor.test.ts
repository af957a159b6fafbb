import assert from 'node:assert/strict'
import { Secret, TOTP } from 'otpauth'
import { open, seal } from '../../src/engine/keys/seal.ts'
import { takeMails } from '../support/mails.ts'
import { bankOnBothStores, bearer, test } from './support/bank-siege.ts'
import { type Answered, emailOf, password } from './support/siege.ts'

/** Sections G and L of the attack classes, where an account has a second factor. */

const codeOf = ({ status, json }: Answered): string => `${status} ${json?.code ?? ''}`.trim()
/** How often each answer came. */
const tally = (answers: readonly Answered[]) =>
  Object.fromEntries([...Map.groupBy(answers, codeOf)].map(([code, { length }]) => [code, length]))
const wrongOf = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

await bankOnBothStores('a second factor', (siege) => {
  const first = { email: emailOf('ada'), password }
  /** What a link or a code in a mail to Ada brings, beside what the browser that asked was given. */
  const mailed = async (path: string) => {
    const asked = await siege().ask('POST', path, { json: { email: first.email } })
    const { link, code } = (await takeMails(siege().backend, first.email)).at(-1)?.values ?? {}
    return { binding: asked.json.binding, token: link?.split('#token=')[1], code }
  }
  /** Every operation that lets somebody in who is nobody yet, and what Ada would send to it. */
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    'auth.signIn': async () => first,
    login: async () => first,
    'auth.magic.redeem': async () => {
      const { token, binding } = await mailed('/auth/magic')
      return { token, binding }
    },
    'auth.magic.redeemCode': async () => {
      const { code, binding } = await mailed('/auth/email-code')
      return { code, binding }
    },
  }
  /** Those that let nobody in who has an account; and passkeys, of which a suite of their own says the same. */
  const others = [
    'auth.register',
    'auth.password.forgot',
    'auth.password.reset',
    'auth.email.verify',
    'auth.email.verify.resend',
    'auth.email.change.confirm',
    'auth.email.change.cancel',
    'auth.magic.link',
    'auth.magic.code',
    'auth.secondFactor.complete',
    'auth.passkeys.ask',
    'auth.passkeys.signIn',
  ]

  const complete = (json: unknown, headers = {}) => siege().ask('POST', '/auth/second-factor', { json, headers })
  /** After whatever wait there may be. */
  const patiently = async (code: () => string | undefined) => {
    siege().later(901)
    return complete({ challenge: await siege().begin(), code: code() })
  }
  const sessions = async () => Number((await siege().rows('select count(*) from bede.session'))[0]?.[0])
  const anonymous = () =>
    Object.entries(siege().backend.manifest.operations).filter(
      ([, { kind, auth }]) => kind === 'invoke' && auth === 'optional',
    )

  test('class 96: every way in is known to this suite', () => {
    const names = anonymous().map(([name]) => name)
    assert.deepEqual(
      names.filter((name) => !(name in ways) && !others.includes(name)),
      [],
    )
  })

  test('class 96: no way in opens a session, or shows anything of the account, before the second step', async () => {
    for (const [name, { http }] of anonymous()) {
      const json = await ways[name]?.()
      if (json === undefined || !http) continue
      const before = await sessions()
      const refused = await siege().ask(http.method, http.path, { json })
      assert.equal(codeOf(refused), '401 second-factor-required', `${name}: ${refused.text}`)
      assert.equal(await sessions(), before)
      assert.deepEqual(refused.json.factors, ['totp', 'recovery-code'])
      const known = ['type', 'title', 'status', 'detail', 'code', 'hint', 'requestId', 'challenge', 'factors']
      assert.deepEqual(Object.keys(refused.json), known, name)
      assert.equal(refused.headers.get('set-cookie'), null)
      const { challenge } = refused.json
      assert.ok(!siege().lines.some((line) => line.includes(challenge)), 'the challenge is in no log')
      // It is no credential: only the second step takes it.
      for (const [path, { auth, http }] of Object.entries(siege().backend.manifest.operations)) {
        if (auth !== 'required' || !http) continue
        const answer = await siege().ask(http.method, http.path.replace(':id', siege().ids.ada), {
          headers: bearer(challenge),
        })
        assert.equal(answer.status, 401, `${path} takes a challenge for a session`)
      }
      const code = siege().appCode()
      const done = await complete({ challenge, code })
      assert.equal(done.status, 200, done.text)
      const me = await siege().ask('GET', '/auth/me', { headers: bearer(done.json.token) })
      assert.equal(me.json.handle, 'ada')
      siege().later(30)
    }
  })

  test('class 96: a password that was chosen anew by mail is a first step and no more', async () => {
    await siege().ask('POST', '/auth/password/forgot', { json: { email: first.email } })
    const { link = '' } = (await takeMails(siege().backend, first.email)).at(-1)?.values ?? {}
    const token = link.split('#token=')[1]
    const reset = await siege().ask('POST', '/auth/password/reset', { json: { token, password } })
    assert.equal(reset.status, 204, reset.text)
    assert.equal(await sessions(), 2, 'it signs nobody in: Bob and Eve are')
    siege().later(1)
    assert.equal(codeOf(await siege().ask('POST', '/auth/sign-in', { json: first })), '401 second-factor-required')
  })

  test('class 96: who has no second factor is asked for none, and a challenge of one is of no use to another', async () => {
    assert.equal((await siege().ask('POST', '/login', { json: { email: emailOf('bob'), password } })).status, 200)
    const challenge = await siege().begin()
    for (const as of ['bob', 'eve'] as const) {
      // Whoever is signed in completes the sign-in that began, and not one of theirs.
      const done = await siege().ask('POST', '/auth/second-factor', {
        as,
        json: { challenge, code: wrongOf(siege().appCode()) },
      })
      assert.equal(codeOf(done), '401 wrong-code')
    }
    await siege().signIn('ada')
  })

  test('class 84: nothing else is taken for a challenge, and a challenge for nothing else', async () => {
    const challenge = await siege().begin()
    const token = await siege().signIn('ada')
    const { keys } = siege().backend
    const inside = open(keys, 'second-factor', challenge, ['a ticket']).toString()
    const forged = [
      seal(keys, 'totp', inside, ['a ticket']),
      seal(keys, 'second-factor', inside, ['something else']),
      seal(keys, 'second-factor', '{}', ['a ticket']),
      Buffer.from(inside).toString('base64url'),
      token,
      siege().codes[0],
      '',
      'null',
    ]
    for (const one of forged) {
      const answer = await siege().refused([401, 422], 'POST', '/auth/second-factor', {
        json: { challenge: one, code: siege().codes[0] },
      })
      assert.ok(['invalid-challenge', 'invalid-value'].includes(answer.json.code), answer.text)
    }
    for (const json of [{ challenge: [challenge] }, { challenge: { $ne: null } }, { challenge: null }, {}])
      await siege().refused(400, 'POST', '/auth/second-factor', { json: { ...json, code: '000000' } })
    await siege().refused(401, 'GET', '/auth/me', { headers: bearer(siege().codes[0] ?? '') })
  })

  test('class 85: a challenge with one letter changed is none, and what a caller sends is never sealed for them', async () => {
    const challenge = await siege().begin()
    for (let at = 0; at < challenge.length; at += 3) {
      const other = challenge[at] === 'A' ? 'B' : 'A'
      const changed = challenge.slice(0, at) + other + challenge.slice(at + 1)
      const answer = await complete({ challenge: changed, code: siege().appCode() })
      assert.equal(codeOf(answer), '401 invalid-challenge', `letter ${at}`)
    }
    const [again, before] = [await siege().begin(), await sessions()]
    assert.notEqual(again, challenge, 'the same sign-in is never sealed into the same text')
    assert.equal(await sessions(), before)
    siege().later(601)
    assert.equal(
      codeOf(await complete({ challenge: again, code: siege().appCode() })),
      '401 invalid-challenge',
      'too old',
    )
  })

  test('class 97: a code is taken once: used again, and by twenty at a time', async () => {
    siege().later(30)
    const challenges = await Promise.all(Array.from({ length: 20 }, () => siege().begin()))
    const before = await sessions()
    const code = siege().appCode()
    const answers = await Promise.all(challenges.map((challenge) => complete({ challenge, code })))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(tally(answers)))
    assert.equal(await sessions(), before + 1)
    assert.equal(codeOf(await patiently(() => code)), '401 wrong-code', 'long after its step')
    // Of the steps that are taken, those before the last that was are as good as used.
    const done = await patiently(() => siege().appCode(1))
    assert.equal(done.status, 200, done.text)
    for (const steps of [-1, 0, 1])
      assert.equal(
        codeOf(await complete({ challenge: await siege().begin(), code: siege().appCode(steps) })),
        '401 wrong-code',
      )
    siege().later(60)
    const challenge = await siege().begin()
    assert.equal((await complete({ challenge, code: siege().appCode() })).status, 200)
    siege().later(30)
    const again = await complete({ challenge, code: siege().appCode() })
    assert.equal(codeOf(again), '401 invalid-challenge', 'a challenge is used once')
    assert.equal(
      (await complete({ challenge: await siege().begin(), code: siege().appCode() })).status,
      200,
      'the code was not',
    )
  })

  test('class 97: one challenge is gone on with once, by twenty at a time', async () => {
    siege().later(30)
    const challenge = await siege().begin()
    const before = await sessions()
    const shown = [siege().appCode(-1), siege().appCode(), siege().appCode(1), ...siege().codes.splice(0, 2)]
    const answers = await Promise.all(shown.map((code) => complete({ challenge, code })))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(tally(answers)))
    assert.equal(await sessions(), before + 1)
    assert.equal((await patiently(() => siege().appCode())).status, 200)
  })

  test('class 97: a recovery code is taken once, by twenty at a time, however it is typed', async () => {
    const [code = '', other = ''] = siege().codes.splice(0, 2)
    const challenges = await Promise.all(Array.from({ length: 20 }, () => siege().begin()))
    const before = await sessions()
    const answers = await Promise.all(challenges.map((challenge) => complete({ challenge, code })))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(tally(answers)))
    assert.equal(await sessions(), before + 1)
    assert.equal(codeOf(await patiently(() => code)), '401 wrong-code')
    const typed = ` ${other.toUpperCase().replaceAll('-', ' ')} `
    assert.equal((await patiently(() => typed)).status, 200)
    assert.equal(codeOf(await patiently(() => other)), '401 wrong-code')
    const [row] = await siege().rows("select string_agg(code_hash, ' ') from bede.recovery_code")
    assert.ok(!siege().codes.some((one) => row?.[0]?.includes(one)), 'no code is kept as it is')
    assert.equal((await patiently(() => siege().appCode())).status, 200)
  })

  test('class 87: an app of who registered with somebody else’s address keeps its owner out of nothing', async () => {
    const { ask, rows, time, later } = siege()
    const squat = async (email: string, verified?: string) => {
      const made = await ask('POST', '/auth/register', { json: { email, password, handle: email.split('@')[0] } })
      assert.equal(made.status, 201, made.text)
      if (verified !== undefined)
        await rows(
          `insert into bede.account (id, account_id, verified_email) select gen_random_uuid(), id, '${verified}' from "user" where email = '${email}'`,
        )
      const { secret } = (await ask('POST', '/auth/totp', { headers: bearer(made.json.token) })).json
      const code = TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: time.now })
      const added = await ask('POST', '/auth/totp/confirm', { headers: bearer(made.json.token), json: { code } })
      assert.equal(added.status, 200, added.text)
      later(60)
      const asked = await ask('POST', '/auth/magic', { json: { email } })
      const { link } = (await takeMails(siege().backend, email)).at(-1)?.values ?? {}
      const json = { token: link?.split('#token=')[1], binding: asked.json.binding }
      return { token: String(added.json.token), arrived: await ask('POST', '/auth/magic/redeem', { json }) }
    }
    const owner = await squat('victim87@example.com')
    assert.equal(owner.arrived.status, 200, owner.arrived.text)
    const state = await ask('GET', '/auth/second-factor', { headers: bearer(owner.arrived.json.token) })
    assert.deepEqual(state.json, { totp: false, recoveryCodes: 0 })
    assert.equal((await ask('GET', '/auth/me', { headers: bearer(owner.token) })).status, 401, 'who was there is out')
    const left = await rows(
      `select count(*) from bede.recovery_code join "user" on "user".id = account_id where email = 'victim87@example.com'`,
    )
    assert.equal(left[0]?.[0], '0')

    // An address of the account was confirmed once: the app is of whoever that was, and stays.
    const moved = await squat('moved87@example.com', 'before87@example.com')
    assert.equal(codeOf(moved.arrived), '401 second-factor-required')
    assert.equal((await ask('GET', '/auth/me', { headers: bearer(moved.token) })).status, 200, 'nothing was ended')
  })

  test('class 126: guesses at once count as many as one after the other, and have to wait longer each time', async () => {
    siege().later(60)
    const challenges = await Promise.all(Array.from({ length: 40 }, () => siege().begin()))
    const before = await sessions()
    const wrong = wrongOf(siege().appCode(1))
    const guess = () => Promise.all(challenges.map((challenge) => complete({ challenge, code: wrong })))
    assert.deepEqual(tally(await guess()), { '401 wrong-code': 5, '429 too-many-attempts': 35 })
    const [held] = challenges
    const right = await complete({ challenge: held, code: siege().appCode() })
    assert.equal(codeOf(right), '429 too-many-attempts', 'the right one has to wait as well')
    assert.equal(right.headers.get('retry-after'), '30')
    const waits = []
    for (const seconds of [30, 60, 120, 300, 900, 900]) {
      siege().later(seconds - 1)
      const early = await complete({ challenge: await siege().begin(), code: siege().codes[0] })
      assert.equal(codeOf(early), '429 too-many-attempts')
      waits.push(Number(early.headers.get('retry-after')))
      siege().later(1)
      const challenge = await siege().begin()
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => complete({ challenge, code: wrongOf(siege().appCode(1)) })),
      )
      assert.deepEqual(tally(answers), { '401 wrong-code': 1, '429 too-many-attempts': 9 })
    }
    assert.deepEqual(waits, [1, 1, 1, 1, 1, 1])
    assert.equal(await sessions(), before)
    const noted = await siege().rows("select count(*) from bede.audit where event = 'second-factor.refused'")
    assert.ok(Number(noted[0]?.[0]) >= 10, 'each is in the trail')
    // It never ends in "not any more", and the right one begins anew.
    siege().later(900)
    assert.equal((await complete({ challenge: await siege().begin(), code: siege().appCode() })).status, 200)
    const again = await Promise.all(
      Array.from({ length: 7 }, async () => complete({ challenge: await siege().begin(), code: wrong })),
    )
    assert.equal(tally(again)['401 wrong-code'], 5)
    assert.equal((await patiently(() => siege().appCode())).status, 200)
  })

  test('class 126: an app is not added by guessing, and asks for nothing until it was added', async () => {
    const headers = bearer(await siege().signIn('eve'))
    const begun = await siege().ask('POST', '/auth/totp', { headers })
    assert.equal(begun.status, 201, begun.text)
    const secret = Secret.fromBase32(begun.json.secret)
    const code = () => TOTP.generate({ secret, timestamp: siege().time.now })
    const confirm = (typed: string) => siege().ask('POST', '/auth/totp/confirm', { headers, json: { code: typed } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => confirm(wrongOf(code()))))
    assert.deepEqual(tally(answers), { '401 wrong-code': 5, '429 too-many-attempts': 15 })
    assert.equal(codeOf(await confirm(code())), '429 too-many-attempts')
    const state = (await siege().ask('GET', '/auth/second-factor', { headers })).json
    assert.deepEqual(state, { totp: false, recoveryCodes: 0 })
    await siege().signIn('eve')
    siege().later(30)
    assert.equal((await confirm(code())).json.recoveryCodes.length, 10)
    assert.equal(codeOf(await confirm(code())), '401 invalid-credential', 'under another token from now on')
  })

  test('class 102: until the password is right, nobody learns who has a second factor', async () => {
    const attempt = async (email: string) => {
      const answer = await siege().ask('POST', '/auth/sign-in', { json: { email, password: 'not the password' } })
      assert.equal(answer.status, 401, answer.text)
      return { ...answer.json, requestId: '' }
    }
    const known = await attempt(emailOf('ada'))
    for (const email of [emailOf('bob'), 'nobody@example.com']) assert.deepEqual(await attempt(email), known)
  })

  test('class 99: what changes the second factor ends the other sessions, and the sign-ins that have begun', async () => {
    const { ask, later } = siege()
    const [own, lost] = [await siege().signIn('ada'), await siege().signIn('ada')]
    later(60)
    const challenge = await siege().begin()
    const gone = await ask('DELETE', '/auth/totp', { headers: bearer(own) })
    assert.equal(gone.status, 200, gone.text)
    const kept = String(gone.json.token)
    for (const token of [lost, own])
      assert.equal((await ask('GET', '/auth/me', { headers: bearer(token) })).status, 401)
    assert.equal((await ask('GET', '/auth/me', { headers: bearer(kept) })).status, 200)
    assert.equal(codeOf(await complete({ challenge, code: siege().appCode() })), '401 invalid-challenge')
    assert.equal(codeOf(await complete({ challenge, code: siege().codes[0] })), '401 invalid-challenge')

    // Without one the password is enough, and adding one ends what was let in without it.
    const without = String((await ask('POST', '/auth/sign-in', { json: first })).json.token)
    const { secret } = (await ask('POST', '/auth/totp', { headers: bearer(kept) })).json
    assert.match(secret, /^[A-Z2-7]{32}$/)
    const code = TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: siege().time.now })
    assert.equal((await ask('GET', '/auth/me', { headers: bearer(without) })).status, 200, 'nothing asks for it yet')
    const added = await ask('POST', '/auth/totp/confirm', { headers: bearer(kept), json: { code } })
    assert.equal(added.status, 200, added.text)
    for (const token of [without, kept])
      assert.equal((await ask('GET', '/auth/me', { headers: bearer(token) })).status, 401)
    assert.equal((await ask('GET', '/auth/me', { headers: bearer(added.json.token) })).status, 200)
    later(60)
    assert.equal(codeOf(await complete({ challenge, code })), '401 invalid-challenge', 'it had begun before')
    const mails = await siege().rows('select recipient, template from bede.mail order by id')
    const notice = [emailOf('ada'), 'second-factor-changed']
    assert.deepEqual(mails.slice(-2), [notice, notice], 'its owner is told of both')
    const [row] = await siege().rows('select secret from bede.totp')
    assert.ok(row?.[0] && !row[0].includes(secret), 'the secret is sealed')
    assert.ok(!siege().lines.some((line) => line.includes(secret)), 'and in no log')
  })
})
