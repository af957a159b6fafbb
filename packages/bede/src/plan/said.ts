import type { Expr } from '../expr/expr.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { ModelDefinition } from '../model/definition.ts'
import { conjuncts } from './condition.ts'
import type { BoundScan } from './plan.ts'

/** What a scan says of its rows, condition by condition, but for what everybody takes for granted. */
export function saidOf({ model, as, where }: BoundScan, { models }: Manifest): readonly Expr<BoundScan>[] {
  return (where ? conjuncts(where) : []).filter((part) => !isUsual(part, as, models[model]))
}

/** That a row is not deleted, and is of the actor's tenant. */
function isUsual(part: Expr<BoundScan>, as: string, model: ModelDefinition | undefined): boolean {
  if (part.kind !== 'call') return false
  const [of, other] = part.args
  if (of?.kind !== 'field' || of.row !== as) return false
  const { softDelete, tenant } = model ?? {}
  if (part.fn === 'isNull') return of.field === softDelete
  return part.fn === 'eq' && other?.kind === 'actor' && of.field === tenant?.field && other.field === tenant.actor
}
