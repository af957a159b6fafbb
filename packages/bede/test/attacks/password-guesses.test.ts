import assert from 'node:assert/strict'
import { argon2Hasher, type Hasher } from '../../src/engine/hasher.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { type Answered, emailOf, onBothStores, password, test } from './support/siege.ts'

/** Guessing at passwords: by many at once, from many places, under many names; and who it is that has to wait for it. */

let now = Date.now()
let looked = 0
/** Costs nothing, so that a crowd can guess. */
const hasher: Hasher = {
  hash: async (secret) => `$argon2id$v=19$m=19456,t=2,p=1$${Buffer.from(secret).toString('base64')}$x`,
  verify: async (hash, secret) => {
    looked++
    return hash.split('$')[4] === Buffer.from(secret).toString('base64')
  },
  outdated: () => false,
  digest: argon2Hasher().digest,
}

await onBothStores(
  'guesses at passwords',
  (siege) => {
    const signIn = (address: string, email: string, secret: string, headers: Readonly<Record<string, string>> = {}) =>
      siege().ask('POST', '/auth/sign-in', {
        json: { email, password: secret },
        headers: { 'X-Forwarded-For': address, ...headers },
      })
    const count = (answers: readonly Answered[], status: number) =>
      answers.filter((one) => one.status === status).length
    const waits = (answer: Answered, most: number) => {
      assert.equal(answer.status, 429, answer.text)
      assert.equal(answer.json.code, 'too-many-attempts')
      const seconds = Number(answer.headers.get('retry-after'))
      assert.ok(seconds >= 1 && seconds <= most, `${seconds} s`)
      return seconds
    }

    test('class 126: of fifty wrong passwords at once ten are looked at, and the right one has to wait there, and nowhere else', async () => {
      looked = 0
      const guesses = Array.from({ length: 50 }, (_, n) => signIn('198.51.100.1', emailOf('ada'), `guess number ${n}`))
      const answers = await Promise.all(guesses)
      assert.deepEqual([count(answers, 401), count(answers, 429), looked], [10, 40, 10])
      const seconds = waits(await signIn('198.51.100.1', emailOf('ada'), password), 30)
      assert.equal((await signIn('203.0.113.1', emailOf('ada'), password)).status, 200, 'from elsewhere she comes in')
      now += seconds * 1000
      assert.equal((await signIn('198.51.100.1', emailOf('ada'), password)).status, 200, 'and there, after a while')
      const more = await Promise.all(
        Array.from({ length: 10 }, (_, n) => signIn('198.51.100.1', emailOf('ada'), `${n}`)),
      )
      assert.equal(count(more, 401), 10, 'a right one begins the count anew')
    })

    test('class 61: nothing of a request but its address and its name makes it another guesser', async () => {
      looked = 0
      const forms = [
        () => signIn('2001:db8:1:1::1', emailOf('bob'), 'a'),
        () => signIn('2001:db8:1:1:ffff::2', emailOf('bob').toUpperCase(), 'b'),
        () => signIn('2001:0DB8:1:1::3', emailOf('bob'), 'c', { 'User-Agent': 'another', Cookie: 'device=known' }),
        () => signIn('203.0.113.9, 2001:db8:1:1::4', emailOf('bob'), 'd', { 'X-Real-IP': '203.0.113.9' }),
        () =>
          siege().ask('POST', '/auth/sign-in?x=1', {
            json: { email: emailOf('bob'), password: 'e' },
            headers: { 'X-Forwarded-For': '2001:db8:1:1::5' },
          }),
      ]
      for (let n = 0; n < 40; n++) await (forms[n % forms.length] ?? assert.fail())()
      assert.equal(looked, 10)
      waits(await signIn('2001:db8:1:1::9', emailOf('bob'), password), 30)
      assert.equal((await signIn('2001:db8:1:2::1', emailOf('bob'), password)).status, 200)
    })

    test('class 61: guesses from ever new addresses are slowed down together, and whoever signs in where they did before is not', async () => {
      now += 3_600_000
      assert.equal((await signIn('203.0.113.77', emailOf('eve'), password)).status, 200)
      looked = 0
      const many = async (from: number, to: number) => {
        const answers: Answered[] = []
        // No more at once than a busy machine takes without a 503.
        for (let at = from; at < to; at += 25)
          answers.push(
            ...(await Promise.all(
              Array.from({ length: Math.min(25, to - at) }, (_, n) =>
                signIn(`198.18.${(at + n) >> 8}.${(at + n) & 255}`, emailOf('eve'), 'wrong'),
              ),
            )),
          )
        return answers
      }
      const answers = await many(0, 150)
      assert.deepEqual([count(answers, 401), count(answers, 429), looked], [100, 50, 100])
      waits(await signIn('198.18.9.1', emailOf('eve'), password), 60)
      assert.equal((await signIn('203.0.113.77', emailOf('eve'), password)).status, 200, 'where she has been before')
      // For an hour, as often as they may, at what is the longest wait.
      await many(200, 320)
      for (let n = 0; n < 20; n++) {
        now += 60_000
        await many(400 + n * 3, 403 + n * 3)
      }
      looked = 0
      await many(500, 560)
      assert.ok(looked <= 1, `${looked} in one minute`)
      now += 60_000
      assert.equal(
        (await signIn('198.18.9.2', emailOf('eve'), password)).status,
        200,
        'a new place waits a minute, not for ever',
      )
    })

    test('class 102: a name that nobody has is counted as one that somebody has', async () => {
      now += 3_600_000
      const attempts = async (email: string, address: string) => {
        const answers: unknown[] = []
        for (let n = 0; n < 14; n++) {
          const { status, json, headers } = await signIn(address, email, `wrong ${n}`)
          answers.push({ status, json: { ...json, requestId: '' }, wait: headers.get('retry-after') })
        }
        return answers
      }
      assert.deepEqual(
        await attempts('nobody.at.all@example.com', '198.51.100.20'),
        await attempts(emailOf('bob'), '198.51.100.21'),
      )
    })

    test('class 126: what a batch takes back was looked at all the same', async () => {
      const { engine } = siege().backend
      looked = 0
      const refusals: string[] = []
      for (let n = 0; n < 60; n++) {
        const input = { email: emailOf('ada'), password: `batch ${n}` }
        const call = { operation: 'auth.signIn', input, actor: null, from: { address: '198.51.100.40' } }
        await engine
          .batch([call])
          .catch((error: unknown) => refusals.push(isProblem(error) ? error.code : String(error)))
      }
      assert.ok(looked <= 20, `${looked} were looked at`)
      assert.equal(refusals.filter((code) => code === 'too-many-attempts').length, 60 - looked)
    })

    test('class 126: what batches from ever new addresses take back was looked at all the same', async () => {
      const { engine } = siege().backend
      looked = 0
      for (let n = 0; n < 300; n++) {
        const input = { email: emailOf('ada'), password: `batch ${n}` }
        const from = { address: `198.19.${n >> 8}.${n & 255}` }
        await engine.batch([{ operation: 'auth.signIn', input, actor: null, from }]).catch(() => {})
      }
      assert.ok(looked <= 200, `${looked} were looked at`)
    })

    test('many who know the password come in at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => signIn('198.51.100.60', emailOf('bob'), password)),
      )
      assert.equal(count(answers, 200), 30)
    })
  },
  { clock: () => new Date(now), start: { hasher }, http: { trustedProxies: ['127.0.0.1'] } },
)
