import type { Expr } from '../expr/expr.ts'
import type { ModelDefinition } from '../model/definition.ts'
import { equal, field } from './condition.ts'

/**
 * That the row which `as` names belongs to the actor's tenant; undefined where the rows belong to nobody in particular.
 * An actor who is in no tenant, and nobody, has none of them: nothing is equal to null.
 */
export function ofTenant(model: ModelDefinition | undefined, as: string): Expr<never> | undefined {
  const { tenant } = model ?? {}
  return tenant && equal(field(as, tenant.field), actorsTenant(model, tenant.actor))
}

const actorsTenant = (model: ModelDefinition | undefined, name: string): Expr<never> => ({
  kind: 'actor',
  field: name,
  type: model?.fields[model.tenant?.field ?? '']?.type ?? { kind: 'ref' },
})
