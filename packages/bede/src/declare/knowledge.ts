import type { Source } from '../expr/expr.ts'

export type Path = readonly string[]

/** An optional input: of the call, or of the current item of the `each` that `as` names. */
export interface OptionalInput {
  readonly as?: string
  readonly path: Path
}

/** What is known of a recorded value beside its node. */
export interface Knowledge {
  /** May be null. */
  readonly nullable?: boolean
  /** Optional inputs without which it has no value. */
  readonly absent?: readonly OptionalInput[]
  /** Rows that must be there for it to have a value: required to-one relations, each as its sources from the outside in. */
  readonly requires?: readonly (readonly Source[])[]
}

/** What is known of a value that is made of these. */
export const together = (parts: readonly Required<Knowledge>[]): Knowledge => ({
  nullable: parts.some((part) => part.nullable),
  absent: parts.flatMap((part) => part.absent),
  requires: parts.flatMap((part) => part.requires),
})
