import { type Environment, holds } from '../expr/evaluate.ts'
import type { Expr } from '../expr/expr.ts'
import type { Operation } from '../manifest/manifest.ts'
import { onlyReads } from '../manifest/scope-name.ts'
import { Problem, type ProblemDetail } from '../telemetry/problem.ts'
import { type Actor, isSystem, type OperationCall } from './call.ts'
import { credentialOf } from './credential.ts'
import type { Input } from './input/validate.ts'

type Caller = OperationCall['actor']

/**
 * Nobody is turned away from an operation that needs somebody, and a credential with scopes from one that none of them
 * opens, before anything else is looked at. An operation without a scope is opened by none.
 */
export function admit(operation: Operation, actor: Caller): void {
  signedIn(operation, actor)
  const credential = credentialOf(actor)
  if (operation.personal && credential?.impersonator !== undefined) throw new Problem('impersonated')
  const scopes = credential?.scopes
  if (scopes && !(operation.scope !== undefined && scopes.includes(operation.scope)))
    throw insufficientScope(operation.scope)
}

/**
 * The same for what a handler asks for: its own operation was admitted, and its scope says what it is. Under one that
 * only reads, nothing is written with the rights of the caller (class 26).
 */
export function admitWithin(running: Operation, operation: Operation, actor: Caller): void {
  signedIn(operation, actor)
  if (operation.kind === 'read' || running.scope === undefined || !onlyReads(running.scope)) return
  if (credentialOf(actor)?.scopes)
    throw insufficientScope(undefined, `With the scope '${running.scope}' nothing is written`)
}

function signedIn({ auth }: Operation, actor: Caller): void {
  if (auth === 'required' && actor === null) throw new Problem('unauthenticated')
}

/** RFC 6750 §3.1 `insufficient_scope`. */
const insufficientScope = (scope: string | undefined, message?: string): Problem =>
  new Problem('insufficient-scope', {
    message: message ?? (scope === undefined ? 'No scope opens this' : `This needs the scope '${scope}'`),
    hint: scope === undefined ? 'Sign in, and call it with your session.' : 'Call it with a key that has this scope.',
    challenge: { error: 'insufficient_scope', ...(scope === undefined ? {} : { scope }) },
  })

/**
 * Whoever proved who they are too long ago for this has to prove it again (RFC 9470). Only what somebody signed in with
 * says when that was: a key of an API, and an actor that came with nothing, never do.
 */
export function checkProof({ stepUp }: Pick<Operation, 'stepUp'>, actor: Caller, now: string): void {
  if (stepUp === undefined || isSystem(actor)) return
  if (actor === null) throw new Problem('unauthenticated')
  const provenAt = credentialOf(actor)?.provenAt
  if (provenAt !== undefined && Date.parse(now) - provenAt.valueOf() <= stepUp * 1000) return
  throw new Problem('step-up-required', {
    challenge: { error: 'insufficient_user_authentication', max_age: String(stepUp) },
    members: { maxAge: stepUp },
  })
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
 * operation's policies are in its statement. A rule holds only when it is true (law 6). `why`: what is told beside.
 */
export function authorize(
  operation: Operation,
  actor: Caller,
  input: Input,
  now: string,
  why: () => readonly ProblemDetail[] = () => [],
): void {
  if (operation.kind !== 'invoke' || !operation.allow || allows(operation.allow, actor, input, now)) return
  throw new Problem(actor === null ? 'unauthenticated' : 'forbidden', { details: why() })
}

/** Whether a rule over the actor and the input holds. The system needs none. */
export const allows = (rule: Expr, actor: Caller, input: Input, now: string): boolean =>
  isSystem(actor) || holds(rule, withoutRows(actor, input, now))

/** What such a rule is evaluated in. */
export const withoutRows = (actor: Actor | null, input: Input, now: string): Environment<never> => ({
  input,
  actor,
  now,
  rows: {},
  fieldType: noRows,
  rowsOf: noRows,
})

/** The manifest is verified: such a rule names no row. Were one to get here, the call fails and nothing is allowed. */
const noRows = (): never => {
  throw new Problem('internal', { message: 'An allow rule reads rows' })
}
