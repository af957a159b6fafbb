import type { Expr } from '../expr/expr.ts'
import type { InvokeOperation, Manifest } from '../manifest/manifest.ts'
import type { Asked } from './asked.ts'
import { bindExpr } from './bind.ts'
import { lowerCondition } from './lower.ts'
import type { BoundScan } from './plan.ts'
import { freshNames } from './scope.ts'

/** The rule of an operation that runs a handler, in the form in which other rules are asked; it is about no row. */
export function askedOfHandler(name: string, { allow }: InvokeOperation, manifest: Manifest): readonly Asked[] {
  if (!allow) return []
  const rule = boundRule(allow, manifest)
  return [
    { kind: 'allow', place: `${name}.allow`, about: `call of ${name}`, rule, of: 'found', at: 0, model: '', as: '' },
  ]
}

/** A rule by itself, as a plan has it: about a row of `model`, named `row`, or about none. What it looks at it sees. */
export function boundRule(rule: Expr, manifest: Manifest, model?: string): Expr<BoundScan> {
  const fresh = freshNames()
  const reads = () => 'stored' as const
  const rows = new Map(model === undefined ? [] : [['row', { as: 'row', model }]])
  const lowered = lowerCondition(rule, { manifest, rows, trusted: true, system: false, reads, fresh })
  return bindExpr(lowered, { manifest, fresh, system: false, guarded: new Map(), reads })
}
