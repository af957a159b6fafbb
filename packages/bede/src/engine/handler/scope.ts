import type { Json } from '../../expr/value.ts'
import type { AdhocCall } from '../../manifest/adhoc/call.ts'
import type { CompiledOperation } from '../../manifest/manifest.ts'
import { BoundedMap } from '../../sql/bounded.ts'
import { admitWithin, checkProof } from '../authorize.ts'
import { isSystem, type OperationCall } from '../call.ts'
import { type Ran, runCompiled } from '../compiled.ts'
import { openedRan } from '../encryption/opened-ran.ts'
import { lock, locksOf } from '../exclusive.ts'
import { replaceSecrets } from '../input/secrets.ts'
import { type Input, type Validator, validatorOf } from '../input/validate.ts'
import { originOf } from '../origin.ts'
import { checkSignInFields } from '../personal.ts'
import { plannedByForm } from '../planned.ts'
import { problemOf } from '../store-problem.ts'
import type { Place, Work } from '../work.ts'

/** What every call of a handler's `db` runs with. */
export interface DbScope {
  readonly work: Work
  readonly place: Place
  readonly actor: OperationCall['actor']
}

/** Validators of what handlers ask for, by the form of their input. */
const validators = new BoundedMap<Validator>(500)

/**
 * An operation of a handler: what the engine does with a declared one, with the rights of the scope's actor and in its
 * transaction. A handler's values meet the same rules as a caller's; `blame` says whose mistake one is that does not.
 */
export const runAdhoc = async (scope: DbScope, call: AdhocCall, blame?: (check: () => Input) => Input): Promise<Json> =>
  parsed(await ranAdhoc(scope, call, blame))

/** The same, as the database answered. */
export async function ranAdhoc(
  scope: DbScope,
  { operation, input, ifMatch }: AdhocCall,
  blame: (check: () => Input) => Input = (check) => check(),
): Promise<Ran> {
  const { limit, runtime, now } = scope.work
  limit.check()
  admitWithin(scope.work.operation, operation, scope.actor)
  checkProof(operation, scope.actor, now)
  const checked = blame(() => validator(operation)(input))
  checkSignInFields(operation, scope.actor, checked, runtime.manifest)
  const hashed = await replaceSecrets(operation.input, checked, (secret) => runtime.hasher.hash(secret))
  const locks = locksOf({ operation, call: { actor: scope.actor }, input: checked, now })
  if (locks) await lock(scope.place.connection, locks, limit)
  return ranBound(scope, operation, hashed, ifMatch)
}

const parsed = ({ body }: Ran): Json => (body === null ? null : JSON.parse(body))

/** Values that are validated already. Gives the body, parsed. */
export const runBound = async (scope: DbScope, operation: CompiledOperation, input: Input): Promise<Json> =>
  parsed(await ranBound(scope, operation, input))

async function ranBound(
  { work, place, actor }: DbScope,
  operation: CompiledOperation,
  input: Input,
  ifMatch?: readonly string[],
): Promise<Ran> {
  const { runtime, now, limit } = work
  const values = {
    input,
    actor: actor === null || isSystem(actor) ? null : actor,
    system: isSystem(actor),
    now,
    ...(operation.write ? { origin: originOf(work.name, actor, work.call.requestId) } : {}),
    ...(ifMatch && { etags: ifMatch }),
  }
  const room = { connection: place.connection, signal: limit, development: runtime.development }
  try {
    const ran = await runCompiled(operation, plannedByForm(runtime.planner, operation), values, room)
    return openedRan(ran, operation, runtime.encryption)
  } catch (error) {
    throw problemOf(error, runtime.manifest, operation.write)
  }
}

function validator(operation: CompiledOperation): Validator {
  const form = JSON.stringify(operation.input)
  return (
    validators.get(form) ??
    validators.set(form, validatorOf({ kind: 'write', auth: 'optional', input: operation.input }))
  )
}
