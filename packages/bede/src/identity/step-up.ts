import type { Actor } from '../engine/call.ts'
import { type Credential, credentialOf } from '../engine/credential.ts'
import { after } from '../engine/internal-statement.ts'
import type { Within } from '../engine/runtime.ts'
import type { Accounts, Brought } from '../manifest/link/identity.ts'
import { secret, timestamp } from '../model/fields.ts'
import { Problem } from '../telemetry/problem.ts'
import { operation } from './operation.ts'
import { ownAccount } from './password/own.ts'
import { missing, nothingShown, provePasskey, type Shown, shownInput } from './second-factor/shown.ts'
import type { Services } from './services.ts'
import { renewedAnswer, sessionOutput } from './session-answer.ts'

/** Proving again who one is, for what asks for it (RFC 9470). */
export function stepUpOperations({ identity }: Accounts): Readonly<Record<string, Brought>> {
  const { stepUp } = identity
  if (!stepUp) return {}
  return {
    'auth.stepUp': operation('POST /auth/step-up', {
      summary: 'Prove again who you are',
      input: { password: secret({ optional: true }), ...shownInput },
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

/** With a second factor on, that is what counts: whoever got hold of the password gets no further with it. */
async function prove(
  services: Services,
  within: Within,
  { id }: Actor,
  { password, code, passkey }: Shown & { readonly password?: string | undefined },
): Promise<void> {
  const { secondFactor, passkeyProof } = services
  const asked = await secondFactor?.isOn(within.reader(), id)
  if (passkey !== undefined && passkeyProof) return provePasskey(services, within, id, passkey)
  if (!asked && password !== undefined) return void (await ownAccount(services, within, id, password))
  if (!asked) throw missing('password', 'your password')
  if (code === undefined) throw nothingShown()
  await secondFactor?.prove(within, id, code, new Date(within.now))
}
