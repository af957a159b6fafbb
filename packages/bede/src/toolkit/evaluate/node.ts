import type { Exact } from '../exact.ts'

export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^'
export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!='

/** What an expression gives. */
export type Gives = 'number' | 'boolean'

/** An expression as data. `at`: the character that refusals name. */
export type Node =
  | { readonly kind: 'constant'; readonly value: Exact; readonly at: number }
  | { readonly kind: 'negate'; readonly of: Node; readonly at: number }
  | {
      readonly kind: 'arithmetic'
      readonly sign: Arithmetic
      readonly left: Node
      readonly right: Node
      readonly at: number
    }
  | {
      readonly kind: 'compare'
      readonly sign: Comparison
      readonly left: Node
      readonly right: Node
      readonly at: number
    }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly Node[]; readonly at: number }
