import type { Actor } from '../engine/call.ts'
import { type Credential, credentialOf } from '../engine/credential.ts'
import type { Within } from '../engine/runtime.ts'
import type { Accounts, Brought } from '../manifest/link/identity.ts'
import { secret, text, timestamp } from '../model/fields.ts'
import { Problem } from '../telemetry/problem.ts'
import { operation } from './operation.ts'
import type { Services } from './services.ts'
import { renewedAnswer, sessionOutput } from './session-answer.ts'
import { after } from './statement.ts'

/** Proving again who one is, for what asks for it (RFC 9470). */
export function stepUpOperations({ identity }: Accounts): Readonly<Record<string, Brought>> {
  const { stepUp } = identity
  if (!stepUp) return {}
  return {
    'auth.stepUp': operation('POST /auth/step-up', {
      summary: 'Prove again who you are',
      input: { password: secret({ optional: true }), code: text({ optional: true, max: 40 }) },
      output: { ...sessionOutput(identity), until: timestamp() },
      sensitive: true,
      run: async ({ input, actor, within, services, now }) => {
        const came = sessionOfActor(actor)
        await prove(services, within, actor, input)
        const { sessions, audit } = services
        await sessions.prove(within.connection, came.id, new Date(now))
        await audit.note(within, 'session.proven', { account: actor.id })
        // Whoever else holds the token gains nothing by it.
        const opened = await sessions.rotate(within.connection, came, new Date(now))
        return renewedAnswer(services, opened, { until: after(new Date(now), stepUp.within) })
      },
    }),
  }
}

/** A key of an API is nobody who could be asked. */
function sessionOfActor(actor: Actor): Credential {
  const credential = credentialOf(actor)
  if (credential?.kind === 'session') return credential
  throw new Problem('forbidden', {
    message: 'Only whoever has signed in can prove again who they are',
    hint: 'Sign in, and call it with your session.',
  })
}

interface Shown {
  readonly password?: string | undefined
  readonly code?: string | undefined
}

/** With a second factor on, that is what counts: whoever got hold of the password gets no further with it. */
async function prove(services: Services, within: Within, { id }: Actor, shown: Shown): Promise<void> {
  const { secondFactor } = services
  if (await secondFactor?.isOn(within.reader(), id)) {
    if (shown.code === undefined) throw missing('code', 'a code of your authenticator app, or a recovery code')
    await secondFactor?.prove(within, id, shown.code, new Date(within.now))
  } else {
    if (shown.password === undefined) throw missing('password', 'your password')
    await provePassword(services, within, id, shown.password)
  }
}

async function provePassword(
  { guesses, lookUp, base }: Services,
  within: Within,
  account: string | number,
  password: string,
): Promise<void> {
  const guessed = { what: 'password', whose: String(account) }
  await within.apart((connection) => guesses.count(connection, guessed, within.now))
  const hash = (await lookUp.byId(within.reader(), account))?.hash
  if (hash === undefined || !(await base.hasher.verify(hash, password))) throw new Problem('wrong-credentials')
  await guesses.forget(within.connection, guessed)
}

const missing = (name: string, what: string): Problem =>
  new Problem('invalid-input', {
    details: [{ place: `/${name}`, code: 'invalid-input', message: `Send ${what}` }],
  })
