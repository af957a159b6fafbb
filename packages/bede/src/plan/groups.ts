import type { Expr } from '../expr/expr.ts'
import type { GroupsShape } from './plan.ts'

/** The same groups with every expression replaced, over another kind of scan. */
export function mapGroups<A, B>(groups: GroupsShape<A>, from: B, expr: (expr: Expr<A>) => Expr<B>): GroupsShape<B> {
  return {
    kind: 'groups',
    from,
    by: Object.fromEntries(
      Object.entries(groups.by).map(([name, by]) => [name, { expr: expr(by.expr), type: by.type }]),
    ),
    measures: Object.fromEntries(
      Object.entries(groups.measures).map(([name, { fn, of }]) => [name, { fn, ...(of ? { of: expr(of) } : {}) }]),
    ),
  }
}
