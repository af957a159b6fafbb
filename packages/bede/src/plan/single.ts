import type { Expr } from '../expr/expr.ts'
import type { ModelDefinition } from '../model/definition.ts'
import { field, literal } from './condition.ts'
import type { Scan } from './plan.ts'

/**
 * A scan that gives one row at most: the first of its order, or by id where it has none. What is looked up by something
 * that is not unique would otherwise be an error of the database on the day when two rows have it. `known`: fields of
 * which the scan will have one value, whatever it says itself.
 */
export function atMostOne(scan: Scan, model: ModelDefinition, known: readonly string[]): Scan {
  if (scan.limit || isUnique(scan, model, known)) return scan
  return {
    ...scan,
    order: scan.order ?? [{ by: field(scan.as, model.id), direction: 'asc' }],
    limit: literal(1, { kind: 'integer' }),
  }
}

/** Whether its conditions say what the id is, or every field of a unique index. */
function isUnique({ as, where }: Scan, { id, indexes }: ModelDefinition, known: readonly string[]): boolean {
  const said = new Set([...known, ...conjuncts(where).flatMap((condition) => fieldSaid(condition, as))])
  const whole = indexes.filter(({ unique, where: some }) => unique && !some)
  return said.has(id) || whole.some(({ fields }) => fields.every((name) => said.has(name)))
}

const conjuncts = (expr: Expr<Scan> | undefined): readonly Expr<Scan>[] => {
  if (!expr) return []
  return expr.kind === 'call' && expr.fn === 'and' ? expr.args.flatMap(conjuncts) : [expr]
}

/** `row.field = value`, with a value that does not depend on the row. */
function fieldSaid(condition: Expr<Scan>, as: string): readonly string[] {
  if (condition.kind !== 'call' || condition.fn !== 'eq') return []
  const [left, right] = condition.args
  return [
    [left, right],
    [right, left],
  ].flatMap(([one, other]) =>
    one?.kind === 'field' && one.row === as && other && !JSON.stringify(other).includes(`"row":"${as}"`)
      ? [one.field]
      : [],
  )
}
