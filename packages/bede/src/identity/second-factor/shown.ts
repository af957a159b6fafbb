import type { Within } from '../../engine/runtime.ts'
import type { Json } from '../../expr/value.ts'
import { json, text } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Method } from '../method.ts'
import type { Services } from '../services.ts'
import type { Factor } from './second-factor.ts'

/** A code as people type it, with a space in it or none; or what a browser has made with a passkey. */
export const shownInput = { code: text({ optional: true, min: 1, max: 40 }), passkey: json({ optional: true }) }

/** What is shown as a second step, or to prove again who one is: one of these. */
export interface Shown {
  readonly code?: string | undefined
  readonly passkey?: Json | undefined
}

/** A sign-in that is to be completed. */
interface Completed {
  readonly account: string | number
  readonly method: Method
  readonly begun: Date
}

/** What an account can show as a second step: no passkey where that was the first. */
export async function factorsOf(
  { passkeyProof }: Services,
  within: Within,
  account: string | number,
  method: Method,
): Promise<readonly Factor[]> {
  const others = method === 'passkey' ? undefined : await passkeyProof?.passkeys.known(within.reader(), account)
  return ['totp', 'recovery-code', ...(others?.length ? (['passkey'] as const) : [])]
}

/**
 * Proves the second step. Throws Problems `wrong-code`, `invalid-passkey`, `too-many-attempts`, `invalid-challenge` where
 * what the sign-in rests on has changed since it began, and `invalid-input` where nothing was shown that counts.
 */
export async function proveSecond(
  services: Services,
  within: Within,
  { account, method, begun }: Completed,
  shown: Shown,
): Promise<Factor> {
  const { secondFactor, passkeyProof } = services
  if (!secondFactor) throw new Problem('invalid-challenge')
  if (shown.code !== undefined) return secondFactor.prove(within, account, shown.code, begun)
  if (shown.passkey === undefined || !passkeyProof || method === 'passkey') throw nothingShown()
  await provePasskey(services, within, account, shown.passkey)
  if (!(await secondFactor.pass(within, account, begun))) throw new Problem('invalid-challenge')
  return 'passkey'
}

/** That this is a passkey of this account. */
export async function provePasskey(
  { passkeyProof }: Services,
  within: Within,
  account: string | number,
  response: Json,
): Promise<void> {
  const proven = await passkeyProof?.prove(within, response)
  if (proven?.account !== account) throw new Problem('invalid-passkey')
}

export const nothingShown = (): Problem =>
  missing('code', 'a code of your authenticator app, a recovery code, or what a passkey has signed')

/** What is missing of an input, all of whose members may be. */
export const missing = (name: string, what: string): Problem =>
  new Problem('invalid-input', {
    details: [{ place: `/${name}`, code: 'invalid-input', message: `Send ${what}` }],
  })
