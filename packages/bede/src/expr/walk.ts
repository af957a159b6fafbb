import type { Expr, Order } from './expr.ts'

/** What every kind of row source has in common: a source of a manifest, a scan of a plan. */
export interface RowSource<S> {
  readonly as: string
  readonly where?: Expr<S>
  readonly order?: readonly Order<S>[]
  readonly limit?: Expr<S>
  readonly offset?: Expr<S>
  /** Of a bound scan. */
  readonly policy?: Expr<S>
}

/** The expression with each expression right below it replaced; sources by `source`. What does not change is kept. */
export function mapChildren<S, T>(expr: Expr<S>, child: (expr: Expr<S>) => Expr<T>, source: (from: S) => T): Expr<T> {
  switch (expr.kind) {
    case 'call':
      return { ...expr, args: expr.args.map(child) }
    case 'case':
      return {
        ...expr,
        branches: expr.branches.map(({ when, then }) => ({ when: child(when), then: child(then) })),
        otherwise: child(expr.otherwise),
      }
    case 'given': {
      const { otherwise, ...rest } = expr
      return { ...rest, then: child(expr.then), ...(otherwise ? { otherwise: child(otherwise) } : {}) }
    }
    case 'some':
    case 'every':
    case 'none':
      return { ...expr, from: source(expr.from), where: child(expr.where) }
    case 'aggregate': {
      const { of, ...rest } = expr
      return { ...rest, from: source(expr.from), ...(of ? { of: child(of) } : {}) }
    }
    case 'via':
      return { ...expr, from: source(expr.from), value: child(expr.value) }
    default:
      return expr
  }
}

/** A source with each of its expressions replaced. */
export function mapSource<S extends RowSource<S>>(from: S, child: (expr: Expr<S>) => Expr<S>): S {
  const { where, order, limit, offset, policy } = from
  return {
    ...from,
    ...(where ? { where: child(where) } : {}),
    ...(policy ? { policy: child(policy) } : {}),
    ...(order ? { order: order.map((key) => ({ ...key, by: child(key.by) })) } : {}),
    ...(limit ? { limit: child(limit) } : {}),
    ...(offset ? { offset: child(offset) } : {}),
  }
}

/** The expression with each part replaced for which `by` has something else; what it gives is not looked into. */
export function rewrite<S extends RowSource<S>>(expr: Expr<S>, by: (expr: Expr<S>) => Expr<S> | undefined): Expr<S> {
  const inner = (child: Expr<S>): Expr<S> => rewrite(child, by)
  return by(expr) ?? mapChildren(expr, inner, (from) => mapSource(from, inner))
}

/** Whether it, or anything below it, is what `is` looks for. */
export function has<S extends RowSource<S>>(expr: Expr<S>, is: (expr: Expr<S>) => boolean): boolean {
  return is(expr) || children(expr).some((child) => has(child, is))
}

/** The expressions right below this one, those of its source included. */
export function children<S extends RowSource<S>>(expr: Expr<S>): readonly Expr<S>[] {
  const below: Expr<S>[] = []
  const keep = (child: Expr<S>): Expr<S> => {
    below.push(child)
    return child
  }
  mapChildren(expr, keep, (from) => mapSource(from, keep))
  return below
}

/** Calls `visit` on the expression and on everything below it, from the outside in. */
export function walk<S extends RowSource<S>>(expr: Expr<S>, visit: (expr: Expr<S>) => void): void {
  visit(expr)
  for (const child of children(expr)) walk(child, visit)
}
