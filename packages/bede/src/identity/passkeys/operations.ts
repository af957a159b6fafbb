import { field, time, value, text as words } from '../../engine/internal-statement.ts'
import type { Accounts, Brought } from '../../manifest/link/identity.ts'
import { linkInputs } from '../../manifest/link/input.ts'
import { platform } from '../../manifest/platform/names.ts'
import { id, json, text } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import { enter } from '../entry.ts'
import { listing, operation } from '../operation.ts'
import { changed, noted, noticesOf } from '../second-factor/changed.ts'
import type { Services } from '../services.ts'
import { sessionAnswer, sessionInput, sessionOutput, wantsCookie } from '../session-answer.ts'
import type { PasskeyProof } from './proof.ts'

const key = { id: id<typeof platform.passkey>() }
const name = (options: { readonly default?: string } = {}) => text({ min: 1, max: 60, ...options })
/** What the browser has made of the options: `PublicKeyCredential.toJSON()`. */
const passkey = json()
const boolean = { kind: 'boolean' } as const

/** Adding, naming and taking away passkeys, and signing in with one. */
export function passkeyOperations(accounts: Accounts): Readonly<Record<string, Brought>> {
  const { identity } = accounts
  if (!identity.passkeys) return {}
  const mails = noticesOf(accounts)
  return {
    'auth.passkeys.begin': operation('POST /auth/passkeys/options', {
      summary: 'What a browser makes a passkey with',
      output: { options: json() },
      sensitive: true,
      guarded: true,
      run: async ({ actor, within, services }) => {
        const account = await services.lookUp.byId(within.reader(), actor.id)
        return { options: await proofOf(services).creation(within, actor.id, account?.login ?? '') }
      },
    }),
    'auth.passkeys.add': operation('POST /auth/passkeys', {
      summary: 'Add the passkey that the browser has made',
      input: { passkey, name: name({ default: 'Passkey' }) },
      status: 204,
      mails,
      run: async ({ input, actor, within, services }) => {
        await proofOf(services).add(within, actor.id, { response: input.passkey, name: input.name })
        await noted(services, within, actor.id, { event: 'passkey.added', said: 'a passkey was added' })
      },
    }),
    'auth.passkeys.list': listing('GET /auth/passkeys', {
      summary: 'The passkeys of this account',
      from: { model: platform.passkey, as: 'row' },
      item: {
        kind: 'object',
        members: {
          id: value(field('id'), { kind: 'id', model: platform.passkey }),
          name: value(field('name'), words),
          backedUp: value(field('backedUp'), boolean),
          createdAt: value(field('createdAt'), time),
          usedAt: value(field('usedAt'), time, true),
        },
      },
    }),
    'auth.passkeys.rename': operation('PATCH /auth/passkeys/:id', {
      summary: 'Give a passkey another name',
      input: { ...key, name: name() },
      run: async ({ input, actor, within, services }) => {
        const { passkeys } = proofOf(services)
        if (!(await passkeys.rename(within.connection, actor.id, input))) throw new Problem('not-found')
      },
    }),
    'auth.passkeys.remove': operation('DELETE /auth/passkeys/:id', {
      summary: 'Take a passkey away',
      input: key,
      output: sessionOutput(identity),
      sensitive: true,
      guarded: true,
      mails,
      run: async ({ input, actor, within, services }) => {
        const { passkeys } = proofOf(services)
        if (!(await passkeys.remove(within.connection, actor.id, input.id))) throw new Problem('not-found')
        return changed(services, within, actor, { event: 'passkey.removed', said: 'a passkey was taken away' })
      },
    }),
    'auth.passkeys.ask': operation('POST /auth/passkeys/sign-in/options', {
      summary: 'What a browser shows a passkey with',
      auth: 'optional',
      output: { options: json() },
      sensitive: true,
      run: async ({ within, services }) => ({ options: await proofOf(services).request(within) }),
    }),
    'auth.passkeys.signIn': operation('POST /auth/passkeys/sign-in', {
      summary: 'Sign in with a passkey',
      auth: 'optional',
      input: { passkey },
      fields: linkInputs(sessionInput(identity)),
      output: sessionOutput(identity),
      sensitive: true,
      run: async ({ input, within, services }) => {
        const { passkey, session } = input as typeof input & { readonly session?: string }
        const cookie = wantsCookie(services, session)
        const { account, userVerified } = await proofOf(services).prove(within, passkey)
        const known = await services.lookUp.byId(within.connection, account)
        if (!known) throw new Problem('invalid-passkey')
        // What one has, and what one is or knows: both were asked by the authenticator.
        const both = userVerified ? { second: 'passkey' as const } : {}
        return sessionAnswer(await enter(services, within, known.actor, 'passkey', { ...both, cookie }))
      },
    }),
  }
}

function proofOf({ passkeyProof }: Services): PasskeyProof {
  if (passkeyProof) return passkeyProof
  throw new TypeError('these operations are there where passkeys are turned on')
}
