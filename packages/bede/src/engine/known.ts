import type { Operation, Shape } from '../manifest/manifest.ts'
import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Opening } from './encryption/encryption.ts'
import { type Validator, validatorOf } from './input/validate.ts'
import type { Runtime } from './runtime.ts'

/** One declared operation, with what is made for it once. */
export interface Known {
  readonly name: string
  readonly operation: Operation
  readonly validate: Validator
  /** Its answers hold encrypted values. */
  readonly open: Opening | undefined
}

/** A Map: names like `constructor` are names that nothing has (class 74). */
export function knownOperations({
  manifest,
  encryption,
}: Pick<Runtime, 'manifest' | 'encryption'>): ReadonlyMap<string, Known> {
  const compiled = new Map<string, Validator>()
  const lazily =
    (name: string, operation: Operation): Validator =>
    (input) => {
      let validate = compiled.get(name)
      if (!validate) {
        validate = validatorOf(operation, manifest.models)
        compiled.set(name, validate)
      }
      return validate(input)
    }
  return new Map(
    Object.entries(manifest.operations).map(([name, operation]) => [
      name,
      { name, operation, validate: lazily(name, operation), open: encryption?.opening(answered(operation)) },
    ]),
  )
}

/** The shape of an answer as it leaves: a page stands among what is said about it. */
function answered(operation: Operation): Shape | undefined {
  if (operation.kind === 'invoke' || operation.write?.each) return undefined
  const { answers } = operation
  return answers?.kind === 'page' ? { kind: 'object', members: { items: answers } } : answers
}

/** Throws a Problem `not-found`; `hinting`: with what was probably meant. */
export function find(operations: ReadonlyMap<string, Known>, name: string, hinting: boolean): Known {
  const known = operations.get(name)
  if (known) return known
  const meant = hinting ? nearest(String(name), operations.keys()) : undefined
  throw new Problem('not-found', {
    message: 'There is no such operation',
    ...(meant === undefined ? {} : { hint: `Perhaps you meant '${meant}'.` }),
  })
}
