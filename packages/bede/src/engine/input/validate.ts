// JSON Schema alone: `typebox/compile` brings the whole type builder, 11 MB and 50 ms of every start.
import { Compile } from 'typebox/schema'
import type { Json } from '../../expr/value.ts'
import { allErrors } from '../../manifest/all-errors.ts'
import { inputObjectSchema } from '../../manifest/input-schema.ts'
import type { InputField, Manifest, Operation, PageDefinition } from '../../manifest/manifest.ts'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem, type ProblemDetail } from '../../telemetry/problem.ts'
import { completer, isMembers } from '../complete.ts'
import { hasBounds, outOfBounds } from './bounds.ts'
import { groupMistakes } from './group-mistakes.ts'
import { mistakesOf } from './mistakes.ts'
import { plainJson } from './plain.ts'
import { serverSet } from './server-set.ts'

export type Input = Readonly<Record<string, Json>>
type Fields = Readonly<Record<string, InputField>>

/** Gives the complete input, or throws a Problem that lists every mistake: 400 for its shape, 422 for a value. */
export type Validator = (input: unknown) => Input

/** More mistakes than this in one request help nobody. */
const mistakeLimit = 100

/** What every page takes, declared or not (see PageDefinition). */
const pageInputs = ({ defaultLimit, maxLimit }: PageDefinition): Fields => ({
  sort: { type: { kind: 'text' }, optional: true },
  limit: { type: { kind: 'integer' }, optional: true, default: defaultLimit, min: 1, max: maxLimit },
  cursor: { type: { kind: 'text' }, optional: true },
  count: { type: { kind: 'boolean' }, optional: true },
})

/**
 * Compiles the validator of one operation (JSON Schema 2020-12). Costs about half a millisecond, so it is made on an
 * operation's first call and not at boot. With the models it tells a name that is unknown from one that the server sets.
 */
export function validatorOf(operation: Operation, models: Manifest['models'] = {}): Validator {
  const page = operation.kind !== 'invoke' && operation.answers?.kind === 'page' ? operation.answers.page : undefined
  const fields: Fields = page ? { ...operation.input, ...pageInputs(page) } : operation.input
  const grouped = operation.kind !== 'invoke' && operation.answers?.kind === 'groups'
  const complete = completer(fields)
  const find = schemaMistakes(fields, () => serverSet(operation, models))
  const findAll = (value: Json): readonly ProblemDetail[] =>
    page || grouped
      ? [...find(value), ...(page ? sortMistakes(page, value) : []), ...(grouped ? groupMistakes(value) : [])]
      : find(value)
  return (input) => {
    const value = complete(plainJson(input ?? {}))
    const mistakes = findAll(value)
    if (mistakes.length > 0 || !isMembers(value)) throw refusal(mistakes)
    return value
  }
}

/** Every way in which a value is not what these fields declare. */
export function schemaMistakes(
  fields: Fields,
  made: () => ReadonlySet<string> = () => new Set(),
): (value: Json) => readonly ProblemDetail[] {
  const validator = Compile(inputObjectSchema(fields))
  const bounded = hasBounds(fields)
  return (value) => {
    if (validator.Check(value)) return bounded ? outOfBounds(fields, value) : []
    return mistakesOf(
      allErrors(mistakeLimit, () => validator.Errors(value)[1]),
      fields,
      made(),
    )
  }
}

function refusal(details: readonly ProblemDetail[]): Problem {
  const shape = details.filter(({ code }) => code !== 'invalid-value')
  if (shape.length === 0) return new Problem('invalid-value', { details })
  return new Problem(shape.every(({ code }) => code === 'unknown-field') ? 'unknown-field' : 'invalid-input', {
    details,
  })
}

/**
 * A list is sorted by one of the declared entries: an order is an oracle (class 3), and one of several entries at once
 * is an order that no index has.
 */
function sortMistakes({ sort, defaultSort, searched }: PageDefinition, value: Json): readonly ProblemDetail[] {
  const asked = isMembers(value) ? value.sort : undefined
  if (searched && asked === searched.sort && !(isMembers(value) && typeof value[searched.input] === 'string')) {
    const message = `Nothing is searched for, so there is no ${searched.sort}`
    return [{ place: '/sort', code: 'invalid-input', message, hint: `Send ${searched.input}.` }]
  }
  if (typeof asked !== 'string' || asked === defaultSort) return []
  const known = [...new Set([...Object.keys(sort), 'id'])]
  const name = asked.startsWith('-') ? asked.slice(1) : asked
  if (known.includes(name)) return []
  const several = asked.includes(',')
  const meant = several ? undefined : nearest(name, known)
  return [
    {
      place: '/sort',
      code: 'invalid-input',
      message: several ? 'A list is sorted by one entry' : `This list cannot be sorted by '${name}'`,
      hint:
        meant === undefined
          ? `It can be sorted by: ${known.join(', ')}; with - in front, the other way round.`
          : `Perhaps you meant '${meant}'.`,
    },
  ]
}
