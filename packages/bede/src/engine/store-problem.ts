import type { Expr } from '../expr/expr.ts'
import type { Manifest, Write } from '../manifest/manifest.ts'
import { type ConstraintTarget, constraintTarget } from '../sql/names.ts'
import { StoreError } from '../store/driver.ts'
import { Problem } from '../telemetry/problem.ts'
import { pointerPart } from './input/plain.ts'

/** Seconds after which a database that went away is usually back, or a crowd is gone. */
const retryAfter = 1

/**
 * What a failed statement means to the caller, in the words of the declaration: names of tables, columns and
 * constraints, and the database's own text, stay in `cause` for the log (class 13).
 */
export function storeProblem(error: StoreError, manifest: Manifest, write?: Write): Problem {
  const known = error.constraint === undefined ? undefined : constraintTarget(manifest, error.constraint, error.table)
  const target = known ?? ruleOfTheDatabase(manifest, write)
  switch (error.failure) {
    case 'unique':
      return target ? alreadyExists(target, write, error) : internal(error)
    case 'twice':
      return new Problem('conflict', { message: 'One row is named twice', cause: error })
    case 'foreign':
      return target ? reference(target, write, error) : internal(error)
    case 'check':
      return target ? checkFailed(target, write, error) : internal(error)
    case 'not-null':
      return notNull(error, manifest, write)
    case 'value':
      return new Problem('invalid-value', {
        message: 'A value is outside what can be stored or computed',
        cause: error,
      })
    case 'serialization':
    case 'deadlock':
      return new Problem('unavailable', { message: 'Too many changed the same rows at once', retryAfter, cause: error })
    case 'timeout':
      return new Problem('deadline-exceeded', { cause: error })
    case 'canceled':
      return new Problem('canceled', { cause: error })
    case 'unavailable':
      return new Problem('unavailable', { retryAfter, cause: error })
    case 'busy':
      return new Problem('unavailable', { message: 'Too many are waiting already', retryAfter, cause: error })
    case 'other':
      return internal(error)
  }
}

/** A database that was taken over holds rules that no model says: of a domain, of a partition. They stay without a name. */
const ruleOfTheDatabase = ({ database }: Manifest, write: Write | undefined): ConstraintTarget | undefined =>
  database && write ? { kind: 'check', model: write.model, fields: [] } : undefined

/** Any error as a Problem: what is neither a Problem nor the store's is ours, and says nothing of itself. */
export function problemOf(error: unknown, manifest: Manifest, write?: Write): Problem {
  if (error instanceof StoreError) return storeProblem(error, manifest, write)
  if (!(error instanceof Problem)) return internal(error)
  return error.code === 'store-unavailable' ? new Problem('unavailable', { retryAfter, cause: error }) : error
}

const internal = (cause: unknown): Problem => new Problem('internal', { cause })

function alreadyExists({ model, fields }: ConstraintTarget, write: Write | undefined, cause: StoreError): Problem {
  return new Problem('already-exists', {
    message:
      fields.length > 0
        ? `There is already a row of ${model} with this ${fields.join(' and ')}`
        : `There is already a row of ${model} that leaves no room for this one`,
    details: fields.map((field) => ({
      place: placeOf(write, model, field),
      code: 'already-exists',
      message: 'This value is taken',
    })),
    cause,
  })
}

function reference({ model, fields, target }: ConstraintTarget, write: Write | undefined, cause: StoreError): Problem {
  if (
    write?.kind === 'delete' ||
    write?.kind === 'purge' ||
    (write && write.model === target && write.model !== model)
  ) {
    return new Problem('still-referenced', { message: `Rows of ${model} still refer to it`, cause })
  }
  return new Problem('missing-reference', {
    message: `There is no ${target ?? 'row'} with this id`,
    details: fields.map((field) => ({
      place: placeOf(write, model, field),
      code: 'missing-reference',
      message: `There is no such ${target ?? 'row'}`,
    })),
    cause,
  })
}

function checkFailed(
  { kind, model, fields, check }: ConstraintTarget,
  write: Write | undefined,
  cause: StoreError,
): Problem {
  const rule =
    check === undefined ? `A rule of ${model} does not hold` : `The rule '${check}' of ${model} does not hold`
  const message = kind === 'choice' ? 'It must be one of the values allowed' : rule
  const places = fields.length > 0 ? fields.map((field) => placeOf(write, model, field)) : ['']
  return new Problem('invalid-value', {
    message,
    details: places.map((place) => ({ place, code: 'invalid-value', message })),
    cause,
  })
}

function notNull(error: StoreError, manifest: Manifest, write: Write | undefined): Problem {
  const model = write?.model ?? ''
  const fields = Object.hasOwn(manifest.models, model) ? (manifest.models[model]?.fields ?? {}) : {}
  const name = Object.keys(fields).find((field) => fields[field]?.column === error.column)
  if (name === undefined) return internal(error)
  return new Problem('invalid-value', {
    details: [{ place: placeOf(write, model, name), code: 'invalid-value', message: 'It must have a value' }],
    cause: error,
  })
}

/** Where in the input the value of a field came from; the field's own name when it came from elsewhere. */
function placeOf(write: Write | undefined, model: string, field: string): string {
  const values =
    write?.model !== model ? {} : write.kind === 'create' ? write.values : write.kind === 'update' ? write.set : {}
  const path = Object.hasOwn(values, field) ? inputPath(values[field]) : undefined
  return `/${(path ?? [field]).map(pointerPart).join('/')}`
}

function inputPath(expr: Expr | undefined): readonly string[] | undefined {
  if (expr?.kind === 'input') return expr.path
  return expr?.kind === 'given' ? inputPath(expr.then) : undefined
}
