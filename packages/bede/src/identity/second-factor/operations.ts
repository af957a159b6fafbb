import type { Accounts, Brought } from '../../manifest/link/identity.ts'
import { linkInputs } from '../../manifest/link/input.ts'
import { array, bool, integer, text } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import { enter } from '../entry.ts'
import { operation } from '../operation.ts'
import type { Services } from '../services.ts'
import { sessionAnswer, sessionInput, sessionOutput, wantsCookie } from '../session-answer.ts'
import { challengeLasts, readChallenge, secondStep } from './challenge.ts'
import { changed, noted, noticesOf } from './changed.ts'
import type { SecondFactor } from './second-factor.ts'
import { proveSecond, shownInput } from './shown.ts'

/** A code as people type it: of the app, with a space in it or none; or a recovery code. */
const code = () => text({ min: 1, max: 40 })
const codes = { recoveryCodes: array(text()) }

/** Adding and taking away an authenticator app, and the second step of signing in. */
export function totpOperations(accounts: Accounts): Readonly<Record<string, Brought>> {
  const { identity } = accounts
  if (!identity.totp) return {}
  const mails = noticesOf(accounts)
  return {
    'auth.secondFactor.complete': operation('POST /auth/second-factor', {
      summary: 'Sign in: the second step',
      auth: 'optional',
      input: { challenge: text({ max: 2_000 }), ...shownInput },
      fields: linkInputs(sessionInput(identity)),
      output: sessionOutput(identity),
      sensitive: true,
      run: async ({ input, within, services }) => {
        const { base, oneTime, lookUp } = services
        const { session, challenge, ...shown } = input as typeof input & { readonly session?: string }
        const cookie = wantsCookie(services, session)
        const now = new Date(within.now)
        const { id: token, account, method, at: begun } = readChallenge(base.keys, challenge, now)
        const second = await proveSecond(services, within, { account, method, begun }, shown)
        const spent = { purpose: secondStep, token, account, lasts: challengeLasts }
        if (!(await oneTime.spend(within.connection, spent, now))) throw new Problem('invalid-challenge')
        const known = await lookUp.byId(within.connection, account)
        if (!known) throw new Problem('invalid-challenge')
        return sessionAnswer(await enter(services, within, known.actor, method, { second, cookie }))
      },
    }),
    'auth.secondFactor.get': operation('GET /auth/second-factor', {
      summary: 'What signing in asks for beside the first step',
      output: { totp: bool(), recoveryCodes: integer() },
      run: ({ actor, within, services }) => factorOf(services).state(within.reader(), actor.id),
    }),
    'auth.totp.begin': operation('POST /auth/totp', {
      summary: 'Begin to add an authenticator app',
      output: { secret: text(), uri: text() },
      status: 201,
      sensitive: true,
      guarded: true,
      run: async ({ actor, within, services }) => {
        const known = await services.lookUp.byId(within.connection, actor.id)
        return factorOf(services).begin(within, actor.id, known?.login ?? '')
      },
    }),
    'auth.totp.confirm': operation('POST /auth/totp/confirm', {
      summary: 'Add the authenticator app that shows this code',
      input: { code: code() },
      output: { ...sessionOutput(identity), ...codes },
      sensitive: true,
      mails,
      run: async ({ input, actor, within, services }) => {
        const recoveryCodes = await factorOf(services).confirm(within, actor.id, input.code)
        const change = { event: 'totp.added', said: 'an authenticator app was added' }
        return changed(services, within, actor, change, { recoveryCodes })
      },
    }),
    'auth.totp.remove': operation('DELETE /auth/totp', {
      summary: 'Take the authenticator app away, and the recovery codes',
      output: sessionOutput(identity),
      sensitive: true,
      mails,
      guarded: true,
      run: async ({ actor, within, services }) => {
        await factorOf(services).remove(within, actor.id)
        const change = { event: 'totp.removed', said: 'the authenticator app and the recovery codes were taken away' }
        return changed(services, within, actor, change)
      },
    }),
    'auth.recoveryCodes.renew': operation('POST /auth/recovery-codes', {
      summary: 'New recovery codes, in the place of those before',
      output: codes,
      sensitive: true,
      mails,
      guarded: true,
      run: async ({ actor, within, services }) => {
        const recoveryCodes = await factorOf(services).renew(within, actor.id)
        await noted(services, within, actor.id, {
          event: 'recovery-codes.renewed',
          said: 'there are new recovery codes',
        })
        return { recoveryCodes }
      },
    }),
  }
}

function factorOf({ secondFactor }: Services): SecondFactor {
  if (secondFactor) return secondFactor
  throw new TypeError('these operations are there where authenticator apps are turned on')
}
