import type { Json, JsonSchema } from '../../expr/value.ts'
import { patternMistake } from '../../manifest/verify/pattern.ts'
import { type ContractDocument, isObject, itemsOf, membersOf, own } from './document.ts'

/** How deep a schema is written out, and how many parts it may have; what is beyond is anything. */
const DEEPEST = 8
const MOST = 200

const numbers: ReadonlySet<string> = new Set(
  'minimum maximum multipleOf minLength maxLength minItems maxItems minProperties maxProperties'.split(' '),
)
const lists: ReadonlySet<string> = new Set(['oneOf', 'anyOf', 'allOf'])
const inner: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'not'])
const types: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])

/**
 * A schema of the contract as JSON Schema 2020-12 by itself: with what its references name written out, without names of
 * its own, and with those keywords alone that say what a value is.
 */
export function plainSchema(document: ContractDocument, node: unknown): JsonSchema {
  let parts = 0
  const written = (one: unknown, depth: number, within: readonly string[]): JsonSchema => {
    const { value, reference } = document.resolve(one)
    parts += 1
    if (!isObject(value) || depth > DEEPEST || parts > MOST) return true
    if (reference !== undefined && within.includes(reference)) return true
    const names = reference === undefined ? within : [...within, reference]
    const go = (below: unknown): JsonSchema => written(below, depth + 1, names)
    const schema: Record<string, unknown> = {}
    for (const [keyword, content] of membersOf(value)) {
      if (numbers.has(keyword) && typeof content === 'number' && Number.isFinite(content)) schema[keyword] = content
      else if (lists.has(keyword) && itemsOf(content).length > 0) schema[keyword] = itemsOf(content).map(go)
      else if (inner.has(keyword) && isObject(content)) schema[keyword] = go(content)
      else if (keyword === 'additionalProperties' && content === false) schema[keyword] = false
      else if (keyword === 'uniqueItems' && content === true) schema[keyword] = true
      else if (keyword === 'pattern' && typeof content === 'string' && patternMistake(content) === undefined)
        schema[keyword] = content
      else if (keyword === 'properties' && isObject(content))
        schema[keyword] = Object.fromEntries(membersOf(content).map(([name, below]) => [name, go(below)]))
      else if (keyword === 'required' && Array.isArray(content))
        schema[keyword] = [...new Set(content.filter((name) => typeof name === 'string'))]
      else if (keyword === 'enum' && Array.isArray(content) && content.length > 0) schema[keyword] = content.map(jsonOf)
      else if (keyword === 'const') schema[keyword] = jsonOf(content)
    }
    for (const [bound, limit] of [
      ['exclusiveMinimum', 'minimum'],
      ['exclusiveMaximum', 'maximum'],
    ] as const) {
      const given = own(value, bound)
      if (typeof given === 'number') schema[bound] = given
      if (given !== true || typeof schema[limit] !== 'number') continue
      schema[bound] = schema[limit]
      delete schema[limit]
    }
    const type = itemsOf([own(value, 'type')].flat()).filter((name) => typeof name === 'string' && types.has(name))
    if (own(value, 'nullable') === true && type.length > 0) type.push('null')
    if (type.length > 0) schema.type = type.length === 1 ? type[0] : [...new Set(type)]
    if (type.includes('null') && Array.isArray(schema.enum) && !schema.enum.includes(null))
      schema.enum = [...schema.enum, null]
    return Object.keys(schema).length === 0 ? true : schema
  }
  return written(node, 0, [])
}

/** A value that stands in the contract, as JSON; too deep a one is null. */
export function jsonOf(value: unknown, depth = 0): Json {
  if (depth > DEEPEST) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, depth + 1))
  return isObject(value)
    ? Object.fromEntries(membersOf(value).map(([name, member]) => [name, jsonOf(member, depth + 1)]))
    : null
}
