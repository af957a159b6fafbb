import type { Manifest, Operation, Shape } from '../../manifest/manifest.ts'
import { entityTag, readTag } from '../http/answer/entity-tag.ts'

/** Whether no write can answer in this form, or be asked about it by `If-Match`: it shows lists, and no row. */
function showsNoRow(shape: Shape): boolean {
  switch (shape.kind) {
    case 'list':
    case 'page':
    case 'groups':
      return true
    case 'object':
      return Object.values(shape.members).every(showsNoRow)
    default:
      return false
  }
}

function represented(operation: Operation): Shape | undefined {
  if (operation.kind !== 'write') return undefined
  const { write, answers } = operation
  return (write && 'represents' in write ? write.represents : undefined) ?? answers
}

/**
 * How the answers of an operation are tagged. Where a write may be asked for the tag, with the digest that the database
 * has, too; lists, which no write is asked for, with the one that this machine is fastest at: for a long list the digest
 * is a sixth of our time.
 */
export function tagsFor(manifest: Manifest): (operation: Operation) => (body: string | Uint8Array) => string {
  const writesLists = Object.values(manifest.operations).some((operation) => {
    const shape = represented(operation)
    return shape !== undefined && showsNoRow(shape)
  })
  return (operation) =>
    !writesLists && operation.kind === 'read' && operation.answers && showsNoRow(operation.answers)
      ? readTag
      : entityTag
}
