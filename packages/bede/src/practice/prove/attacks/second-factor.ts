import { codeAt, codeLasts } from '../../../identity/second-factor/authenticator-app.ts'
import type { Finding } from '../finding.ts'
import type { Draft } from '../inventory/request.ts'
import { succeeded } from '../target/exchange.ts'
import type { Target, Trial } from '../target/target.ts'
import { type Newcomer, newcomers } from '../world/newcomers.ts'
import { nobody } from '../world/person.ts'
import { hole } from './found.ts'
import type { Probe } from './probe.ts'
import { opened, own, saying, signedIn, signingIn, takingPasswords, textIn } from './signing-in.ts'

/** Somebody who has an authenticator app. */
interface Doubled extends Newcomer {
  /** The next code that was not used yet. */
  readonly code: () => string
  readonly recoveryCodes: readonly string[]
}

const needed = ['auth.totp.begin', 'auth.totp.confirm', 'auth.secondFactor.complete']

/** With a second factor on, nothing lets anybody in before it, and each code does so once. */
export const secondFactors: Probe = {
  name: 'accounts with an authenticator app are signed in to without it, with used codes and with those of others',
  classes: [84, 96, 97],
  applies(_, target) {
    if (target.manifest.identity?.totp === undefined) return 'the app asks nobody for a second factor'
    return needed.every((name) => own(target, name)) || 'the operations of the second factor are not among those called'
  },
  async run({ target }) {
    const found: Finding[] = []
    const complete = own(target, 'auth.secondFactor.complete')
    if (!complete) return found
    const completing = (challenge: string, code: string): Draft | undefined =>
      saying(complete, target, { challenge, code })

    // By the password alone, at every door.
    await target.together(async (trial) => {
      const [ada] = await doubled(target, trial, ['ada'])
      if (!ada) return
      for (const entry of takingPasswords(target)) {
        const request = signingIn(entry, target, ada)
        const exchange = request && (await trial.send(request, nobody))
        if (exchange && opened(exchange, ada) > 0)
          found.push(
            hole(96, exchange, {
              says: 'A password alone signs in to an account that has a second factor',
              hint: 'Sign people in with auth.signIn(…), which asks for the second step.',
            }),
          )
      }
    })
    // A code that was used, and one of somebody else.
    await target.together(async (trial) => {
      const [ada, bob] = await doubled(target, trial, ['ada', 'bob'])
      const begun = ada && [await challengeOf(target, trial, ada), await challengeOf(target, trial, ada)]
      if (!ada || !bob || !begun) return
      const [first, second] = begun
      if (first === undefined || second === undefined) return
      const foreign = completing(first, bob.code())
      const another = foreign && (await trial.send(foreign, nobody))
      if (another && opened(another, ada) > 0)
        found.push(
          hole(84, another, {
            says: 'A code of somebody else’s authenticator app signs in',
            hint: 'Leave the second step to POST /auth/second-factor.',
          }),
        )
      const code = ada.code()
      const used = completing(first, code)
      if (!used || opened(await trial.send(used, nobody), ada) === 0) return
      for (const again of [completing(second, code), used]) {
        const exchange = again && (await trial.send(again, nobody))
        if (exchange && opened(exchange, ada) > 0)
          found.push(
            hole(97, exchange, {
              says: 'A code of an authenticator app signs in twice',
              hint: 'Leave the second step to POST /auth/second-factor.',
            }),
          )
      }
    })
    // Two at once: the same code for two sign-ins, and two codes for one sign-in.
    for (const how of ['code', 'challenge'] as const) {
      await target.together(async (trial) => {
        const [ada] = await doubled(target, trial, ['ada'])
        const first = ada && (await challengeOf(target, trial, ada))
        const second = ada && (await challengeOf(target, trial, ada))
        if (!ada || first === undefined || second === undefined) return
        const code = ada.code()
        const one = completing(first, code)
        const other = how === 'code' ? completing(second, code) : completing(first, ada.recoveryCodes[0] ?? '')
        if (!one || !other) return
        const { both } = await trial.meet({ draft: one, as: nobody }, { draft: other, as: nobody })
        if (opened(both[1], ada) > 1)
          found.push(
            hole(97, both[1], {
              says: `The same ${how} signs in twice, sent twice at once`,
              hint: 'Leave the second step to POST /auth/second-factor.',
            }),
          )
      })
    }
    return found
  },
}

/** Newcomers who have added an authenticator app, over HTTP as people do. */
async function doubled(target: Target, trial: Trial, names: readonly string[]): Promise<readonly Doubled[]> {
  const found: Doubled[] = []
  const [begin, confirm] = [own(target, 'auth.totp.begin'), own(target, 'auth.totp.confirm')]
  for (const newcomer of await newcomers(target, trial, names)) {
    const session = await signedIn(target, trial.send, newcomer)
    const asked = begin && saying(begin, target, {})
    if (!session || !asked || !confirm) continue
    const secret = textIn(await trial.send(asked, newcomer, session), 'secret')
    if (secret === undefined) continue
    const code = codesOf(target, secret)
    const shown = saying(confirm, target, { code: code() })
    const confirmed = shown && (await trial.send(shown, newcomer, session))
    if (!confirmed || !succeeded(confirmed)) continue
    const codes: unknown = JSON.parse(confirmed.text).recoveryCodes
    found.push({ ...newcomer, code, recoveryCodes: Array.isArray(codes) ? codes.map(String) : [] })
  }
  return found
}

/** Codes of an app, each of a later step than the one before: the step before the current one is taken, and the one after it. */
function codesOf({ served: { backend } }: Target, secret: string): () => string {
  let last = 0
  return () => {
    const earliest = backend.clock().valueOf() - codeLasts
    last = Math.max(earliest, last + codeLasts)
    return codeAt(secret, new Date(last))
  }
}

/** Signs in by password, as far as that goes. */
async function challengeOf(target: Target, { send }: Trial, who: Newcomer): Promise<string | undefined> {
  for (const entry of takingPasswords(target)) {
    const request = signingIn(entry, target, who)
    const challenge = request && textIn(await send(request, nobody), 'challenge')
    if (challenge !== undefined) return challenge
  }
  return undefined
}
