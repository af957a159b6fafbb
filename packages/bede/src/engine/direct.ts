import type { Json } from '../expr/value.ts'
import type { CompiledOperation } from '../manifest/manifest.ts'
import type { Connection } from '../store/driver.ts'
import type { Problem } from '../telemetry/problem.ts'
import { admit } from './authorize.ts'
import type { Base } from './boot.ts'
import { isSystem, type OperationCall } from './call.ts'
import { type Ran, runCompiled } from './compiled.ts'
import { openedRan } from './encryption/opened-ran.ts'
import { replaceSecrets } from './input/secrets.ts'
import { type Input, validatorOf } from './input/validate.ts'
import { plannedByForm } from './planned.ts'
import { problemOf } from './store-problem.ts'

/** An operation that no manifest has, for the floors above: validated, bound and run as a declared one is. */
export interface Direct {
  /** The complete input, with secrets hashed. Throws a Problem that lists every mistake. */
  check(input: unknown): Promise<Input>
  /** Runs it with an input that was checked. Throws a Problem. */
  run(connection: Connection, input: Input, options?: { readonly cursor?: readonly (string | null)[] }): Promise<Ran>
  /** What an error means to whoever asked for it. */
  problemOf(error: unknown): Problem
}

/** Prepares an operation for one actor, whose policies its statement carries. */
export function direct(base: Base, operation: CompiledOperation, actor: OperationCall['actor']): Direct {
  const validate = validatorOf(operation, base.manifest.models)
  const planned = plannedByForm(base.planner, operation)
  const rights = { actor: actor === null || isSystem(actor) ? null : actor, system: isSystem(actor) }
  return {
    check: (input) => replaceSecrets(operation.input, validate(input), (secret) => base.hasher.hash(secret)),
    async run(connection, input: Readonly<Record<string, Json>>, { cursor } = {}) {
      admit(operation, actor)
      const values = { input, ...rights, now: base.clock().toISOString(), ...(cursor && { cursor }) }
      const room = { connection, signal: undefined, development: false }
      try {
        return openedRan(await runCompiled(operation, planned, values, room), operation, base.encryption)
      } catch (error) {
        throw problemOf(error, base.manifest, operation.write)
      }
    },
    problemOf: (error) => problemOf(error, base.manifest, operation.write),
  }
}
