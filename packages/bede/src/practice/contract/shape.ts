import type { JsonSchema } from '../../expr/value.ts'

/** A schema of the contract as a field of Bede. `options`: source of each, of numbers and literals alone. */
export type Shape =
  | ScalarShape
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: Shape; readonly options: readonly string[] }
  | { readonly kind: 'object'; readonly members: readonly ShapeMember[] }
  /** The members of a schema with a name: a file of its own. */
  | { readonly kind: 'named'; readonly shape: NamedShape }
  /**
   * `of`: what it is besides; its schema says more than a field of that kind can. `orNull`: or null. `refers`: the place
   * of the schema that it stands for, which could not be written out.
   */
  | {
      readonly kind: 'json'
      readonly schema?: JsonSchema
      readonly of?: ScalarShape
      readonly orNull?: boolean
      readonly refers?: string
    }

export interface ScalarShape {
  readonly kind: 'scalar'
  readonly verb: Scalar
  readonly options: readonly string[]
}

export type Scalar = 'text' | 'email' | 'timestamp' | 'date' | 'integer' | 'float' | 'bool'

/** A shape where it is used. */
export interface Use {
  readonly shape: Shape
  readonly nullable: boolean
  /** Source. */
  readonly default?: string
}

export interface ShapeMember extends Use {
  readonly name: string
  readonly optional: boolean
  readonly about?: string
}

export interface NamedShape {
  /** The constant, and the name of its file. */
  readonly name: string
  /** As the contract calls it. */
  readonly title: string
  readonly members: readonly ShapeMember[]
  /** How many parts it has when it is written out where it is used. */
  readonly size: number
}

/** What a part of a path, a query or a form is written as: one text. */
export const isWord = ({ kind }: Shape): boolean => kind === 'scalar' || kind === 'choice'

/** Any text. */
const word: ScalarShape = { kind: 'scalar', verb: 'text', options: [] }

/** A document where one text is taken: what it is besides, or any text. */
export const plainOf = ({ of = word }: Extract<Shape, { kind: 'json' }>): Use => ({ shape: of, nullable: false })

/** What can be written as one text, with commas where `lists` may stand there; or why this cannot. */
export function asText({ shape, default: given }: Use, lists: boolean): Use | string {
  const plain = { shape, nullable: false, ...(given !== undefined && { default: given }) }
  if (isWord(shape)) return plain
  if (shape.kind === 'json') return plainOf(shape)
  if (lists && shape.kind === 'list') {
    if (isWord(shape.of)) return plain
    if (shape.of.kind === 'json') return { shape: { ...shape, of: plainOf(shape.of).shape }, nullable: false }
  }
  return lists ? 'it is an object' : 'it is an object, or a list that does not stand in the query or a header'
}

/** How many parts a shape has when everything in it is written out. */
export function sizeOf(shape: Shape): number {
  if (shape.kind === 'list') return 1 + sizeOf(shape.of)
  if (shape.kind === 'object') return sizeOfAll(shape.members)
  return shape.kind === 'named' ? shape.shape.size : 1
}

export const sizeOfAll = (members: readonly ShapeMember[]): number =>
  members.reduce((sum, member) => sum + sizeOf(member.shape), 1)

/** What is within a shape by name, at the first level. */
export function namedIn(shape: Shape): readonly NamedShape[] {
  if (shape.kind === 'list') return namedIn(shape.of)
  if (shape.kind === 'object') return shape.members.flatMap((member) => namedIn(member.shape))
  return shape.kind === 'named' ? [shape.shape] : []
}
