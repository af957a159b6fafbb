import type { Json } from '../expr/value.ts'
import type { InputField } from '../manifest/manifest.ts'

type Fields = Readonly<Record<string, InputField>>
type Members = Readonly<Record<string, Json>>

type Completer = (input: Json) => Json

/**
 * Makes what gives an input with what is not sent and known anyway: defaults, and objects all of whose members may be
 * absent. E-mail addresses become lower case, so that one address is one account whoever types it.
 */
export function completer(fields: Fields): Completer {
  const known = Object.entries(fields).map(([name, field]) => ({
    name,
    whenAbsent: absent(field),
    of: completed(field),
  }))
  return (input) => {
    if (!isMembers(input)) return input
    const out: Record<string, Json> = { ...input }
    for (const { name, whenAbsent, of } of known) {
      const sent = Object.hasOwn(input, name) ? input[name] : whenAbsent
      if (sent !== undefined) out[name] = of ? of(sent) : sent
    }
    return out
  }
}

function absent(field: InputField): Json | undefined {
  if (field.default !== undefined) return field.default
  if (field.optional || !field.fields) return undefined
  return Object.values(field.fields).every(mayBeAbsent) ? {} : undefined
}

const mayBeAbsent = (field: InputField): boolean => field.optional === true || absent(field) !== undefined

/** Undefined: it stays as it was sent. */
function completed({ fields, items, type }: InputField): Completer | undefined {
  if (fields) return completer(fields)
  if (items) {
    const of = completed(items)
    return of && ((sent) => (isList(sent) ? sent.map(of) : sent))
  }
  return type.kind === 'email' ? (sent) => (typeof sent === 'string' ? sent.toLowerCase() : sent) : undefined
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
export const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !isList(value)
