import { system } from '../../engine/call.ts'
import { isMembers } from '../../engine/complete.ts'
import { call, field, input, value } from '../../engine/internal-statement.ts'
import type { Within } from '../../engine/runtime.ts'
import { inputOf } from '../../manifest/link/input.ts'
import type { CompiledOperation } from '../../manifest/manifest.ts'
import type { Accounts } from '../account.ts'
import type { Account } from '../look-up.ts'
import type { Services } from '../services.ts'

/**
 * Whether the password that was found right is the account's still; until this transaction ends it stays so. Whoever
 * goes on after it with what the password opens is not overtaken by somebody who takes the password away.
 */
export async function isStillCurrent(
  { accounts }: Services,
  within: Within,
  { actor, hash }: Account,
): Promise<boolean> {
  const found = await within.ask(
    { operation: current(accounts), input: { id: actor.id } },
    system('look at a password'),
  )
  return isMembers(found) && found.hash === hash
}

/** Stores the hash of a password, through the same engine as any write of the account's row. `why`: for its history. */
export async function storePassword(
  { accounts }: Services,
  within: Within,
  { id, password, why }: { readonly id: string | number; readonly password: string; readonly why: string },
): Promise<void> {
  await within.ask({ operation: update(accounts), input: { id, password } }, system(why))
}

/** Hashes a password as it is hashed today. That it cannot be stored keeps nobody from coming in. */
export async function rehash(services: Services, within: Within, { actor }: Account, password: string): Promise<void> {
  const why = 'hash a password as it is hashed today'
  try {
    await within.savepoint((inner) => storePassword(services, inner, { id: actor.id, password, why }))
  } catch (error) {
    const said = error instanceof Error ? error.message : ''
    services.base.log.warn('a password could not be hashed as it is hashed today', { error: said })
  }
}

function fieldsOf({ identity, model }: Accounts) {
  const { [model.id]: id, [identity.password]: password } = model.fields
  if (!id || !password) throw new TypeError('an account has an id and a password')
  return { id, password, exclusive: { group: 'bede password', keys: [input('id', id.type)] } }
}

function current(accounts: Accounts): CompiledOperation {
  const { identity, model } = accounts
  const { id, exclusive } = fieldsOf(accounts)
  const where = call('eq', field(model.id), input('id', id.type))
  return {
    kind: 'read',
    auth: 'required',
    input: { id: inputOf(id) },
    exclusive,
    answers: {
      kind: 'one',
      from: { model: identity.model, as: 'row', where },
      item: { kind: 'object', members: { hash: value(field(identity.password), { kind: 'secret' }, true) } },
      nullable: true,
    },
  }
}

function update(accounts: Accounts): CompiledOperation {
  const { identity, model } = accounts
  const { id, password, exclusive } = fieldsOf(accounts)
  return {
    kind: 'write',
    auth: 'required',
    input: { id: inputOf(id), password: inputOf(password) },
    exclusive,
    write: {
      kind: 'update',
      model: identity.model,
      target: call('eq', field(model.id), input('id', id.type)),
      set: { [identity.password]: input('password', password.type) },
    },
  }
}
