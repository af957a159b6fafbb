import type { Operation } from '../manifest/manifest.ts'
import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import { type Validator, validatorOf } from './input/validate.ts'
import type { Runtime } from './runtime.ts'

/** One declared operation, with what is made for it once. */
export interface Known {
  readonly name: string
  readonly operation: Operation
  readonly validate: Validator
}

/** A Map: names like `constructor` are names that nothing has (class 74). */
export function knownOperations({ manifest }: Pick<Runtime, 'manifest'>): ReadonlyMap<string, Known> {
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
      { name, operation, validate: lazily(name, operation) },
    ]),
  )
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
