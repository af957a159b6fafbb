import type { JsonSchema } from '../../expr/value.ts'

/** A schema of the contract as a field of Bede. `options`: source of each, of numbers and literals alone. */
export type Shape =
  | { readonly kind: 'scalar'; readonly verb: Scalar; readonly options: readonly string[] }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: Shape; readonly options: readonly string[] }
  | { readonly kind: 'object'; readonly members: readonly ShapeMember[] }
  /** The members of a schema with a name: a file of its own. */
  | { readonly kind: 'named'; readonly shape: NamedShape }
  /** `of`: what TypeScript knows of it. */
  | { readonly kind: 'json'; readonly schema?: JsonSchema; readonly of?: 'string' | 'string | null' }

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
export const word: Use = { shape: { kind: 'scalar', verb: 'text', options: [] }, nullable: false }

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
