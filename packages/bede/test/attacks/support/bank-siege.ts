import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { testStores } from '../../support/stores.ts'
import { bank } from './bank.ts'
import { emailOf, type Name, password, type Served, serveApp } from './siege.ts'

/** A bank in which Ada has an authenticator app and recovery codes; Bob and Eve have none. */
export interface BankSiege extends Served {
  /** The clock of the backend, in milliseconds; it stands still until it is moved. */
  readonly time: { now: number }
  /** Ada's recovery codes, none of them used. */
  readonly codes: string[]
  /** The code that Ada's app shows now, or so many steps later. */
  appCode(steps?: number): string
  /** Moves the clock on, so that the app shows another code and nothing has to wait. */
  later(seconds: number): void
  /** The first step of Ada's sign-in: its challenge. */
  begin(): Promise<string>
  /** A fresh session of somebody's. */
  signIn(name: Name): Promise<string>
}

/** Where people reach the bank. */
export const bankOrigin = 'https://bank.example'

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

export async function bankOnBothStores(what: string, suite: (siege: () => BankSiege) => void): Promise<void> {
  for (const store of await testStores()) {
    describe(`${what}, on ${store.name}`, { skip: store.skip }, () => {
      let siege: BankSiege | undefined
      let close: (() => Promise<void>) | undefined
      before(async () => {
        // The beginning of a time step, so that no test meets its end.
        const time = { now: Math.ceil(Date.now() / 30_000) * 30_000 + 1_000 }
        const served = await serveApp(bank(), store, {
          start: {
            mail: 'elsewhere',
            origin: bankOrigin,
            clock: () => new Date(time.now),
            secrets: { current: randomBytes(32).toString('base64url') },
          },
        })
        close = served.close
        const { ask } = served
        // Whose address nobody has confirmed loses their app to whoever does.
        await served.rows(
          `insert into bede.account (id, account_id, verified_email) select gen_random_uuid(), id, email from "user"`,
        )
        const begun = await ask('POST', '/auth/totp', { as: 'ada' })
        assert.equal(begun.status, 201, begun.text)
        const secret = Secret.fromBase32(begun.json.secret)
        const appCode = (steps = 0) => TOTP.generate({ secret, timestamp: time.now + steps * 30_000 })
        const confirmed = await ask('POST', '/auth/totp/confirm', { as: 'ada', json: { code: appCode() } })
        assert.equal(confirmed.status, 200, confirmed.text)
        const tokens = { ...served.tokens, ada: String(confirmed.json.token) }
        const later = (seconds: number) => {
          time.now += seconds * 1000
        }
        later(30)
        const first = (name: Name) => ask('POST', '/auth/sign-in', { json: { email: emailOf(name), password } })
        const begin = async () => {
          const refused = await first('ada')
          assert.equal(refused.status, 401, refused.text)
          return String(refused.json.challenge)
        }
        siege = {
          ...served,
          tokens,
          time,
          codes: confirmed.json.recoveryCodes,
          appCode,
          later,
          begin,
          async signIn(name) {
            if (name !== 'ada') return String((await first(name)).json.token)
            later(30)
            const json = { challenge: await begin(), code: appCode() }
            const done = await ask('POST', '/auth/second-factor', { json })
            assert.equal(done.status, 200, done.text)
            return String(done.json.token)
          },
        }
      })
      after(() => close?.())
      suite(() => siege ?? assert.fail('there is no siege before its tests'))
    })
  }
}

export { test } from './siege.ts'
