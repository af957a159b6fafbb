import { holds } from '../expr/evaluate.ts'
import type { Operation } from '../manifest/manifest.ts'
import { Problem } from '../telemetry/problem.ts'
import { isSystem, type OperationCall } from './call.ts'
import { credentialOf } from './credential.ts'
import type { Input } from './input/validate.ts'

type Caller = OperationCall['actor']

/** Nobody is turned away from an operation that needs somebody, before anything else is looked at. */
export function admit(operation: Operation, actor: Caller): void {
  if (operation.auth === 'required' && actor === null) throw new Problem('unauthenticated')
  if (operation.personal && credentialOf(actor)?.impersonator !== undefined) throw new Problem('impersonated')
}

/** A change that has to name its row's version is refused without one (RFC 6585 §3), on whatever way it comes. */
export function checkConditions(operation: Operation, { actor, ifMatch, onlyNew }: OperationCall): void {
  if (operation.kind !== 'write' || !operation.requireMatch || ifMatch || isSystem(actor)) return
  // What changes nothing that is there overwrites nobody's change.
  if (onlyNew && operation.write?.kind === 'create') return
  throw new Problem('precondition-required')
}

/**
 * The rule of an operation that runs a handler; over the actor and the input, so it needs no database. A compiled
 * operation's policies are in its statement. A rule holds only when it is true (law 6).
 */
export function authorize(operation: Operation, actor: Caller, input: Input, now: string): void {
  if (operation.kind !== 'invoke' || !operation.allow || isSystem(actor)) return
  const allowed = holds(operation.allow, { input, actor, now, rows: {}, fieldType: noRows, rowsOf: noRows })
  if (!allowed) throw new Problem(actor === null ? 'unauthenticated' : 'forbidden')
}

/** The manifest is verified: such a rule names no row. Were one to get here, the call fails and nothing is allowed. */
const noRows = (): never => {
  throw new Problem('internal', { message: 'An allow rule reads rows' })
}
