import type { ValueType } from '../../expr/value.ts'
import type { InputField } from '../../manifest/manifest.ts'
import { nearest } from '../../telemetry/nearest.ts'
import type { ProblemCode, ProblemDetail } from '../../telemetry/problem.ts'
import { pointerPart } from './plain.ts'

type Fields = Readonly<Record<string, InputField>>

/** One error of a JSON Schema validator, in the form that Ajv made common. */
export interface SchemaError {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly params: object
}

/** Errors of the shape are 400, errors of a value are 422: these are of the shape. */
const shapeKeywords = new Set(['type', 'required', 'additionalProperties'])

/**
 * What a validator found, one detail per place, in the words of the declaration: of a value that is not of its type,
 * nothing else is said. `serverSet`: names that the server gives a value itself.
 */
export function mistakesOf(
  errors: readonly SchemaError[],
  fields: Fields,
  serverSet: ReadonlySet<string> = new Set(),
): readonly ProblemDetail[] {
  const found = new Map<string, ProblemDetail>()
  for (const error of errors) {
    for (const detail of detailsOf(error, fields, serverSet)) {
      const said = found.get(detail.place)
      if (!said || (said.code === 'invalid-value' && detail.code !== 'invalid-value')) found.set(detail.place, detail)
    }
  }
  return [...found.values()]
}

function detailsOf(error: SchemaError, fields: Fields, serverSet: ReadonlySet<string>): readonly ProblemDetail[] {
  const { keyword, instancePath: place } = error
  if (keyword === 'boolean' || isInner(error)) return [] // their keyword above says the same with more
  if (keyword === 'additionalProperties')
    return list(error, 'additionalProperties').map((name) => unknownMember(place, name, fields, serverSet))
  if (keyword === 'required') {
    return list(error, 'requiredProperties').map((name) => ({
      place: `${place}/${pointerPart(name)}`,
      code: 'invalid-input',
      message: 'It is missing',
    }))
  }
  const field = fieldAt(fields, place)
  // What a json value must look like is a rule on that value, not the shape of the input.
  const code: ProblemCode =
    shapeKeywords.has(keyword) && field?.type.kind !== 'json' ? 'invalid-input' : 'invalid-value'
  return [{ place, code, message: message(error, field), ...hintOf(error, field) }]
}

/** An alternative of `anyOf` or `oneOf` that did not match: the alternatives as a whole are reported. */
const isInner = ({ schemaPath }: SchemaError): boolean => /\/(?:anyOf|oneOf|not|if)\//.test(schemaPath)

function unknownMember(at: string, name: string, fields: Fields, serverSet: ReadonlySet<string>): ProblemDetail {
  const place = `${at}/${pointerPart(name)}`
  if (serverSet.has(name))
    return { place, code: 'unknown-field', message: 'The server sets this; it cannot be sent', hint: 'Leave it out.' }
  const known = membersAt(fields, at)
  const meant = nearest(name, known)
  return {
    place,
    code: 'unknown-field',
    message: 'No input has this name here',
    hint: meant === undefined ? `Accepted here: ${known.join(', ') || 'nothing'}.` : `Perhaps you meant '${meant}'.`,
  }
}

function message(error: SchemaError, field: InputField | undefined): string {
  const { keyword } = error
  const limit = 'limit' in error.params ? String(error.params.limit) : ''
  switch (keyword) {
    case 'type':
      return `It must be ${list(error, 'type')
        .map((type) => typeInWords[type] ?? article(type))
        .join(' or ')}`
    case 'enum':
      return 'It must be one of the values allowed'
    case 'minLength':
      return limit === '1' ? 'It must not be empty' : `It must have at least ${limit} characters`
    case 'maxLength':
      return `It must have at most ${counted(limit, 'character')}`
    case 'minimum':
      return `It must not be below ${limit}`
    case 'maximum':
      return `It must not be above ${limit}`
    case 'minItems':
      return `It must have at least ${counted(limit, 'item')}`
    case 'maxItems':
      return `It must have at most ${counted(limit, 'item')}`
    case 'format':
    case 'pattern':
      return formMessage(error, field)
    default:
      return `It does not meet '${keyword}'`
  }
}

const counted = (limit: string, noun: string): string => (limit === '1' ? `one ${noun}` : `${limit} ${noun}s`)

/** JSON's types as one says them. */
const typeInWords: Readonly<Record<string, string>> = {
  string: 'text', integer: 'a whole number', boolean: 'true or false', array: 'a list', null: 'null',
} // biome-ignore format: a table

/** What the form of a text should have been: its kind's own, or the one that the declaration gives. */
function formMessage(error: SchemaError, field: InputField | undefined): string {
  if (!field) return 'It does not have the declared form'
  const { type, pattern } = field
  const declared = pattern !== undefined && list(error, 'pattern').includes(`^(?:${pattern})$`)
  if (declared) return `It must match ${pattern}`
  if (type.kind === 'text' || type.kind === 'secret') return 'It must not hold a character that cannot be stored'
  return `It must be ${article(kindInWords[type.kind] ?? type.kind)}${type.kind === 'decimal' ? digits(type) : ''}`
}

function digits({ precision, scale = 0 }: ValueType): string {
  if (precision === undefined) return ''
  const before = `at most ${counted(String(precision - scale), 'digit')} before the point`
  return `, with ${before}, ${scale} after it, ${precision} in all`
}

function hintOf({ keyword }: SchemaError, field: InputField | undefined): { readonly hint?: string } {
  const { choices, kind = 'json', scale } = field?.type ?? {}
  if (choices && (keyword === 'enum' || keyword === 'type')) return { hint: `One of: ${choices.join(', ')}.` }
  const asked = keyword === 'format' || keyword === 'pattern' || (keyword === 'type' && writtenAsText.has(kind))
  if (!asked || field?.pattern !== undefined) return {}
  const example = kind === 'decimal' ? (scale ? `"${(12.5).toFixed(scale)}"` : '"12"') : examples[kind]
  return example === undefined ? {} : { hint: `Like ${example}.` }
}

/** Kinds that JSON could have written as a number, and does not: it would round them. */
const writtenAsText: ReadonlySet<string> = new Set(['bigint', 'decimal'])

const kindInWords: Readonly<Record<string, string>> = {
  id: 'id', ref: 'id', email: 'e-mail address', url: 'http(s) URL', timestamp: 'point in time', bytes: 'base64 text',
  bigint: 'whole number as text', decimal: 'decimal number as text',
} // biome-ignore format: a table

const examples: Readonly<Record<string, string>> = {
  id: '01932f5e-8c00-7000-8000-000000000000',
  ref: '01932f5e-8c00-7000-8000-000000000000',
  email: 'ada@example.com',
  url: 'https://example.com/a',
  slug: 'two-words',
  bigint: '"9007199254740993"',
  timestamp: '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00',
  duration: 'PT1H30M',
}

const article = (noun: string): string => (/^[aeio]/.test(noun) ? `an ${noun}` : `a ${noun}`)

/** A parameter of an error that is a text or a list of texts. */
function list(error: SchemaError, name: string): readonly string[] {
  const value: unknown = Object.entries(error.params).find(([key]) => key === name)?.[1]
  return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)]
}

/** The declared input at a JSON Pointer into the input; undefined inside json values and for what is not declared. */
export function fieldAt(fields: Fields, place: string): InputField | undefined {
  let within: Fields | undefined = fields
  let field: InputField | undefined
  for (const name of place.split('/').slice(1).map(unescaped)) {
    if (field?.items) field = field.items
    else field = within && Object.hasOwn(within, name) ? within[name] : field?.type.kind === 'json' ? field : undefined
    within = field?.fields
  }
  return field
}

const membersAt = (fields: Fields, place: string): readonly string[] => {
  const field = place === '' ? undefined : fieldAt(fields, place)
  if (field?.type.kind === 'point') return ['lat', 'lon']
  return Object.keys(place === '' ? fields : (field?.fields ?? {}))
}

const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')
