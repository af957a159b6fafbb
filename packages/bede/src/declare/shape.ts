import type { Expr, Source } from '../expr/expr.ts'
import type { ValueType } from '../expr/value.ts'
import { Problem } from '../telemetry/problem.ts'
import { Recorded, settled } from './recorded.ts'
import { mistaken, part } from './recording.ts'

/** The form of an answer as recorded: as in the manifest, but views are values that have no name yet. */
export type RecordedShape =
  | { readonly kind: 'value'; readonly expr: Expr; readonly type: ValueType; readonly nullable?: true }
  | { readonly kind: 'object'; readonly members: { readonly [name: string]: RecordedShape } }
  | { readonly kind: 'one'; readonly from: Source; readonly item: RecordedShape; readonly nullable?: true }
  | { readonly kind: 'list'; readonly from: Source; readonly item: RecordedShape; readonly distinct?: true }
  | { readonly kind: 'view'; readonly view: ViewDeclaration; readonly row: string }

/** A declared view. A class, so that what is recorded refers to it and never walks into it. */
export class ViewDeclaration {
  readonly model: string
  readonly shape: RecordedShape
  /** Seconds for which an answer made of it may be kept; undefined: not at all. */
  readonly cachedFor: number | undefined
  constructor(model: string, shape: RecordedShape, cachedFor?: number) {
    this.model = model
    this.shape = shape
    this.cachedFor = cachedFor
  }
}

/** A part of an answer that is not an expression: a list, a row, a view. */
export class Shaped {
  readonly shape: RecordedShape
  constructor(shape: RecordedShape) {
    this.shape = shape
  }
}

/** The rows to go through before the shape: each a row of the one before. */
export const throughShape = (through: readonly Source[], item: RecordedShape, nullable: boolean): RecordedShape =>
  through.reduceRight<RecordedShape>(
    (inner, from) => ({ kind: 'one', from, item: inner, ...(nullable && { nullable }) }),
    item,
  )

/** A required row that is not there takes the row above it away: the type of the answer says that it is there. */
const valueShape = (recorded: Recorded): RecordedShape => {
  const value = settled(recorded)
  const nullable = value.nullable || value.absent.length > 0
  const plain = (expr: Expr): RecordedShape => ({
    kind: 'value',
    expr,
    type: value.type,
    ...(nullable && { nullable }),
  })
  const [only, ...more] = value.requires
  if (only !== undefined && more.length === 0) {
    const inner = beneath(value.node, only)
    if (inner !== undefined) return throughShape(only, plain(inner), false)
  }
  return distinct(value.requires).reduceRight<RecordedShape>(
    (inner, through) => throughShape(through, inner, false),
    plain(value.node),
  )
}

/** What a value is computed from, where it is nothing but a way through these rows. */
const beneath = (node: Expr, through: readonly Source[]): Expr | undefined => {
  let inner = node
  for (const from of through) {
    if (inner.kind !== 'via' || inner.from !== from) return undefined
    inner = inner.value
  }
  return inner
}

const distinct = (chains: readonly (readonly Source[])[]) => {
  const seen = new Set<string>()
  return chains.filter((chain) => {
    const key = JSON.stringify(chain.map((from) => ({ ...from, as: '' })))
    return seen.has(key) ? false : seen.add(key)
  })
}

/** The recorded form of what a callback answered. */
export const shapeOf = (value: unknown): RecordedShape => {
  if (value instanceof Recorded) return valueShape(value)
  if (value instanceof Shaped) return value.shape
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return {
      kind: 'object',
      members: Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, part(name, nothing, () => shapeOf(member))]),
      ),
    }
  }
  const what = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
  const hint = hints[what]
  mistaken(
    new Problem('invalid-declaration', {
      message: `An answer is made of expressions, lists, views and objects of them, not of ${what}`,
      ...(hint !== undefined && { hint }),
    }),
  )
  return nothing
}

const nothing: RecordedShape = { kind: 'object', members: {} }

/** JavaScript's own values are there before any row is. */
const hints: Readonly<Record<string, string>> = {
  string: "Join text with concat(row.a, ' ', row.b), choose with when(condition, 'a').otherwise('b').",
  number: 'Compute with row.price.times(2) and .plus(…), choose with when(condition, 1).otherwise(0).',
  boolean: 'Compare with .eq(…), and(…), or(…), not(…), choose with when(condition, true).otherwise(false).',
  'an array': 'List rows with row.tags.list((tag) => …).',
  function: 'Call it: .count(), .lower(), a view .of(row).',
  null: 'Leave it out.',
  undefined: 'Leave it out.',
}
