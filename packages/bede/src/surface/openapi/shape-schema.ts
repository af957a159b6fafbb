import type { JsonSchema, ValueType } from '../../expr/value.ts'
import type { GroupsDefinition, Shape } from '../../manifest/manifest.ts'
import { type Keywords, orNull, valueSchema } from '../../manifest/value-schema.ts'

export const viewReference = (view: string): { readonly $ref: string } => ({ $ref: `#/components/schemas/${view}` })

/** What an answer of this shape looks like (JSON Schema 2020-12). Views are named, so that a client has one type for each. */
export function shapeSchema(shape: Shape): JsonSchema {
  switch (shape.kind) {
    case 'value':
      return shape.nullable ? orNull(outputSchema(shape.type)) : outputSchema(shape.type)
    case 'object':
      return objectOf(Object.entries(shape.members).map(([name, member]) => [name, shapeSchema(member)]))
    case 'one':
      return shape.nullable ? { anyOf: [shapeSchema(shape.item), { type: 'null' }] } : shapeSchema(shape.item)
    case 'list':
      return { type: 'array', items: shapeSchema(shape.item), ...(shape.distinct && { uniqueItems: true }) }
    case 'view':
      return viewReference(shape.view)
    case 'groups':
      return groupsSchema(shape.groups)
    case 'page':
      return {
        type: 'object',
        properties: {
          items: { type: 'array', items: shapeSchema(shape.item) },
          next: { type: ['string', 'null'], description: 'The cursor of the next page; null on the last one.' },
          total: { type: 'integer', minimum: 0, description: 'How many there are in all, when `count` asks for it.' },
        },
        required: ['items', 'next'],
        additionalProperties: false,
      }
  }
}

const groupsSchema = ({ by, measures }: GroupsDefinition): JsonSchema => {
  const values = Object.entries(by).map(([name, { type, nullable }]) => {
    const schema = outputSchema(type)
    return [name, nullable ? orNull(schema) : schema] as const
  })
  const measured = Object.entries(measures).map(([name, { fn, type }]) => {
    const schema = outputSchema(type)
    return [name, fn === 'count' ? schema : orNull(schema)] as const
  })
  const item = objectOf([
    ['by', someOf(values)],
    ['measures', someOf(measured)],
  ])
  return objectOf([
    ['items', { type: 'array', items: item }],
    ['more', { type: 'boolean', description: 'Whether there are more groups than `limit`.' }],
  ])
}

/** Those of these members that the request asks for. */
const someOf = (members: readonly (readonly [name: string, schema: JsonSchema])[]): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(members),
  additionalProperties: false,
})

function objectOf(members: readonly (readonly [name: string, schema: JsonSchema])[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(members),
    required: members.map(([name]) => name),
    additionalProperties: false,
  }
}

/** What only limits what a caller may send says nothing about what comes back. */
const ofInputs = new Set(['minimum', 'maximum', 'minLength', 'maxLength', 'writeOnly'])

function outputSchema(type: ValueType): Keywords {
  const { pattern, ...rest } = valueSchema(type)
  // A format says it better; a pattern without one is the only description there is.
  const kept = pattern === undefined || 'format' in rest || type.kind === 'text' ? rest : { ...rest, pattern }
  return Object.fromEntries(Object.entries(kept).filter(([name]) => !ofInputs.has(name)))
}
