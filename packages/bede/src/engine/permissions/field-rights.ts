import type { Expr } from '../../expr/expr.ts'
import type { CompiledOperation, Manifest, Shape } from '../../manifest/manifest.ts'
import { boundRule } from '../../plan/allow.ts'
import type { BoundScan } from '../../plan/plan.ts'

/** Of a field that has rules of its own, those. */
export interface FieldRules {
  readonly read?: Expr<BoundScan>
  readonly write?: Expr<BoundScan>
}

/** The rules of fields by model and field, but for models that nothing opens and for what leaves through views alone. */
export function fieldRulesOf(
  manifest: Manifest,
): readonly (readonly [string, readonly (readonly [string, FieldRules])[]])[] {
  const open = Object.values(manifest.operations).flatMap((one) =>
    one.http && one.kind !== 'invoke' ? modelsOf(one) : [],
  )
  return [...new Set(open)].flatMap((model) => {
    const rules = Object.entries(manifest.policies[model]?.fields ?? {})
      .filter(([field]) => !manifest.models[model]?.fields[field]?.private)
      .map(([field, { read, write }]) => {
        const own: FieldRules = {
          ...(read && { read: boundRule(read, manifest, model) }),
          ...(write && { write: boundRule(write, manifest, model) }),
        }
        return [field, own] as const
      })
    return rules.length === 0 ? [] : [[model, rules] as const]
  })
}

/** Whose rows an operation writes, or answers with. */
function modelsOf({ write, answers }: CompiledOperation): readonly string[] {
  const shown = (shape: Shape): readonly string[] => {
    if (shape.kind === 'object') return Object.values(shape.members).flatMap(shown)
    return 'from' in shape && shape.from.model ? [shape.from.model] : []
  }
  return write ? [write.model] : answers ? shown(answers) : []
}
