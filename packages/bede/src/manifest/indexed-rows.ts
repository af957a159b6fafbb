import type { Expr } from '../expr/expr.ts'
import type { IndexDefinition, ModelDefinition } from '../model/definition.ts'

/** Which rows an index holds: those that its condition names, of a living index the living ones. Undefined: all. */
export function indexedRows(index: IndexDefinition, { softDelete }: ModelDefinition): Expr | undefined {
  if (!index.living || softDelete === undefined) return index.where
  const living: Expr = { kind: 'call', fn: 'isNull', args: [{ kind: 'field', row: 'row', field: softDelete }] }
  return index.where ? { kind: 'call', fn: 'and', args: [index.where, living] } : living
}
