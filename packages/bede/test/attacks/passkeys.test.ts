import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { type Answering, Authenticator, flag } from '../support/authenticator.ts'
import { takeMails } from '../support/mails.ts'
import { bankOnBothStores, bankOrigin, bearer, test } from './support/bank-siege.ts'
import type { Answered, Name } from './support/siege.ts'

/** Section G of the attack classes, where people sign in with passkeys. */

const codeOf = ({ status, json }: Answered): string => `${status} ${json?.code ?? ''}`.trim()

await bankOnBothStores('passkeys', (siege) => {
  const post = (path: string, json: unknown, token?: string) =>
    siege().ask('POST', path, { json, ...(token !== undefined && { headers: bearer(token) }) })
  const signInWith = (passkey: unknown) => post('/auth/passkeys/sign-in', { passkey })
  const asked = async () => (await post('/auth/passkeys/sign-in/options', {})).json.options
  const sessions = async () => Number((await siege().rows('select count(*) from bede.session'))[0]?.[0])
  const own: Partial<Record<Name, { device: Authenticator; token: string }>> = {}

  /** Somebody with a passkey and a session. */
  const owner = async (name: Name) => {
    const known = own[name]
    if (known) return known
    const token = await siege().signIn(name)
    const { options } = (await siege().ask('POST', '/auth/passkeys/options', { headers: bearer(token) })).json
    const device = new Authenticator(bankOrigin)
    const added = await post('/auth/passkeys', { passkey: device.create(options), name: `of ${name}` }, token)
    assert.equal(added.status, 204, added.text)
    own[name] = { device, token }
    return { device, token }
  }

  test('a passkey is added, listed, named, signs in on its own, and is taken away', async () => {
    const { device, token } = await owner('bob')
    const headers = bearer(token)
    const options = await asked()
    assert.deepEqual(
      [options.rpId, options.userVerification, options.allowCredentials],
      ['bank.example', 'preferred', undefined],
    )
    const done = await signInWith(device.get(options))
    assert.equal(done.status, 200, done.text)
    assert.equal((await siege().ask('GET', '/auth/me', { headers: bearer(done.json.token) })).json.handle, 'bob')
    const [one] = (await siege().ask('GET', '/auth/passkeys', { headers })).json.items
    assert.deepEqual(Object.keys(one), ['id', 'name', 'backedUp', 'createdAt', 'usedAt'])
    assert.equal(one.usedAt, new Date(siege().time.now).toISOString())
    const renamed = await siege().ask('PATCH', `/auth/passkeys/${one.id}`, { headers, json: { name: 'Phone' } })
    assert.equal(renamed.status, 204, renamed.text)
    const [again] = (await siege().ask('GET', '/auth/passkeys', { headers })).json.items
    assert.equal(again.name, 'Phone')
    const eve = bearer(await siege().signIn('eve'))
    for (const [method, json] of [
      ['PATCH', { name: 'mine' }],
      ['DELETE', undefined],
    ] as const)
      await siege().refused(404, method, `/auth/passkeys/${one.id}`, { headers: eve, ...(json && { json }) })
    assert.deepEqual((await siege().ask('GET', '/auth/passkeys', { headers: eve })).json.items, [])
  })

  test('class 98: what was changed in any place signs nobody in', async () => {
    const { device } = await owner('bob')
    const eve = await owner('eve')
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const forgeries: Record<string, Partial<Answering>> = {
      'another challenge': { challenge: Buffer.from('not one of ours, which is long enough').toString('base64url') },
      'no challenge': { challenge: '' },
      'another origin': { origin: 'https://bank.example.evil.test' },
      'the origin without TLS': { origin: 'http://bank.example' },
      'a part of the origin': { origin: 'https://evil.bank.example' },
      'the origin with a port': { origin: 'https://bank.example:444' },
      'another party': { rpId: 'evil.test' },
      'a part of the party': { rpId: 'example' },
      'nobody present': { flags: flag.verified },
      'no flags': { flags: 0 },
      'backed up, and not to be': { flags: flag.present | flag.verified | flag.backedUp },
      'a counter that goes back': { counter: 0 },
      'another type': { type: 'webauthn.create' },
      'a type of a payment': { type: 'payment.get' },
      'in a frame': { clientData: { crossOrigin: true } },
      'in a frame of theirs': { clientData: { crossOrigin: true, topOrigin: 'https://evil.test' } },
      'another key': { key: other },
      'the handle of another account': { handle: eve.device.handle },
      'an empty handle': { handle: '' },
      'the passkey of another account': { credentialId: eve.device.credentialId },
      'a passkey that is none': { credentialId: Buffer.alloc(16).toString('base64url') },
      'an empty id': { credentialId: '' },
    }
    const before = await sessions()
    for (const [what, forge] of Object.entries(forgeries)) {
      const answer = await signInWith(device.get(await asked(), forge))
      assert.equal(codeOf(answer), '401 invalid-passkey', what)
    }
    // What was signed and changed afterwards.
    const flip = (value: string, at: number): string => {
      const bytes = Buffer.from(value, 'base64url')
      bytes[at] = (bytes[at] ?? 0) ^ 1
      return bytes.toString('base64url')
    }
    for (const field of ['clientDataJSON', 'authenticatorData', 'signature'] as const) {
      const right = device.get(await asked())
      const { length } = Buffer.from(right.response[field], 'base64url')
      for (let at = 0; at < length; at += Math.ceil(length / 12)) {
        const response = { ...right.response, [field]: flip(right.response[field], at) }
        assert.equal(codeOf(await signInWith({ ...right, response })), '401 invalid-passkey', `${field} at ${at}`)
      }
      for (const value of ['', '!', null, 7, {}, [right.response[field]]]) {
        const response = { ...right.response, [field]: value }
        assert.equal(codeOf(await signInWith({ ...right, response })), '401 invalid-passkey', `${field} ${value}`)
      }
    }
    const right = device.get(await asked())
    for (const changed of [
      { ...right, id: eve.device.credentialId },
      { ...right, rawId: eve.device.credentialId },
      { ...right, type: 'password' },
      { ...right, response: {} },
      { ...right, id: { $ne: null } },
      { ...right, response: { ...right.response, userHandle: 7 } },
      null,
      [],
      'x',
    ])
      assert.equal(codeOf(await signInWith(changed)), '401 invalid-passkey', JSON.stringify(changed)?.slice(0, 80))
    assert.equal(await sessions(), before, 'nobody came in')
    assert.equal((await signInWith(right)).status, 200, 'and what was not changed does')
  })

  test('class 97: what a passkey has signed is good once, raced by twenty, and an old counter is another device', async () => {
    const { device } = await owner('bob')
    const right = device.get(await asked())
    const before = await sessions()
    const answers = await Promise.all(Array.from({ length: 20 }, () => signInWith(right)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    assert.equal(await sessions(), before + 1)
    assert.equal(codeOf(await signInWith(right)), '401 invalid-passkey')
    const options = await asked()
    assert.equal((await signInWith(device.get(options))).status, 200)
    assert.equal(codeOf(await signInWith(device.get(options))), '401 invalid-passkey', 'a challenge is signed once')
    const copied = device.get(await asked(), { counter: device.counter - 1 })
    assert.equal(codeOf(await signInWith(copied)), '401 invalid-passkey', 'it has signed as often before')
    const late = await asked()
    siege().later(301)
    assert.equal(codeOf(await signInWith(device.get(late))), '401 invalid-passkey', 'too old')
    const noted = await siege().rows("select count(*) from bede.audit where event = 'passkey.refused'")
    assert.ok(Number(noted[0]?.[0]) > 0)
  })

  test('class 84: a challenge to add a passkey signs nobody in, and one to sign in adds none; nor one of another account', async () => {
    const { device } = await owner('bob')
    const eve = await owner('eve')
    const [bobs, eves] = [await siege().signIn('bob'), await siege().signIn('eve')]
    const begin = async (token: string) =>
      (await siege().ask('POST', '/auth/passkeys/options', { headers: bearer(token) })).json.options
    const toAdd = await begin(bobs)
    assert.equal(
      codeOf(await signInWith(device.get({ challenge: toAdd.challenge, rpId: toAdd.rp.id }))),
      '401 invalid-passkey',
    )
    const fresh = () => new Authenticator(bankOrigin)
    const toShow = await asked()
    const made = fresh().create({ ...toAdd, challenge: toShow.challenge })
    assert.equal(codeOf(await post('/auth/passkeys', { passkey: made }, bobs)), '401 invalid-passkey')
    assert.equal(
      codeOf(await post('/auth/passkeys', { passkey: fresh().create(toAdd) }, eves)),
      '401 invalid-passkey',
      'of another account',
    )
    assert.equal(
      codeOf(await post('/auth/second-factor', { challenge: toShow.challenge, code: '000000' })),
      '401 invalid-challenge',
    )
    const device2 = fresh()
    const [one, two] = [device2.create(toAdd), fresh().create(toAdd)]
    const answers = await Promise.all([one, two, one, two].map((passkey) => post('/auth/passkeys', { passkey }, bobs)))
    assert.equal(answers.filter(({ status }) => status === 204).length, 1, 'one challenge makes one passkey')
    const stolen = fresh().create(await begin(bobs), { credentialId: eve.device.credentialId })
    assert.equal(
      codeOf(await post('/auth/passkeys', { passkey: stolen }, bobs)),
      '409 already-exists',
      'of another account',
    )
  })

  test('class 98: what was changed in any place adds no passkey', async () => {
    const token = await siege().signIn('bob')
    const begin = async () =>
      (await siege().ask('POST', '/auth/passkeys/options', { headers: bearer(token) })).json.options
    const count = async () => (await siege().rows('select count(*) from bede.passkey'))[0]?.[0]
    const before = await count()
    const x5c = new Map<string, unknown>([
      ['alg', -7],
      ['sig', new Uint8Array(70)],
      ['x5c', [new Uint8Array(100)]],
    ])
    const forgeries: Record<string, Partial<Answering>> = {
      'another challenge': { challenge: 'AAAA' },
      'another origin': { origin: 'https://evil.test' },
      'another party': { rpId: 'evil.test' },
      'nobody present': { flags: flag.attested },
      'no key': { flags: flag.present | flag.verified },
      'another type': { type: 'webauthn.get' },
      'in a frame': { clientData: { crossOrigin: true } },
      'somebody else’s word': { format: 'packed', attestation: x5c },
      'a vendor’s word': { format: 'apple', attestation: x5c },
      'a word of no known form': { format: 'mine' },
      'a word where there is none': { attestation: new Map<string, unknown>([['sig', new Uint8Array(3)]]) },
      'a word of its own that is not': {
        format: 'packed',
        attestation: new Map<string, unknown>([
          ['alg', -7],
          ['sig', new Uint8Array(70)],
        ]),
      },
    }
    for (const [what, forge] of Object.entries(forgeries)) {
      const passkey = new Authenticator(bankOrigin).create(await begin(), forge)
      assert.equal(codeOf(await post('/auth/passkeys', { passkey }, token)), '401 invalid-passkey', what)
    }
    const right = new Authenticator(bankOrigin).create(await begin())
    for (const passkey of [
      { ...right, id: new Authenticator(bankOrigin).credentialId },
      { ...right, type: 'x' },
      { ...right, response: { ...right.response, attestationObject: 'oA' } },
      { ...right, response: {} },
      null,
    ])
      assert.equal(codeOf(await post('/auth/passkeys', { passkey }, token)), '401 invalid-passkey')
    assert.equal(await count(), before)
    assert.equal((await post('/auth/passkeys', { passkey: right, name: '' }, token)).status, 422)
    assert.equal((await post('/auth/passkeys', { passkey: right }, token)).status, 204)
  })

  test('class 96: a passkey that knows its owner is both steps, one that does not is the first of two', async () => {
    const { device } = await owner('ada')
    const both = await signInWith(device.get(await asked()))
    assert.equal(both.status, 200, both.text)
    const before = await sessions()
    const alone = await signInWith(device.get(await asked(), { flags: flag.present }))
    assert.equal(codeOf(alone), '401 second-factor-required')
    assert.deepEqual(alone.json.factors, ['totp', 'recovery-code'], 'the same thing twice is not two')
    const { challenge } = alone.json
    const twice = await post('/auth/second-factor', { challenge, passkey: device.get(await asked()) })
    assert.equal(twice.status, 400, twice.text)
    assert.equal(await sessions(), before)
    siege().later(30)
    const done = await post('/auth/second-factor', {
      challenge: (await signInWith(device.get(await asked(), { flags: flag.present }))).json.challenge,
      code: siege().appCode(),
    })
    assert.equal(done.status, 200, done.text)
  })

  test('class 96: beside a password a passkey is the second step, of its own account alone', async () => {
    const { device } = await owner('ada')
    const bob = await owner('bob')
    const first = async () =>
      (await post('/auth/sign-in', { email: 'ada.canary@example.com', password: 'correct horse battery' })).json
    const { challenge, factors } = await first()
    assert.deepEqual(factors, ['totp', 'recovery-code', 'passkey'])
    const before = await sessions()
    for (const passkey of [
      bob.device.get(await asked()),
      device.get(await asked(), { origin: 'https://evil.test' }),
      null,
    ])
      assert.equal(codeOf(await post('/auth/second-factor', { challenge, passkey })), '401 invalid-passkey')
    assert.equal((await post('/auth/second-factor', { challenge })).status, 400)
    assert.equal(await sessions(), before)
    const done = await post('/auth/second-factor', {
      challenge,
      passkey: device.get(await asked(), { flags: flag.present }),
    })
    assert.equal(done.status, 200, done.text)
    const again = await post('/auth/second-factor', { challenge, passkey: device.get(await asked()) })
    assert.equal(codeOf(again), '401 invalid-challenge')
  })

  test('class 29: a passkey proves again who one is, and adding and taking one away asks for it', async () => {
    const { device, token } = await owner('eve')
    siege().later(11 * 60)
    const headers = bearer(token)
    const [one] = (await siege().ask('GET', '/auth/passkeys', { headers })).json.items
    const guarded = [
      ['POST', '/auth/passkeys/options'],
      ['DELETE', `/auth/passkeys/${one.id}`],
    ] as const
    for (const [method, path] of guarded)
      assert.equal((await siege().ask(method, path, { headers })).json.code, 'step-up-required')
    const bobs = (await owner('bob')).device
    assert.equal(
      codeOf(await post('/auth/step-up', { passkey: bobs.get(await asked()) }, token)),
      '401 invalid-passkey',
    )
    const proven = await post('/auth/step-up', { passkey: device.get(await asked()) }, token)
    assert.equal(proven.status, 200, proven.text)
    own.eve = { device, token: String(proven.json.token) }
    const fresh = bearer(String(proven.json.token))
    assert.equal((await siege().ask('POST', '/auth/passkeys/options', { headers: fresh })).status, 200)
  })

  test('class 87: a passkey that was added in advance goes when the owner of the address comes', async () => {
    const taken = { email: 'taken@example.com', password: 'what the thief has chosen', handle: 'taken' }
    const { token } = (await post('/auth/register', taken)).json
    const { options } = (await siege().ask('POST', '/auth/passkeys/options', { headers: bearer(token) })).json
    const thief = new Authenticator(bankOrigin)
    assert.equal((await post('/auth/passkeys', { passkey: thief.create(options) }, token)).status, 204)
    assert.equal((await signInWith(thief.get(await asked()))).status, 200)
    const { binding } = (await post('/auth/magic', { email: taken.email })).json
    const { link = '' } = (await takeMails(siege().backend, taken.email)).at(-1)?.values ?? {}
    const come = await post('/auth/magic/redeem', { token: link.split('#token=')[1], binding })
    assert.equal(come.status, 200, come.text)
    assert.equal(codeOf(await signInWith(thief.get(await asked()))), '401 invalid-passkey')
    assert.equal((await siege().ask('GET', '/auth/me', { headers: bearer(token) })).status, 401)
  })

  test('class 99: a passkey that is taken away signs nobody in, and ends what was signed in', async () => {
    const { device } = await owner('eve')
    const lost = await signInWith(device.get(await asked()))
    assert.equal(lost.status, 200, lost.text)
    const token = await siege().signIn('eve')
    const items = (await siege().ask('GET', '/auth/passkeys', { headers: bearer(token) })).json.items
    const gone = await siege().ask('DELETE', `/auth/passkeys/${items[0].id}`, { headers: bearer(token) })
    assert.equal(gone.status, 200, gone.text)
    for (const old of [lost.json.token, token])
      assert.equal((await siege().ask('GET', '/auth/me', { headers: bearer(old) })).status, 401)
    assert.equal((await siege().ask('GET', '/auth/me', { headers: bearer(gone.json.token) })).status, 200)
    assert.equal(codeOf(await signInWith(device.get(await asked()))), '401 invalid-passkey')
    const told = await siege().rows(
      "select count(*) from bede.audit where event in ('passkey.added', 'passkey.removed')",
    )
    assert.ok(Number(told[0]?.[0]) >= 2)
  })
})
