import type { Expr, Source } from '../expr/expr.ts'
import { mapChildren, mapSource } from '../expr/walk.ts'
import type { Shape } from './manifest.ts'

/** New names of row variables in scope. */
type Names = ReadonlyMap<string, string>

export const mapMembers = <A, B>(members: Readonly<Record<string, A>>, f: (member: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(members).map(([name, member]) => [name, f(member)]))

/** A shape over `row`, written out for the row that `as` names. Its own variables get names nothing around it has. */
export const rowAs = (shape: Shape, as: string): Shape =>
  as === 'row' ? shape : renamed(shape, new Map([['row', as]]), as)

const renamed = (shape: Shape, names: Names, prefix: string): Shape => {
  switch (shape.kind) {
    case 'value':
      return { ...shape, expr: renamedExpr(shape.expr, names, prefix) }
    case 'object':
      return { kind: 'object', members: mapMembers(shape.members, (member) => renamed(member, names, prefix)) }
    case 'one':
    case 'list':
    case 'page': {
      const inside = entered(shape.from, names, prefix)
      return { ...shape, from: renamedSource(shape.from, names, prefix), item: renamed(shape.item, inside, prefix) }
    }
    case 'groups':
      return shape // stands alone: it is over no row
    case 'view':
      return { ...shape, row: names.get(shape.row) ?? shape.row }
  }
}

const entered = (from: Source, names: Names, prefix: string): Names =>
  new Map(names).set(from.as, `${prefix}_${from.as}`)

const renamedSource = (from: Source, names: Names, prefix: string): Source => {
  const inside = entered(from, names, prefix)
  const { relation } = from
  return {
    ...mapSource(from, (expr) => renamedExpr(expr, inside, prefix)),
    as: inside.get(from.as) ?? from.as,
    ...(relation && { relation: { ...relation, row: names.get(relation.row) ?? relation.row } }),
  }
}

const renamedExpr = (expr: Expr, names: Names, prefix: string): Expr => {
  switch (expr.kind) {
    case 'field':
      return { ...expr, row: names.get(expr.row) ?? expr.row }
    case 'some':
    case 'every':
    case 'none':
    case 'aggregate':
    case 'via': {
      const inside = entered(expr.from, names, prefix)
      return mapChildren(
        expr,
        (child) => renamedExpr(child, inside, prefix),
        (from) => renamedSource(from, names, prefix),
      )
    }
    default:
      return mapChildren(
        expr,
        (child) => renamedExpr(child, names, prefix),
        (from) => from,
      )
  }
}
