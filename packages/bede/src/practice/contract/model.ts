import { camel, Names, pascal } from '../takeover/names.ts'
import type { OperationRead } from './operation.ts'
import { type NamedShape, namedIn, type Shape, type ShapeMember } from './shape.ts'

/** A schema that operations answer with, as a model. */
export interface ModelRead {
  readonly name: string
  readonly resource: string
  readonly shape: NamedShape
}

/** How many plain values make a thing; with less a schema is a wrapper around one. */
const LEAST = 2

/**
 * What the operations are about: schemas that are answered, alone, in a list, or inside one object around them; and those
 * with an id that these hold.
 */
export function modelsOf(operations: readonly OperationRead[], namedAt: NamedAt): readonly ModelRead[] {
  const about = new Set<NamedShape>()
  for (const { answers } of operations) {
    const output = answers.success?.media.find((one) => one.output)?.output
    if (!output) continue
    for (const shape of namedIn(output.shape))
      for (const one of [shape, ...shape.members.flatMap((member) => namedIn(member.shape))])
        if (isThing(one)) about.add(one)
  }
  // What is added is gone through as well.
  for (const shape of about)
    for (const { shape: inner } of shape.members) {
      const held = schemaIn(inner.kind === 'list' ? inner.of : inner, namedAt)
      if (held && hasId(held) && isThing(held)) about.add(held)
    }
  const names = new Names([...verbs, 'index', 'bede', 'caller', 'models'])
  return [...about].map((shape) => {
    const name = names.take(camel(shape.title, 'model'))
    return { name, resource: pascal(name), shape }
  })
}

const isThing = ({ members }: NamedShape): boolean => members.filter((member) => isPlain(member.shape)).length >= LEAST

/** What one column holds. */
export const isPlain = (shape: Shape): boolean =>
  shape.kind === 'scalar' ||
  (shape.kind === 'json' && shape.of !== undefined) ||
  shape.kind === 'choice' ||
  (shape.kind === 'list' && isScalar(shape.of))
const isScalar = (shape: Shape): boolean => shape.kind === 'scalar' || shape.kind === 'choice'

/** What a file of a model may import. */
const verbs = [
  'array',
  'bool',
  'choice',
  'date',
  'email',
  'float',
  'id',
  'integer',
  'json',
  'many',
  'model',
  'nobody',
  'one',
  'ref',
  'text',
  'timestamp',
]

/** Which schema a shape stands for; one that is being read already is known by its place alone. */
export type NamedAt = (reference: string) => NamedShape | undefined

const idOf = (model: ModelRead): ShapeMember | undefined => model.shape.members.find(({ name }) => name === 'id')

/** Whether rows of a schema can be named: it has an id of one plain value. */
export const hasId = ({ members }: NamedShape): boolean => {
  const shape = members.find(({ name }) => name === 'id')?.shape
  return shape?.kind === 'scalar' && (shape.verb === 'text' || shape.verb === 'integer')
}

export const isCounted = (model: ModelRead): boolean => {
  const shape = idOf(model)?.shape
  return shape?.kind === 'scalar' && shape.verb === 'integer'
}

/** What a member holds: a schema with a name. */
export const schemaIn = (shape: Shape, namedAt: NamedAt): NamedShape | undefined =>
  shape.kind === 'named'
    ? shape.shape
    : shape.kind === 'json' && shape.refers !== undefined
      ? namedAt(shape.refers)
      : undefined
