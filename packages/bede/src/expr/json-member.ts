import type { FunctionName } from './names.ts'
import type { JsonSchema, ValueType } from './value.ts'

/** The functions that read one member of a JSON document. */
export type MemberReader = FunctionName & ('textAt' | 'numberAt' | 'flagAt' | 'documentAt')

/** Deeper, and it is a model of its own. */
export const DEEPEST_PATH = 8

/** How a member is read, and what comes of it. */
export interface JsonMember {
  readonly fn: MemberReader
  readonly type: ValueType
}

type Keywords = { readonly [keyword: string]: unknown }

const isKeywords = (schema: unknown): schema is Keywords =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema)

const own = (of: unknown, name: string): unknown => (isKeywords(of) && Object.hasOwn(of, name) ? of[name] : undefined)

/** The schema of a document's member `name`, by `properties` or `additionalProperties`; undefined: it says nothing of it. */
export function memberSchema(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const found = own(own(schema, 'properties'), name) ?? own(schema, 'additionalProperties')
  return isKeywords(found) ? found : undefined
}

/** What a path into a document of this schema leads to; undefined: the schema says nothing of it. */
export function jsonMember(schema: JsonSchema | undefined, path: readonly string[]): JsonMember | undefined {
  const found = path.reduce<JsonSchema | undefined>(memberSchema, schema)
  return found === undefined || path.length === 0 || path.length > DEEPEST_PATH ? undefined : memberOf(found)
}

/** A member by its schema: text, a number, a boolean, and a document for everything else. A number in JSON is a float. */
function memberOf(schema: JsonSchema): JsonMember {
  const values = own(schema, 'enum')
  const choices = Array.isArray(values) ? values.filter((value) => value !== null) : undefined
  if (choices && choices.length > 0 && choices.every((value) => typeof value === 'string'))
    return { fn: 'textAt', type: { kind: 'choice', choices } }
  switch (typeIn(schema)) {
    case 'string':
      return { fn: 'textAt', type: { kind: 'text' } }
    case 'integer':
    case 'number':
      return { fn: 'numberAt', type: { kind: 'float' } }
    case 'boolean':
      return { fn: 'flagAt', type: { kind: 'boolean' } }
    default:
      // What a part refers to stands outside of it.
      return {
        fn: 'documentAt',
        type: JSON.stringify(schema).includes('"$ref"') ? { kind: 'json' } : { kind: 'json', schema },
      }
  }
}

/** The one type that `type` states, beside null. */
function typeIn(schema: JsonSchema): unknown {
  const type = own(schema, 'type')
  if (!Array.isArray(type)) return type
  const [only, ...more] = type.filter((one) => one !== 'null')
  return more.length === 0 ? only : undefined
}
