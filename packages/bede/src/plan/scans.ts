import type { Manifest } from '../manifest/manifest.ts'
import { platform } from '../manifest/platform/names.ts'
import { credentialsChanged } from './credentials.ts'
import { planOperation } from './passes.ts'
import type { BoundScan, OperationPlan } from './plan.ts'

/** Every model that a plan reads rows of, those that only its policies look at included. */
export function scannedModels(plan: OperationPlan<BoundScan>): ReadonlySet<string> {
  const models = new Set<string>()
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const item of part) visit(item)
    else if (typeof part === 'object' && part !== null) {
      if (isScan(part)) models.add(part.model)
      for (const member of Object.values(part)) visit(member)
    }
  }
  visit(plan)
  return models
}

/** A scan, and where its rows stand in what the operation does: `target`, `answer.author`. */
export interface PlacedScan {
  readonly place: string
  readonly scan: BoundScan
}

/** Every scan that a policy is bound to, but for those of policies themselves, which see every row. */
export function placedScans(plan: OperationPlan<BoundScan>): readonly PlacedScan[] {
  const found: PlacedScan[] = []
  const visit = (part: unknown, place: string): void => {
    if (Array.isArray(part)) for (const item of part) visit(item, place)
    else if (typeof part === 'object' && part !== null) {
      if (isScan(part)) found.push({ place, scan: part })
      for (const [name, member] of Object.entries(part)) {
        if (name === 'policy' && isScan(part)) continue
        if (name !== 'members' || !('kind' in part) || part.kind !== 'object') visit(member, place)
        else for (const [one, shape] of Object.entries(Object(member))) visit(shape, `${place}.${one}`)
      }
    }
  }
  if (plan.write && plan.write.kind !== 'create') visit(plan.write.target, 'target')
  if (plan.answer) visit(plan.answer, 'answer')
  return found
}

/** Bound scans alone have a policy, and each has one (law 2). */
const isScan = (part: object): part is BoundScan =>
  'policy' in part && 'model' in part && typeof part.model === 'string'

const watchedBy = new WeakMap<Manifest, ReadonlySet<string>>()

/** The models of which something is kept in memory, answers or who somebody is, and mails that wait: whoever writes them has to tell. Computed once. */
export function watchedModels(manifest: Manifest): ReadonlySet<string> {
  const known = watchedBy.get(manifest)
  if (known) return known
  const watched = new Set<string>(manifest.identity ? [credentialsChanged, platform.mail] : [])
  for (const operation of Object.values(manifest.operations)) {
    if (operation.kind === 'invoke' || !operation.cache) continue
    for (const model of scannedModels(planOperation(operation, { manifest, system: false }))) watched.add(model)
  }
  watchedBy.set(manifest, watched)
  return watched
}

/** All models whose rows change when rows of these do: deleting takes others along, or takes their reference away. */
export function changedWith(deleted: Iterable<string>, manifest: Manifest): ReadonlySet<string> {
  const changed = new Set(deleted)
  const open = [...changed]
  for (let target = open.pop(); target !== undefined; target = open.pop()) {
    for (const [name, model] of Object.entries(manifest.models)) {
      for (const { type, onDelete } of Object.values(model.fields)) {
        if (type.model !== target || onDelete === undefined || changed.has(name)) continue
        changed.add(name)
        if (onDelete === 'cascade') open.push(name)
      }
    }
  }
  return changed
}
