import assert from 'node:assert/strict'
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { keysOf, rootsOf } from '../../src/engine/keys/keys.ts'
import { open } from '../../src/engine/keys/seal.ts'
import { type OpenHouse, openHouse, password } from '../identity/support/house.ts'
import { testStores } from '../support/stores.ts'

/** Section G of the attack classes, where tokens are signed. Whoever attacks has the signing key where a class needs it. */

const origin = 'https://house.example'
const secrets = { current: randomBytes(32).toString('base64url') }
const sessions = { token: 'jwt', cookie: true } as const
const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
const decode = (part = ''): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString())

for (const store of await testStores()) {
  describe(`signed tokens under attack, on ${store.name}`, { skip: store.skip }, () => {
    let house: OpenHouse
    let own: { readonly kid: string; readonly secret: KeyObject; readonly x: string }
    let token = ''
    let id = ''
    let header: Record<string, unknown> = {}
    let claims: Record<string, unknown> = {}
    before(async () => {
      house = await openHouse(store, { sessions, secrets, origin })
      ;({ token, id } = await house.person('ada'))
      const parts = token.split('.')
      header = decode(parts[0])
      claims = decode(parts[1])
      const [[kid = '', sealed = ''] = []] = (await house.rows('select name, sealed from bede.signing_key')) as [
        [string, string],
      ]
      const jwk = JSON.parse(open(keysOf(rootsOf(secrets), { apart: true }), 'signing key', sealed, [kid]).toString())
      own = { kid, secret: createPrivateKey({ key: jwk, format: 'jwk' }), x: jwk.x }
    })
    after(() => house?.close())

    const signed = (head: object, body: unknown, key: KeyObject = own.secret): string => {
      const text = `${encode(head)}.${encode(body)}`
      return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
    }
    /** Refused on a route that needs somebody and on one that is open to all, as any unknown token is. */
    const refused = async (forged: string, what: string) => {
      for (const path of ['/auth/me', '/open']) {
        const answer = await house.ask('GET', path, { token: forged })
        assert.deepEqual(
          [answer.status, answer.json?.code],
          [401, 'invalid-credential'],
          `${what} ${path}: ${answer.text}`,
        )
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="The house", error="invalid_token"')
      }
    }
    const good = async () => assert.equal((await house.ask('GET', '/auth/me', { token })).json?.name, 'ada')

    test('class 80: only EdDSA by a key of ours opens anything, whatever the header says', async () => {
      await good()
      assert.equal(
        (await house.ask('GET', '/auth/me', { token: signed(header, claims) })).status,
        200,
        'the attacker can sign',
      )
      const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const ed = generateKeyPairSync('ed25519')
      const publicOf = (key: KeyObject) => key.export({ format: 'jwk' })
      const pem = own.secret.export({ type: 'pkcs8', format: 'pem' }).toString()
      const ours = createPublicKey(own.secret)
      const hmacKeys = [
        '',
        own.x,
        own.kid,
        pem,
        Buffer.from(own.x, 'base64url'),
        ours.export({ type: 'spki', format: 'pem' }).toString(),
        ours.export({ type: 'spki', format: 'der' }),
        JSON.stringify(publicOf(ours)),
      ]
      const byKey: [string, (text: string) => string][] = [
        ['no signature', () => ''],
        ['hmac', (text) => createHmac('sha256', own.x).update(text).digest('base64url')],
        ['rsa', (text) => createSign('sha256').update(text).sign(rsa.privateKey).toString('base64url')],
        [
          'ec',
          (text) =>
            createSign('sha256')
              .update(text)
              .sign({ key: ec.privateKey, dsaEncoding: 'ieee-p1363' })
              .toString('base64url'),
        ],
        ['another ed25519', (text) => sign(null, Buffer.from(text), ed.privateKey).toString('base64url')],
        ['our own', (text) => sign(null, Buffer.from(text), own.secret).toString('base64url')],
        ['64 zeros', () => Buffer.alloc(64).toString('base64url')],
      ]
      for (const alg of [
        'none',
        'None',
        'NONE',
        '',
        'HS256',
        'HS384',
        'HS512',
        'RS256',
        'PS256',
        'ES256',
        'ES256K',
        'Ed448',
        'eddsa',
        'EDDSA',
        'EdDSA ',
        null,
        1,
        ['EdDSA'],
      ])
        for (const [by, make] of byKey) {
          const text = `${encode({ ...header, alg })}.${encode(claims)}`
          await refused(`${text}.${make(text)}`, `alg ${String(alg)} signed by ${by}`)
        }
      for (const [by, make] of byKey.filter(([name]) => name !== 'our own')) {
        const text = `${encode(header)}.${encode(claims)}`
        await refused(`${text}.${make(text)}`, `alg EdDSA signed by ${by}`)
      }
      for (const key of hmacKeys) {
        const text = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`
        await refused(
          `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`,
          'HS256 by what is public',
        )
      }
      for (const more of [
        { jwk: publicOf(ed.publicKey) },
        { jku: 'http://127.0.0.1:1/jwks.json' },
        { x5u: 'http://127.0.0.1:1/x' },
        { x5c: ['AAAA'] },
      ])
        await refused(signed({ ...header, ...more }, claims, ed.privateKey), JSON.stringify(more))
      for (const kid of [
        undefined,
        '',
        null,
        1,
        'x',
        '../../dev/null',
        "' or 1=1--",
        `${own.kid} `,
        [own.kid],
        { kid: own.kid },
        '__proto__',
        'constructor',
      ])
        await refused(signed({ ...header, kid }, claims), `kid ${JSON.stringify(kid)}`)
      await refused(signed({ ...header, crit: ['exp'] }, claims), 'crit')
      await refused(signed({ ...header, b64: false, crit: ['b64'] }, claims), 'b64')
      await good()
    })

    test('class 81: a token for somebody else is not for us', async () => {
      for (const aud of [
        undefined,
        null,
        '',
        'https://other.example',
        `${origin}/`,
        `${origin}.evil.example`,
        origin.toUpperCase(),
        [],
        [origin],
        [origin, 'https://other.example'],
        ['https://other.example'],
        { 0: origin },
        1,
        true,
      ])
        await refused(signed(header, { ...claims, aud }), `aud ${JSON.stringify(aud)}`)
    })

    test('class 82: a token of another issuer is none, whoever has signed it', async () => {
      for (const iss of [
        undefined,
        null,
        '',
        'https://evil.example',
        `${origin}/`,
        'https://house.example:443',
        'http://house.example',
        [origin],
        1,
      ])
        await refused(signed(header, { ...claims, iss }), `iss ${JSON.stringify(iss)}`)
      const ed = generateKeyPairSync('ed25519')
      await refused(
        signed({ ...header, kid: 'evil' }, { ...claims, iss: 'https://evil.example' }, ed.privateKey),
        'a whole provider of its own',
      )
    })

    test('class 83: dates that are no dates, long ago, far away or absent open nothing', async () => {
      const now = Math.floor(Date.now() / 1000)
      const bad = (raw: string) => {
        const text = `${encode(header)}.${encode(raw)}`
        return `${text}.${sign(null, Buffer.from(text), own.secret).toString('base64url')}`
      }
      const withRaw = (name: string, value: string) => JSON.stringify({ ...claims, [name]: '@' }).replace('"@"', value)
      for (const value of [
        '"9999999999"',
        '"x"',
        'null',
        'true',
        '[]',
        '{}',
        '[9999999999]',
        '1e999',
        '-1e999',
        '1e300',
        '-1',
        '0',
        String(now - 1),
        String(now),
        String(now + 400 * 86_400),
        '"2030-01-01T00:00:00Z"',
      ])
        await refused(bad(withRaw('exp', value)), `exp ${value}`)
      for (const value of [
        '"0"',
        'null',
        'true',
        '{}',
        '1e999',
        '1e300',
        String(now + 3_600),
        String(now - 10 * 86_400),
      ])
        await refused(bad(withRaw('iat', value)), `iat ${value}`)
      for (const value of ['"0"', '{}', '1e300', String(now + 3_600)])
        await refused(bad(withRaw('nbf', value)), `nbf ${value}`)
      for (const name of ['exp', 'iat', 'sub', 'sid', 'jti', 'iss', 'aud'])
        await refused(signed(header, { ...claims, [name]: undefined }), `without ${name}`)
      for (const raw of ['', 'null', '[]', '"x"', '{', '{"exp":NaN}', '1', '\u0000'])
        await refused(bad(raw), `claims ${raw}`)
      await good()
    })

    test('class 84: no token of one kind is one of another', async () => {
      const { email } = await house.person('kinds')
      const entered = await house.ask('POST', '/auth/sign-in', { json: { email, password } })
      const cookie = await house.ask('POST', '/auth/sign-in', { json: { email, password, session: 'cookie' } })
      const inCookie = /=([\w-]{43});/.exec(cookie.headers.getSetCookie()[0] ?? '')?.[1] ?? ''
      const { token: access, refreshToken: refresh } = entered.json
      const [family, secret] = refresh.split('.')
      const [row = []] = await house.rows(
        'select family_hash, token_hash, id::text from bede.session where family_hash is not null',
      )
      for (const wrong of [refresh, family, secret, inCookie, `${refresh}.x`, `x.${refresh}`, ...row])
        await refused(String(wrong), 'in the header')
      for (const wrong of [
        access.slice(0, 190),
        inCookie,
        family,
        `${secret}.${family}`,
        `${family}.${inCookie}`,
        ...row,
      ]) {
        const answer = await house.ask('POST', '/auth/refresh', { json: { refreshToken: wrong } })
        assert.equal(answer.status, 401, answer.text)
      }
      for (const wrong of [secret, family, ...row])
        assert.equal((await house.ask('GET', '/auth/me', { cookie: `__Host-The-house=${wrong}` })).status, 401)
      for (const typ of [undefined, 'JWT', 'id_token+jwt', 'at+jwt ', 'application/jwt', 'logout+jwt', 1])
        await refused(signed({ ...header, typ }, claims), `typ ${String(typ)}`)
      // Of another session or account than it says.
      await refused(signed(header, { ...claims, sub: '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b' }), 'of another account')
      for (const sid of ['', 'x', null, 1, [claims.sid], { sid: claims.sid }])
        await refused(signed(header, { ...claims, sid }), 'of no session')
    })

    test('class 85: nothing signs what a caller sends, and a name in an account stays a name', async () => {
      const evil = 'x","sub":"1'
      const { json } = await house.ask('POST', '/auth/register', {
        json: { email: 'oracle@example.com', password, name: evil.slice(0, 60) },
      })
      const body = decode(json.token.split('.')[1])
      assert.deepEqual(Object.keys(body).sort(), ['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'])
      assert.ok(!JSON.stringify(body).includes('oracle') && body.sub !== id)
    })

    test('class 86: what seals the signing keys opens nothing else, and nothing else opens them', async () => {
      const keys = keysOf(rootsOf(secrets), { apart: true })
      const [[kid = '', sealed = ''] = []] = await house.rows('select name, sealed from bede.signing_key')
      const opens = (...[ring, purpose, bound]: [typeof keys, string, readonly string[]]) => {
        try {
          return open(ring, purpose, String(sealed), bound).length > 0
        } catch {
          return false
        }
      }
      assert.ok(opens(keys, 'signing key', [String(kid)]))
      for (const purpose of ['', 'signing', 'signing key ', 'second factor', 'cursor', 'field'])
        assert.ok(!opens(keys, purpose, [String(kid)]), purpose)
      for (const bound of [[], ['x'], [String(kid), ''], [`${kid} `]]) assert.ok(!opens(keys, 'signing key', bound))
      const others = keysOf(rootsOf({ current: randomBytes(32).toString('base64url') }), { apart: true })
      assert.ok(!opens(others, 'signing key', [String(kid)]))
    })

    test('class 91: of twenty that bring one refresh token at once, one wins and the session is over', async () => {
      const { json } = await house.ask('POST', '/auth/sign-in', { json: { email: 'ada@example.com', password } })
      const all = await Promise.all(
        Array.from({ length: 20 }, () =>
          house.ask('POST', '/auth/refresh', { json: { refreshToken: json.refreshToken } }),
        ),
      )
      const won = all.filter(({ status }) => status === 200)
      assert.equal(won.length, 1)
      assert.ok(all.every(({ status }) => status === 200 || status === 401))
      for (const dead of [json.token, won[0]?.json.token]) await refused(dead, 'after the race')
      const again = await house.ask('POST', '/auth/refresh', { json: { refreshToken: won[0]?.json.refreshToken } })
      assert.equal(again.status, 401)
      await good()
    })

    test('class 91: a family that somebody makes up ends nobody’s session', async () => {
      const { json } = await house.ask('POST', '/auth/sign-in', { json: { email: 'ada@example.com', password } })
      const [family] = json.refreshToken.split('.')
      const other = randomBytes(32).toString('base64url')
      for (const made of [`${other}.${other}`, `${other}.${family}`, `${other}.${json.refreshToken.split('.')[1]}`])
        assert.equal((await house.ask('POST', '/auth/refresh', { json: { refreshToken: made } })).status, 401)
      assert.equal((await house.ask('GET', '/auth/me', { token: json.token })).status, 200)
      const next = await house.ask('POST', '/auth/refresh', { json: { refreshToken: json.refreshToken } })
      assert.equal(next.status, 200)
      assert.equal(next.headers.get('cache-control'), 'no-store')
    })

    test('class 36: a token that has ended is refused on open routes too, and beside a refresh token', async () => {
      const now = Math.floor(Date.now() / 1000)
      const ended = signed(header, { ...claims, iat: now - 600, exp: now - 300 })
      await refused(ended, 'ended')
      const { json } = await house.ask('POST', '/auth/sign-in', { json: { email: 'ada@example.com', password } })
      const both = await house.ask('POST', '/auth/refresh', { token: ended, json: { refreshToken: json.refreshToken } })
      assert.equal(both.status, 401)
      assert.equal(
        (await house.ask('POST', '/auth/refresh', { json: { refreshToken: json.refreshToken } })).status,
        200,
      )
    })

    test('class 103: what only looks like a token crashes nothing', async () => {
      const [head = '', body = '', signature = ''] = token.split('.')
      for (const shape of [
        '..',
        'a.b.c',
        `${head}..${signature}`,
        `${head}.${body}.`,
        `.${body}.${signature}`,
        `${head}.${body}`,
        `${head}.${body}.${signature}.x`,
        `${head}.${body}.${signature}A`,
        `${head}.${body}.${signature.slice(1)}`,
        `${encode('[]')}.${body}.${signature}`,
        `${encode('null')}.${body}.${signature}`,
        `${encode('{"alg":')}.${body}.${signature}`,
        `${encode(`{"alg":"EdDSA","alg":"none","kid":"${own.kid}","typ":"at+jwt"}`)}.${body}.${signature}`,
        `${encode(`{"__proto__":{"alg":"EdDSA"},"kid":"${own.kid}"}`)}.${body}.`,
        `${'A'.repeat(1_300)}.${'A'.repeat(1_300)}.${'A'.repeat(1_300)}`,
        `${encode(Buffer.from([0xff, 0xfe]).toString('latin1'))}.${body}.${signature}`,
      ])
        await refused(shape, shape.slice(0, 60))
      await good()
    })

    test('class 11: the key that signs is nowhere in clear, and no log has a token', async () => {
      const [[kept] = []] = await house.rows('select string_agg(k::text, $$ $$) from bede.signing_key k')
      const jwk = own.secret.export({ format: 'jwk' })
      assert.ok(kept && jwk.d && !kept.includes(jwk.d))
      const published = await house.ask('GET', '/.well-known/jwks.json')
      assert.equal(published.headers.get('cache-control'), 'public, max-age=300')
      assert.deepEqual(published.json.keys, [
        { kty: 'OKP', crv: 'Ed25519', x: own.x, kid: own.kid, use: 'sig', alg: 'EdDSA' },
      ])
      const lines = house.lines.join('\n')
      assert.ok(!lines.includes(jwk.d) && !lines.includes(token) && !/eyJ/.test(lines))
    })
  })
}
