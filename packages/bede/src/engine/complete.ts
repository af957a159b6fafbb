import type { Json } from '../expr/value.ts'
import type { InputField } from '../manifest/manifest.ts'

type Fields = Readonly<Record<string, InputField>>
type Members = Readonly<Record<string, Json>>

/**
 * The input with what is not sent and known anyway: defaults, and objects all of whose members may be absent. E-mail
 * addresses become lower case, so that one address is one account whoever types it.
 */
export const complete = (fields: Fields, input: Json): Json => (isMembers(input) ? members(fields, input) : input)

function members(fields: Fields, input: Members): Members {
  const out: Record<string, Json> = { ...input }
  for (const [name, field] of Object.entries(fields)) {
    const sent = Object.hasOwn(input, name) ? input[name] : absent(field)
    if (sent !== undefined) out[name] = value(field, sent)
  }
  return out
}

function absent(field: InputField): Json | undefined {
  if (field.default !== undefined) return field.default
  if (field.optional || !field.fields) return undefined
  return Object.values(field.fields).every(mayBeAbsent) ? {} : undefined
}

const mayBeAbsent = (field: InputField): boolean => field.optional === true || absent(field) !== undefined

function value(field: InputField, sent: Json): Json {
  if (field.fields) return isMembers(sent) ? members(field.fields, sent) : sent
  const { items } = field
  if (items) return isList(sent) ? sent.map((item) => value(items, item)) : sent
  return field.type.kind === 'email' && typeof sent === 'string' ? sent.toLowerCase() : sent
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
export const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !isList(value)
