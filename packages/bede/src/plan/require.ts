import type { Expr } from '../expr/expr.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { all, always, isAlways } from './condition.ts'
import type { PlanShape, Scan } from './plan.ts'

/**
 * A required to-one whose target the actor may not see drops the row above it, or the answer's type would lie.
 * Below a list, what is required and shown is joined to the scan that yields the row, so that it is looked up once;
 * elsewhere it becomes a condition of that scan. Where the target's policy lets everybody read, the foreign key is
 * proof enough.
 */
export function requireShape(shape: PlanShape<Scan>, manifest: Manifest, listed = false): PlanShape<Scan> {
  switch (shape.kind) {
    case 'value':
    case 'groups':
      return shape
    case 'object':
      return mapMembers(shape, (member) => requireShape(member, manifest, listed))
    default: {
      const below = listed || shape.kind !== 'one'
      const item = below ? joinRequired(shape.item, manifest) : shape.item
      const where = all([shape.from.where, ...requirements(item, manifest)])
      return {
        ...shape,
        from: { ...shape.from, ...(where ? { where } : {}) },
        item: requireShape(item, manifest, below),
      }
    }
  }
}

/** A row's shape with the rows that it shows and requires joined to it; one that has to be picked first is not. */
function joinRequired(shape: PlanShape<Scan>, manifest: Manifest): PlanShape<Scan> {
  if (shape.kind === 'object') return mapMembers(shape, (member) => joinRequired(member, manifest))
  if (shape.kind !== 'one' || shape.item.kind !== 'object' || shape.from.limit) return shape
  return requirements(shape, manifest).length > 0 ? { ...shape, joined: true } : shape
}

/** What must exist for a row of this shape to be whole, beside what is joined to it. */
function requirements(shape: PlanShape<Scan>, manifest: Manifest): readonly Expr<Scan>[] {
  switch (shape.kind) {
    case 'object':
      return Object.values(shape.members).flatMap((member) => requirements(member, manifest))
    case 'one': {
      if (shape.nullable || shape.joined) return []
      const inner = requirements(shape.item, manifest)
      if (inner.length === 0 && readableByAll(shape.from, manifest)) return []
      return [{ kind: 'some', from: shape.from, where: all(inner) ?? always }]
    }
    default:
      return []
  }
}

const mapMembers = (
  { members }: PlanShape<Scan> & { kind: 'object' },
  f: (member: PlanShape<Scan>) => PlanShape<Scan>,
): PlanShape<Scan> => ({
  kind: 'object',
  members: Object.fromEntries(Object.entries(members).map(([name, member]) => [name, f(member)])),
})

const readableByAll = (scan: Scan, manifest: Manifest): boolean => {
  const { softDelete, tenant } = manifest.models[scan.model] ?? {}
  // What a row names may be deleted, and then nobody sees it, or another tenant's.
  if (softDelete !== undefined || (tenant && !scan.held)) return false
  const read = manifest.policies[scan.model]?.read
  return scan.reads !== 'written' && read !== undefined && isAlways(read)
}
