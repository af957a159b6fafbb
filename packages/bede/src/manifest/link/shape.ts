import { failureOf } from '../../declare/failed.ts'
import { isResult } from '../../declare/route.ts'
import type { RecordedShape } from '../../declare/shape.ts'
import type { Expr, Source } from '../../expr/expr.ts'
import { mapSource } from '../../expr/walk.ts'
import { mapMembers, rowAs } from '../inline.ts'
import type { GroupsDefinition, Shape } from '../manifest.ts'

export interface ShapeContext {
  /** The name of a view; undefined when it is not exported: its shape is then written out where it is used. */
  readonly nameOf: (declaration: object) => string | undefined
  /** What an action's own answer is, inside the answer of a route that calls it. */
  readonly result?: Shape
}

/** A recorded answer as the manifest has it: views by name. */
export const linkShape = (shape: RecordedShape, context: ShapeContext): Shape => {
  if (isResult(shape) && context.result !== undefined) return context.result
  switch (shape.kind) {
    case 'value':
      return shape
    case 'object':
      return { kind: 'object', members: mapMembers(shape.members, (member) => linkShape(member, context)) }
    case 'one':
    case 'list':
      return { ...shape, item: linkShape(shape.item, context) }
    case 'view': {
      const name = context.nameOf(shape.view)
      const failure = name === undefined ? failureOf(shape.view) : undefined
      if (failure !== undefined) throw failure
      return name === undefined
        ? rowAs(linkShape(shape.view.shape, context), shape.row)
        : { kind: 'view', view: name, row: shape.row }
    }
  }
}

const mapGroups = (groups: GroupsDefinition, expr: (expr: Expr) => Expr): GroupsDefinition => ({
  ...groups,
  by: mapMembers(groups.by, (one) => ({ ...one, expr: expr(one.expr) })),
  measures: mapMembers(groups.measures, (one) => ({ ...one, ...(one.of && { of: expr(one.of) }) })),
})

/** Every expression of a shape, replaced. */
export const mapShape = (shape: Shape, expr: (expr: Expr) => Expr): Shape => {
  const source = (from: Source) => mapSource(from, expr)
  switch (shape.kind) {
    case 'value':
      return { ...shape, expr: expr(shape.expr) }
    case 'object':
      return { kind: 'object', members: mapMembers(shape.members, (member) => mapShape(member, expr)) }
    case 'one':
    case 'list':
    case 'page':
      return { ...shape, from: source(shape.from), item: mapShape(shape.item, expr) }
    case 'groups':
      return { ...shape, from: source(shape.from), groups: mapGroups(shape.groups, expr) }
    case 'view':
      return shape
  }
}
