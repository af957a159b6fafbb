import { system } from '../../engine/call.ts'
import type { Within } from '../../engine/runtime.ts'
import { inputOf } from '../../manifest/link/input.ts'
import type { CompiledOperation } from '../../manifest/manifest.ts'
import type { Accounts } from '../account.ts'
import type { Account } from '../look-up.ts'
import type { Services } from '../services.ts'
import { call, field, input } from '../statement.ts'

/** Stores the hash of a password, through the same engine as any write of the account's row. */
export async function storePassword(
  { accounts }: Services,
  within: Within,
  { id, password, why }: { readonly id: string | number; readonly password: string; readonly why: string },
): Promise<void> {
  await within.ask({ operation: update(accounts), input: { id, password } }, system(why))
}

/** Hashes a password as it is hashed today. That it cannot be stored keeps nobody from coming in. */
export async function rehash(services: Services, within: Within, { actor }: Account, password: string): Promise<void> {
  const { log } = services.base
  try {
    await within.savepoint((inner) =>
      storePassword(services, inner, { id: actor.id, password, why: 'hash a password as it is hashed today' }),
    )
  } catch (error) {
    log.warn('a password could not be hashed as it is hashed today', {
      error: error instanceof Error ? error.message : '',
    })
  }
}

function update({ identity, model }: Accounts): CompiledOperation {
  const { [model.id]: id, [identity.password]: password } = model.fields
  if (!id || !password) throw new TypeError('an account has an id and a password')
  return {
    kind: 'write',
    auth: 'required',
    input: { id: inputOf(id), password: inputOf(password) },
    write: {
      kind: 'update',
      model: identity.model,
      target: call('eq', field(model.id), input('id', id.type)),
      set: { [identity.password]: input('password', password.type) },
    },
  }
}
