import type { Expr } from '../expr/expr.ts'
import type {
  AnyExpression,
  Condition,
  Expected,
  Expression,
  FamilyOf,
  Nothing,
  Of,
  ValueOf,
} from '../model/expression.ts'
import type { Family } from '../model/family.ts'
import { Problem } from '../telemetry/problem.ts'
import { call, choose, lift, liftAlone, Recorded, recordedOf, rule, settled, typed } from './recorded.ts'

/** A value on its own: an expression, or a value that says its type itself. */
export type Alone = AnyExpression | string | number | boolean

type AloneFamily<V> = V extends AnyExpression
  ? FamilyOf<V>
  : V extends string
    ? 'text'
    : V extends number
      ? 'integer'
      : V extends boolean
        ? 'boolean'
        : never
type AloneValue<V> = V extends AnyExpression ? ValueOf<V> : V

/** Text of all parts, one after the other. Numbers, ids and times are written as text. */
export const concat = <const P extends readonly Alone[]>(
  ...parts: P
): Of<'text', string | Extract<AloneValue<P[number]>, Nothing>> => {
  const args = parts.map(liftAlone).map((part) => (part.type.kind === 'text' ? part : part.toText()))
  return typed(
    call(
      'concat',
      args,
      { kind: 'text' },
      {
        nullable: args.some((arg) => arg.nullable),
        absent: args.flatMap((arg) => arg.absent),
        requires: args.flatMap((arg) => arg.requires),
      },
    ),
  )
}

/** The first of them that is not null. */
export const coalesce = <F extends Family, T>(
  first: Expression<F, T>,
  ...others: readonly Expression<F, T>[]
): Of<F, T> => typed(choose('coalesce', [first, ...others].map(recordedOf)))
/** The least of them; nulls are left out. */
export const least = <F extends Family, T>(first: Expression<F, T>, ...others: readonly Expression<F, T>[]): Of<F, T> =>
  typed(choose('least', [first, ...others].map(recordedOf)))
/** The greatest of them; nulls are left out. */
export const greatest = <F extends Family, T>(
  first: Expression<F, T>,
  ...others: readonly Expression<F, T>[]
): Of<F, T> => typed(choose('greatest', [first, ...others].map(recordedOf)))

/** A conditional that still needs its `otherwise`. */
export interface When<F extends Family, T> {
  when<const V extends Alone>(condition: Expected['condition'], then: V): When<F, T | AloneValue<V>>
  otherwise<const V extends Alone | null>(value: V): Of<F, T | AloneValue<V>>
}

/** `when(row.score.gt(9), 'high').otherwise('low')`: the value of the first condition that holds. */
export const when = <const V extends Alone>(
  condition: Expected['condition'],
  then: V,
): When<AloneFamily<V>, AloneValue<V>> => {
  const first = settled(liftAlone(then))
  return branch([{ when: rule(condition), then: first }])
}

type Branches = readonly { readonly when: ReturnType<typeof rule>; readonly then: Recorded }[]

const branch = <F extends Family, T>(branches: Branches): When<F, T> => {
  const { type } = branches[0]!.then
  return {
    when: (condition, then) => branch([...branches, { when: rule(condition), then: settled(lift(then, type)) }]),
    otherwise: (value) => {
      const last = settled(lift(value, type))
      const values = [...branches.map((one) => one.then), last]
      const node = {
        kind: 'case' as const,
        branches: branches.map((one) => ({ when: one.when, then: one.then.node })),
        otherwise: last.node,
      }
      return typed(
        new Recorded(node, type, {
          nullable: values.some((one) => one.nullable),
          absent: values.flatMap((one) => one.absent),
          requires: values.flatMap((one) => one.requires),
        }),
      )
    },
  }
}

/**
 * `given(query.tag, (tag) => row.tags.some((t) => t.name.eq(tag)))`: the condition counts only when that input was
 * sent; the statement is compiled for each set of inputs that is.
 */
export const given = <F extends Family, T>(
  input: Expression<F, T>,
  then: (sent: Of<F, Exclude<T, undefined>>) => Expected['condition'],
): Condition => {
  const recorded = recordedOf(input)
  const { node } = recorded
  if (recorded.standsIn) return typed(recorded)
  if (node.kind !== 'input' && node.kind !== 'item') {
    throw new Problem('invalid-declaration', {
      message: 'given() asks whether an input was sent, so its first argument is an input itself',
      hint: 'Write given(query.tag, (tag) => …).',
    })
  }
  const sent = new Recorded(node, recorded.type, { nullable: recorded.nullable })
  const condition = recordedOf(then(typed(sent)))
  const where = node.kind === 'item' ? { as: node.as, path: node.path } : { path: node.path }
  return typed(
    new Recorded(
      { kind: 'given', ...where, then: rule(condition) },
      { kind: 'boolean' },
      { nullable: condition.nullable },
    ),
  )
}

/** Nodes that say that they may be null because not everybody may read them. */
const readables = new WeakSet<object>()
export const isReadable = (node: object): boolean => readables.has(node)

/** The same node, which says so. */
export const marked = (node: Expr): Expr => {
  const copy = node.kind === 'via' ? { ...node, value: marked(node.value) } : { ...node }
  readables.add(copy)
  return copy
}

/**
 * `email: readable(row.email)`: the field has a read rule in its model's policy, so whoever may not read it is shown
 * null. A view must say so: its type then holds null.
 */
export const readable = <F extends Family, T>(field: Expression<F, T>): Of<F, T | null> => {
  const { node, type, absent, requires } = recordedOf(field)
  return typed(new Recorded(marked(node), type, { nullable: true, absent, requires }))
}
