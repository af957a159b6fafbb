import { internalCall } from '../../../engine/internal-call.ts'
import type { MemoryRow } from '../../../expr/evaluate.ts'
import type { Shape } from '../../../manifest/manifest.ts'
import type { Connection } from '../../../store/driver.ts'
import type { Ground } from './planting.ts'

/** The rows of each model, as JSON writes their values. */
export type Rows = ReadonlyMap<string, readonly MemoryRow[]>

/**
 * Reads every row of every model, but for the fields that no rule can ask for. `deleted`: those that were deleted and are
 * kept, instead of the living.
 */
export function rowReader({ manifest, planner }: Ground, deleted = false): (connection: Connection) => Promise<Rows> {
  const models = Object.entries(manifest.models).filter(([, model]) => !deleted || model.softDelete !== undefined)
  const lists = models.map(([model, { fields }]) => {
    const readable = Object.entries(fields).filter(([, { type }]) => !unreadable.has(type.kind))
    const members = readable.map(([name, { type }]): [string, Shape] => [
      name,
      { kind: 'value', expr: { kind: 'field', row: 'row', field: name }, type, nullable: true },
    ])
    const item: Shape = { kind: 'object', members: Object.fromEntries(members) }
    const list = internalCall(planner, {
      kind: 'read',
      answers: { kind: 'list', from: { model, as: 'row', ...(deleted && { deleted: true as const }) }, item },
    })
    return [model, list] as const
  })
  return async (connection) => {
    const found = new Map<string, readonly MemoryRow[]>()
    for (const [model, list] of lists) {
      const row = await list.run(connection, {})
      const rows: unknown = JSON.parse(row?.[0] ?? '[]')
      found.set(model, Array.isArray(rows) ? rows : [])
    }
    return found
  }
}

const unreadable: ReadonlySet<string> = new Set(['secret', 'search', 'encrypted'])
