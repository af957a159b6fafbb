import { describeType, isText, kinds, plainType, unify } from '../../expr/kinds.ts'
import { fromJson } from '../../expr/memory.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import type { Constraints, Default, FieldDefinition } from '../../model/definition.ts'
import { verifyDocument } from './document.ts'
import { patternMistake } from './pattern.ts'
import { type Verifying, wrong } from './report.ts'
import { own, unknown } from './scope.ts'

const writtenAs = (type: ValueType | undefined): 'integer' | 'text' | 'uuid' =>
  type?.integer ? 'integer' : type?.text ? 'text' : 'uuid'

const STORED_ITEMS = new Set(['array', 'object', 'json', 'secret', 'encrypted', 'search', 'vector', 'point'])
/** What an index of pgvector can hold. */
const MOST_DIMENSIONS = 2000

/** A type that can be stored; `model`: the one it is a field of. */
export function verifyType(verifying: Verifying, place: string, type: ValueType, model?: string): void {
  const add = (text: string, hint?: string) => verifying.add(place, wrong('invalid-declaration', text, hint))
  const target = type.kind === 'id' || type.kind === 'ref' ? type.model : undefined
  if (target !== undefined) {
    const known = own(verifying.manifest.models, target)
    if (!known) verifying.add(place, unknown('unknown-model', 'model', target, Object.keys(verifying.manifest.models)))
    else if (model !== undefined && type.kind === 'id' && target !== model)
      add(`The id of ${model} cannot be the id of ${target}`)
    else if (writtenAs(own(known.fields, known.id)?.type) !== writtenAs(type)) {
      const form = writtenAs(own(known.fields, known.id)?.type)
      verifying.add(
        place,
        wrong(
          'mismatched-type',
          `The ids of ${target} are ${form === 'integer' ? 'integers' : form === 'text' ? 'text' : 'UUIDs'}`,
          `Write ref('${target}'${form === 'uuid' ? '' : `, { ${form}: true }`}).`,
        ),
      )
    }
  }
  if (type.kind === 'encrypted' && model === undefined) add('What is encrypted is a field of a model, and nothing else')
  if (type.kind === 'search' && model === undefined) add('What a search keeps is a field of a model, and nothing else')
  if (type.kind === 'choice') {
    const choices = type.choices ?? []
    if (choices.length === 0) add('A choice has at least one value')
    if (new Set(choices).size < choices.length) add('A choice names a value twice')
    if (choices.some((choice) => fromJson(choice, { kind: 'text' }) === undefined))
      add('A choice holds a character that cannot be stored')
  }
  if (type.kind === 'decimal' && type.precision !== undefined) {
    if (type.precision < 1 || type.precision > 1000) add(`A decimal has 1 to 1000 digits, not ${type.precision}`)
    else if ((type.scale ?? 0) > type.precision)
      add(`${type.scale} digits after the point are more than ${type.precision} in all`)
  }
  if (type.kind === 'vector') {
    const { dimensions } = type
    if (!Number.isInteger(dimensions) || Number(dimensions) < 1 || Number(dimensions) > MOST_DIMENSIONS)
      add(`A vector has 1 to ${MOST_DIMENSIONS} dimensions, not ${dimensions}`)
  }
  if (type.kind === 'json' && type.schema !== undefined) verifyDocument(verifying, place, type.schema)
  if (type.kind === 'array') {
    if (!type.of || (model !== undefined && STORED_ITEMS.has(type.of.kind)))
      add('An array field holds values of one scalar kind', 'Make it a model of its own, or json.')
    else verifyType(verifying, place, type.of)
  }
}

const LENGTHS = new Set(['text', 'email', 'url', 'slug', 'secret', 'bytes', 'array'])

/** Limits that the kind has, and that some value can meet. */
export function verifyLimits(
  verifying: Verifying,
  place: string,
  type: ValueType,
  { min, max, pattern }: Constraints,
): void {
  if (pattern !== undefined) {
    const mistake =
      isText(plainType(type)) || type.kind === 'secret'
        ? patternMistake(pattern)
        : wrong('invalid-limit', `A pattern is for text, not ${describeType(type)}`)
    if (mistake) verifying.add(place, mistake)
  }
  for (const [name, limit] of Object.entries({ min, max })) {
    if (limit === undefined) continue
    const fits = LENGTHS.has(plainType(type).kind)
      ? typeof limit === 'number' && Number.isSafeInteger(limit) && limit >= 0
      : kinds[type.kind].ordered && !isText(type) && isBound(limit, type)
    if (!fits)
      verifying.add(
        place,
        wrong('invalid-limit', `${name}: ${JSON.stringify(limit)} is no limit for ${describeType(type)}`),
      )
  }
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    verifying.add(place, wrong('invalid-limit', `No value is at least ${min} and at most ${max}`))
}

/** Exact numbers may be bounded by a plain number. */
const isBound = (limit: Json, type: ValueType): boolean =>
  typeof limit === 'number'
    ? ['integer', 'float', 'bigint', 'decimal'].includes(type.kind)
    : fromJson(limit, type) !== undefined

/** A default that is a value of its field. */
export function verifyDefault(
  verifying: Verifying,
  place: string,
  { type, default: value, optional }: FieldDefinition,
): void {
  if (value === undefined || type.kind === 'encrypted') return // an encrypted field has none at all
  const mistake = defaultMistake(verifying, value, type)
  if (mistake !== undefined) verifying.add(place, wrong('invalid-default', mistake))
  else if (value.kind === 'value' && value.value === null && !optional)
    verifying.add(place, wrong('invalid-default', 'The default is null, and the field is not optional'))
}

/** Choices under another name: each is a choice, and what it was no longer is one. */
export function verifyRenames(verifying: Verifying, place: string, { type, wasValues, native }: FieldDefinition): void {
  if (wasValues === undefined) return
  const add = (text: string, hint?: string) => verifying.add(place, wrong('invalid-declaration', text, hint))
  const choices = type.choices ?? type.of?.choices
  if (!choices || native !== undefined) {
    add('wasValues is for the choices of a field that Bede stores', 'Take it out.')
    return
  }
  const earlier = Object.values(wasValues)
  for (const [now, was] of Object.entries(wasValues)) {
    if (!choices.includes(now)) add(`wasValues renames '${was}' to '${now}', which is not a choice`)
    if (choices.includes(was))
      add(`wasValues says that '${now}' was '${was}', which is still a choice`, 'Take one of them out.')
  }
  if (new Set(earlier).size < earlier.length) add('wasValues gives two choices the same earlier name')
}

function defaultMistake(verifying: Verifying, value: Default, type: ValueType): string | undefined {
  switch (value.kind) {
    case 'value':
      return valueMistake(value.value, type)
    case 'now':
      return ['timestamp', 'date', 'time'].includes(type.kind)
        ? undefined
        : `'now' is no default for ${describeType(type)}`
    case 'generated':
      return type.kind === 'id' ? undefined : `Only an id is generated, not ${describeType(type)}`
    case 'database':
      return value.sql.trim() === '' ? 'A default of the database is not empty' : undefined
    case 'actor': {
      const field = own(verifying.manifest.actor.fields, value.field)
      if (!field) return `The actor has no field '${value.field}'`
      return unify([field.type, type])
        ? undefined
        : `The actor's ${value.field} is ${describeType(field.type)}, not ${describeType(type)}`
    }
  }
}

/** Why a written value is not one of this type. */
export function valueMistake(value: Json, type: ValueType): string | undefined {
  if (fromJson(value, type) === undefined) return `${JSON.stringify(value)} is not ${describeType(type)}`
  if (type.kind !== 'choice' || value === null || type.choices?.includes(String(value))) return undefined
  return `${JSON.stringify(value)} is not one of ${type.choices?.join(', ')}`
}
