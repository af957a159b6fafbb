import type { Expr } from '../expr/expr.ts'
import type { Json } from '../expr/value.ts'
import type { IdentityDefinition, Manifest, Operation, Write } from '../manifest/manifest.ts'
import { Problem } from '../telemetry/problem.ts'
import type { OperationCall } from './call.ts'
import { isMembers } from './complete.ts'
import { credentialOf } from './credential.ts'
import type { Input } from './input/validate.ts'

/**
 * Whoever acts as somebody else leaves alone what that person signs in with, and every other account's, by whatever
 * operation: or acting for an hour would be having the account. Throws a Problem `impersonated`.
 */
export function checkSignInFields(
  operation: Operation,
  actor: OperationCall['actor'],
  input: Input,
  manifest: Manifest,
): void {
  const { identity } = manifest
  if (!identity || operation.kind === 'invoke' || credentialOf(actor)?.impersonator === undefined) return
  const name = operation.write && writtenOf(operation.write, identity, input)
  if (name === undefined) return
  throw new Problem('impersonated', { message: `Who acts as somebody else does not change their ${name}` })
}

/** Which of the fields that accounts sign in with a call writes; undefined: none. */
function writtenOf(write: Write, identity: IdentityDefinition, input: Input): string | undefined {
  if (write.model !== identity.model) return undefined
  const set = write.kind === 'update' ? write.set : write.kind === 'create' ? (write.exists?.set ?? {}) : {}
  const names = [identity.password, identity.login, ...(identity.email ? [identity.email.field] : [])]
  const rows = write.each && at(input, write.each.path)
  return names.find((name) => {
    const value = Object.hasOwn(set, name) ? set[name] : undefined
    return value !== undefined && isSent(value, input, rows)
  })
}

/** What stays as it is when nothing was sent is written only where something was: of many rows, with any of them. */
function isSent(value: Expr, input: Input, rows: Json | undefined): boolean {
  if (value.kind !== 'given' || value.otherwise !== undefined) return true
  const { as, path } = value
  if (as === undefined) return at(input, path) !== undefined
  return Array.isArray(rows) && rows.some((row: Json) => isMembers(row) && at(row, path) !== undefined)
}

function at(input: Input, path: readonly string[]): Json | undefined {
  let value: Json | undefined = input
  for (const name of path) {
    if (value === undefined || !isMembers(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}
