import type { Manifest } from '../manifest/manifest.ts'
import type { Cascade, Edge } from './plan.ts'

/**
 * What deleting rows of a model with `softDelete` reaches: the rows that go along, through every reference that says
 * `onDelete: 'cascade'` from a model that keeps its deleted rows too, and the references that hold a row where it is.
 * Rows of other models that would be removed, or would lose the reference, stay as they are until the row is purged.
 */
export function cascadeOf(model: string, manifest: Manifest): Cascade {
  const along: Edge[] = []
  const held: Edge[] = []
  const reached = new Set([model])
  for (const of of reached) {
    for (const edge of namedBy(of, manifest)) {
      const onDelete = manifest.models[edge.model]?.fields[edge.field]?.onDelete
      if (onDelete === undefined) held.push(edge)
      else if (onDelete === 'cascade' && manifest.models[edge.model]?.softDelete !== undefined) {
        along.push(edge)
        reached.add(edge.model)
      }
    }
  }
  return { along, held }
}

/** The references to a model. */
const namedBy = (of: string, { models }: Manifest): readonly Edge[] =>
  Object.entries(models).flatMap(([model, { fields }]) =>
    Object.entries(fields).flatMap(([field, { type }]): Edge[] =>
      type.kind === 'ref' && type.model === of ? [{ model, field, of }] : [],
    ),
  )
