import type { Json } from '../../../expr/value.ts'
import { accountsOf } from '../../../identity/account.ts'
import { createAccountStates } from '../../../identity/account-state.ts'
import type { Target, Trial } from '../target/target.ts'
import type { Person, Shown } from './person.ts'
import { everybodysPassword, plantAccount } from './planting.ts'

/** Somebody who has just come, within a trial: nobody has guessed at their password yet, or written to them. */
export interface Newcomer extends Person {
  /** What they sign in with. */
  readonly login: string
  readonly password: string
}

/** Accounts that are there in one trial alone. Their addresses are confirmed. Fewer than asked for: none can be made up. */
export async function newcomers(
  { served: { backend }, world, manifest }: Target,
  { inside, noted }: Pick<Trial, 'inside' | 'noted'>,
  names: readonly string[],
): Promise<readonly Newcomer[]> {
  const accounts = accountsOf(manifest)
  const found: Newcomer[] = []
  if (!accounts) return found
  const { identity, model } = accounts
  for (const name of names) {
    const made = await plantAccount({ ...backend, connection: inside }, name, world)
    const login = made?.values[identity.login]
    if (!made || typeof login !== 'string') continue
    const id: Json = model.fields[model.id]?.type.integer ? Number(made.id) : made.id
    const address = identity.email && made.values[identity.email.field]
    if (typeof address === 'string')
      await createAccountStates(backend.planner, accounts).verified(inside, id, address, backend.clock())
    found.push({
      name,
      login,
      password: everybodysPassword,
      actor: { ...made.values, id },
      account: made.id,
      privileged: false,
      credentials: [],
    })
  }
  await noted()
  return found
}

/** How a token is shown. */
export const shownToken = (token: string, scheme: string): Shown => ({
  kind: 'session',
  headers: { authorization: `${scheme} ${token}` },
})
