import type { Many } from '../model/relation.ts'
import type { Schema } from '../model/schema.ts'

interface Allowed {
  /** Children may be made with their parent. */
  readonly create?: true
  /** Children may be changed with their parent. */
  readonly update?: true
  /** Children may be deleted with their parent's change. */
  readonly delete?: true
}

/** What may be written of a parent's children, by relation. */
type Leaves<S extends Schema<S>, M extends keyof S> = {
  readonly [R in keyof S[M]['fields'] as S[M]['fields'][R] extends Many ? R : never]?: Allowed
}

/** Two levels: children, and theirs. */
export type NestedOptions<S extends Schema<S>, M extends keyof S> = {
  readonly [R in keyof S[M]['fields'] as S[M]['fields'][R] extends Many ? R : never]?: S[M]['fields'][R] extends Many<
    infer T
  >
    ? T extends keyof S
      ? Allowed & { readonly nested?: Leaves<S, T> }
      : never
    : never
}

/** The same as recorded, to be checked when it is linked. */
export interface RecordedNested {
  readonly [relation: string]: Allowed & { readonly nested?: RecordedNested }
}
