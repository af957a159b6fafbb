import type { Base } from '../../engine/boot.ts'
import type { SealedColumn } from '../../engine/encryption/sealed-column.ts'
import { type Keys, requireSecret } from '../../engine/keys/keys.ts'
import { open, seal, sealedUnder } from '../../engine/keys/seal.ts'
import type { Within } from '../../engine/runtime.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Connection } from '../../store/driver.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Accounts } from '../account.ts'
import type { Audit } from '../audit.ts'
import type { Guesses } from '../guesses.ts'
import { addressOf, isAppCode, newSecret, stepOf } from './authenticator-app.ts'
import { createRecoveryCodes } from './recovery-codes.ts'
import { createTotpSecrets } from './totp.ts'

type Account = string | number

/** What somebody can show beside what they sign in with. */
export type Factor = 'totp' | 'recovery-code' | 'passkey'

/** Authenticator apps and recovery codes of accounts. */
export interface SecondFactor {
  /** Whether signing in asks the account for more than its first step. */
  isOn(connection: Connection, account: Account): Promise<boolean>
  /**
   * A secret for an app that is to be added. Nothing asks for its codes until the app has shown one. `label`: what the
   * app calls the account. Throws a Problem `conflict` where there is an app.
   */
  begin(within: Within, account: Account, label: string): Promise<{ readonly secret: string; readonly uri: string }>
  /** Adds the app that has shown this code, and gives the recovery codes. Throws Problems `conflict`, `wrong-code`, `too-many-attempts`. */
  confirm(within: Within, account: Account, code: string): Promise<readonly string[]>
  /**
   * Takes a code of the app, or a recovery code: each once, however many try at once. `begun`: when the sign-in began that
   * it completes. Throws Problems `wrong-code`, `too-many-attempts`, and `invalid-challenge` where no code is asked for any
   * more, or what the sign-in rested on has changed since.
   */
  prove(within: Within, account: Account, code: string, begun: Date): Promise<Factor>
  /** Whether the sign-in that began then may be completed by what is no code. */
  pass(within: Within, account: Account, begun: Date): Promise<boolean>
  /** New recovery codes in the place of those before. Throws a Problem `conflict` where there is no app. */
  renew(within: Within, account: Account): Promise<readonly string[]>
  /** Takes the app and the recovery codes away. Throws a Problem `conflict` where there is no app. */
  remove(within: Within, account: Account): Promise<void>
  /** The same, where there may be none. Answers whether there was one. */
  drop(within: Within, account: Account): Promise<boolean>
  state(connection: Connection, account: Account): Promise<{ readonly totp: boolean; readonly recoveryCodes: number }>
  /** Sign-ins that have begun are not gone on with. */
  endAll(connection: Connection, account: Account): Promise<void>
}

interface Parts {
  readonly base: Base
  readonly accounts: Accounts
  readonly guesses: Guesses
  readonly audit: Audit
}

const purpose = 'totp'
const boundTo = (account: Account) => ['bede.totp', String(account)]
const guessed = (account: Account) => ({ what: 'second-factor', whose: String(account) })

/** Where the secrets of apps are kept sealed: they are sealed anew when the secret is changed, and when an app is used. */
export const sealedApps = ({ models }: Manifest, keys: Keys): readonly SealedColumn[] =>
  Object.hasOwn(models, platform.totp)
    ? [
        {
          model: platform.totp,
          field: 'secret',
          key: 'accountId',
          search: false,
          reseal: (stored, account) =>
            seal(keys, purpose, open(keys, purpose, stored, boundTo(account)), boundTo(account)),
        },
      ]
    : []

/** Throws a Problem `invalid-setting` where there is no secret to seal with: the backend does not start (class 103). */
export function createSecondFactor({ base, accounts, guesses, audit }: Parts): SecondFactor {
  const { planner, keys, clock, manifest } = base
  const issuer = accounts.identity.totp?.issuer ?? manifest.name
  requireSecret(keys, 'The secrets of authenticator apps are kept sealed (totp)')
  const apps = createTotpSecrets(planner, accounts)
  const codes = createRecoveryCodes(planner, accounts)
  const opened = (account: Account, sealed: string) => open(keys, purpose, sealed, boundTo(account)).toString('utf8')
  const sealed = (account: Account, secret: string) => seal(keys, purpose, secret, boundTo(account))

  const count = (within: Within, account: Account): Promise<void> =>
    within.apart((connection) => guesses.count(connection, guessed(account), within.now))
  /** Noted where the refusal does not undo it. */
  const wrong = async (within: Within, account: Account): Promise<Problem> => {
    await within.apart((connection) => audit.note({ ...within, connection }, 'second-factor.refused', { account }))
    return new Problem('wrong-code')
  }

  const drop: SecondFactor['drop'] = async ({ connection }, account) => {
    const had = await apps.remove(connection, account)
    await codes.endAll(connection, account)
    return had
  }

  return {
    async isOn(connection, account) {
      return (await apps.find(connection, account))?.confirmed ?? false
    },
    async begin({ connection, now }, account, label) {
      const secret = newSecret()
      if (!(await apps.begin(connection, account, sealed(account, secret), now))) {
        throw new Problem('conflict', {
          message: 'This account has an authenticator app',
          hint: 'Take it away first: DELETE /auth/totp.',
        })
      }
      return { secret, uri: addressOf(secret, { issuer, label }) }
    },
    async confirm(within, account, code) {
      await count(within, account)
      const kept = await apps.find(within.reader(), account)
      if (!kept || kept.confirmed) {
        throw new Problem('conflict', {
          message: 'No authenticator app is being added',
          hint: 'Begin with POST /auth/totp.',
        })
      }
      const step = stepOf(opened(account, kept.secret), code, new Date(within.now))
      if (step === undefined) throw await wrong(within, account)
      const { connection, now } = within
      if (!(await apps.confirm(connection, account, step, now))) throw new Problem('wrong-code')
      await guesses.forget(connection, guessed(account))
      return codes.renew(connection, account, now)
    },
    async prove(within, account, code, begun) {
      await count(within, account)
      const kept = await apps.find(within.reader(), account)
      if (!kept?.confirmed || (kept.endedAt && kept.endedAt >= begun)) throw new Problem('invalid-challenge')
      const { connection } = within
      const typed = code.replaceAll(' ', '')
      if (!isAppCode(typed)) {
        if (!(await codes.has(within.reader(), account, code))) throw await wrong(within, account)
        if (!(await apps.pass(connection, account, begun))) throw new Problem('invalid-challenge')
        if (!(await codes.use(connection, account, code))) throw new Problem('wrong-code')
        await audit.note(within, 'recovery-code.used', { account })
        await guesses.forget(connection, guessed(account))
        return 'recovery-code'
      }
      const secret = opened(account, kept.secret)
      const step = stepOf(secret, typed, new Date(within.now))
      if (step === undefined || step <= kept.lastStep) throw await wrong(within, account)
      if (!(await apps.take(connection, account, { step, begun }))) throw new Problem('wrong-code')
      if (sealedUnder(kept.secret) !== keys.ids[0]) await apps.reseal(connection, account, sealed(account, secret))
      await guesses.forget(connection, guessed(account))
      return 'totp'
    },
    pass: ({ connection }, account, begun) => apps.pass(connection, account, begun),
    async renew({ connection, now }, account) {
      if (!(await apps.find(connection, account))?.confirmed) throw noApp()
      return codes.renew(connection, account, now)
    },
    async remove(within, account) {
      if (!(await drop(within, account))) throw noApp()
    },
    drop,
    async state(connection, account) {
      const totp = (await apps.find(connection, account))?.confirmed ?? false
      return { totp, recoveryCodes: totp ? await codes.left(connection, account) : 0 }
    },
    async endAll(connection, account) {
      await apps.endAll(connection, account, clock().toISOString())
    },
  }
}

const noApp = (): Problem =>
  new Problem('conflict', {
    message: 'This account has no authenticator app',
    hint: 'Add one: POST /auth/totp.',
  })
