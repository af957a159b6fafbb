import { type Exact, floatOf } from '../../toolkit/exact.ts'
import { DEEPEST_PATH } from '../json-member.ts'
import { isText } from '../kinds.ts'
import { type Document, toJson, type Value } from '../memory.ts'
import type { FunctionName } from '../names.ts'
import type { Json, ValueType } from '../value.ts'
import { type Argument, boolean, expected, type FunctionRule, type Mistake, mistake, strict, text } from './rule.ts'

const json: ValueType = { kind: 'json' }
const float: ValueType = { kind: 'float' }

const named = (doc: Argument | undefined, keys: readonly Argument[]): Mistake | undefined => {
  if (doc && doc.type.kind !== 'json') return expected('a json value', doc.type)
  return keys.every(({ type, literal }) => isText(type) && typeof literal === 'string')
    ? undefined
    : mistake('expects names that are written in the declaration')
}

/** A member by its path, of own members of objects alone; undefined where there is none. */
function memberAt({ document }: Document, path: readonly string[]): Json | undefined {
  let found: Json | undefined = document
  for (const name of path) {
    if (!isObject(found) || !Object.hasOwn(found, name)) return undefined
    found = found[name]
  }
  return found
}

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member that is not what it should be is null: rows may be older than the schema. */
const reading = (gives: ValueType, read: (member: Json) => Value): FunctionRule =>
  strict<[Document, ...string[]]>(
    [2, 1 + DEEPEST_PATH],
    ([doc, ...keys]) => named(doc, keys) ?? gives,
    ([doc, ...path]) => {
      const member = memberAt(doc, path)
      return member === undefined || member === null ? null : read(member)
    },
    'partial',
  )

/** As of decimals: what is too large for a float is null, and what is too near to zero is zero. */
const number = (member: Json): Value => {
  if (typeof member !== 'number' || Math.abs(member) > 1e300) return null
  return Math.abs(member) < 1e-300 ? 0 : member
}

const writable = new Set(['boolean', 'float', 'integer', 'json'])

export const jsonFunctions = {
  textAt: reading(text, (member) => (typeof member === 'string' ? member : null)),
  numberAt: reading(float, number),
  flagAt: reading(boolean, (member) => (typeof member === 'boolean' ? member : null)),
  documentAt: reading(json, (member) => ({ document: member })),
  put: {
    arity: [3, 3],
    type: ([doc, name, value]) => {
      if (value && !writable.has(value.type.kind) && !isText(value.type))
        return expected('text, a number, a boolean or a json value', value.type, 'Make it text first: .toText().')
      return named(doc, name ? [name] : []) ?? json
    },
    strict: false,
    nullable: () => false,
    evaluate: ([doc = null, name = null, value = null], types) => {
      const { document } = (doc ?? { document: null }) as Document
      const before = isObject(document) ? document : {}
      return { document: { ...before, [String(name)]: written(value, types[2] ?? text) } }
    },
  },
  omit: strict<[Document, string]>(
    [2, 2],
    ([doc, ...keys]) => named(doc, keys) ?? json,
    ([doc, name]) =>
      isObject(doc.document)
        ? { document: Object.fromEntries(Object.entries(doc.document).filter(([key]) => key !== name)) }
        : doc,
  ),
} satisfies Partial<Record<FunctionName, FunctionRule>>

/** A whole number beyond those of JSON is the nearest float. */
const written = (value: Value, type: ValueType): Json =>
  type.kind === 'integer' && value !== null ? (floatOf(value as Exact) ?? null) : toJson(value, type)
