import type { Auth } from '../declare/handler.ts'
import { type Actor, isSystem } from '../engine/call.ts'
import { type Credential, credentialOf } from '../engine/credential.ts'
import { plainJson } from '../engine/input/plain.ts'
import type { Within } from '../engine/runtime.ts'
import { Problem } from '../telemetry/problem.ts'
import { loginForm } from './account.ts'
import { enter } from './entry.ts'
import { handing } from './hands.ts'
import { isStillCurrent, rehash } from './password/stored.ts'
import { enroll, register } from './registration.ts'
import type { Services } from './services.ts'
import { wantsCookie } from './session-answer.ts'

/**
 * What a password is compared with when there is no such account, so that both refusals cost the same: argon2id with the
 * parameters of the hasher, of a secret nobody has.
 */
const noHash = '$argon2id$v=19$m=19456,t=2,p=1$QmVkZSBoYXMgbm8gc3VjaA$0zTqqYcR5bV4r0bJvQvXW4pUwm5s3S2cN5mUoC3o8gA'

/** Makes the `auth` of handlers (see {@link Auth}), bound to one handler's transaction. */
export function signing(services: Services): (within: Within) => Auth<Actor> {
  const { base, accounts, sessions, audit, lookUp, attempts } = services
  const { hasher } = base

  const auth = (within: Within): Auth<Actor> => ({
    async register(account, { session } = {}) {
      const cookie = wantsCookie(services, session)
      if (accounts.identity.email?.verify === 'required')
        throw new Problem('internal', {
          cause: new Error(
            'Nobody is signed in before their address is confirmed: use auth.enroll, which signs nobody in',
          ),
        })
      return enter(services, within, await register(services, within, account), 'register', { cookie })
    },
    enroll: (account) => enroll(services, within, account),
    async signIn({ login, password }, { session } = {}) {
      const cookie = wantsCookie(services, session)
      const [name, secret] = [loginForm(accounts, text(login)), text(password)]
      const account = await attempts.guard(within, name, async () => {
        const found = await lookUp.byLogin(within.reader(), name)
        const right = await hasher.verify(found?.hash ?? noHash, secret)
        return found?.hash !== undefined && right ? found : undefined
      })
      if (!account || !(await isStillCurrent(services, within, account))) throw new Problem('wrong-credentials')
      if (account.hash !== undefined && hasher.outdated(account.hash)) await rehash(services, within, account, secret)
      return enter(services, within, account.actor, 'password', { cookie })
    },
    async signOut() {
      const came = cameWith(within)
      // A key is no session, whatever its scopes let it call: there is nothing to end, and nothing to note.
      if (came?.kind !== 'session') throw new Problem('unauthenticated', { message: 'This call came with no session' })
      await sessions.end(within.connection, came.id, came.account)
      await audit.note(within, 'session.ended', { account: came.account })
      return { headers: came.cookie && services.cookie ? { 'Set-Cookie': services.cookie.cleared } : {} }
    },
    token: cameWith(within)?.token ?? null,
  })
  return (within) => handing(auth(within), { within, services })
}

function cameWith({ actor }: Within): (Credential & { readonly account: string | number }) | undefined {
  if (actor === null || isSystem(actor)) return undefined
  const credential = credentialOf(actor)
  return credential && { ...credential, account: actor.id }
}

/** A name or a password is text and nothing else, whatever a handler was sent (class 71). */
function text(value: unknown): string {
  const plain = plainJson(value)
  if (typeof plain === 'string') return plain
  throw new Problem('invalid-input', { message: 'What one signs in with is text' })
}
