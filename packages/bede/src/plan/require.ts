import type { Expr } from '../expr/expr.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { all, always, isAlways } from './condition.ts'
import type { PlanShape, Scan } from './plan.ts'

/**
 * A required to-one whose target the actor may not see drops the row above it, or the answer's type would lie.
 * What is required in a row's shape becomes a condition of the scan that yields the row. Where the target's policy
 * lets everybody read, the foreign key is proof enough.
 */
export function requireShape(shape: PlanShape<Scan>, manifest: Manifest): PlanShape<Scan> {
  switch (shape.kind) {
    case 'value':
    case 'groups':
      return shape
    case 'object':
      return {
        kind: 'object',
        members: Object.fromEntries(
          Object.entries(shape.members).map(([name, member]) => [name, requireShape(member, manifest)]),
        ),
      }
    default: {
      const where = all([shape.from.where, ...requirements(shape.item, manifest)])
      return {
        ...shape,
        from: { ...shape.from, ...(where ? { where } : {}) },
        item: requireShape(shape.item, manifest),
      }
    }
  }
}

/** What must exist for a row of this shape to be whole. */
export function requirements(shape: PlanShape<Scan>, manifest: Manifest): readonly Expr<Scan>[] {
  switch (shape.kind) {
    case 'object':
      return Object.values(shape.members).flatMap((member) => requirements(member, manifest))
    case 'one': {
      if (shape.nullable) return []
      const inner = requirements(shape.item, manifest)
      if (inner.length === 0 && readableByAll(shape.from, manifest)) return []
      return [{ kind: 'some', from: shape.from, where: all(inner) ?? always }]
    }
    default:
      return []
  }
}

const readableByAll = (scan: Scan, manifest: Manifest): boolean => {
  // What a row names may be deleted, and then nobody sees it.
  if (manifest.models[scan.model]?.softDelete !== undefined) return false
  const read = manifest.policies[scan.model]?.read
  return scan.reads !== 'written' && read !== undefined && isAlways(read)
}
