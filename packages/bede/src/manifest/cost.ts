import type { Operation } from './manifest.ts'
import { hasSecrets } from './secret-inputs.ts'

/** Rows of a page for one point. */
const rowsPerPoint = 50
/** To search, and to group, looks at many more rows than it gives. */
export const searching = 2
const grouping = 5
/** To hash a secret takes as long as many calls. */
export const hashing = 5

/** Points of one of what an operation does: of a call, of each of the rows that it writes, of a page of fifty. */
export function eachCost(operation: Operation): number {
  const { cost = hasSecrets(operation.input) ? hashing : 1 } = operation
  return operation.kind !== 'invoke' && operation.answers?.kind === 'groups' ? cost * grouping : cost
}

/** Points of a call that asks for no more than it has to: for one row, or for a page as it comes, searched through. */
export function plainCost(operation: Operation): number {
  const each = eachCost(operation)
  if (operation.kind === 'invoke' || operation.answers?.kind !== 'page' || operation.write?.each) return each
  const { defaultLimit, searched } = operation.answers.page
  return each * pagesOf(defaultLimit) * (searched ? searching : 1)
}

/** How many fifties so many rows are. */
export const pagesOf = (rows: number): number => Math.max(1, Math.ceil(rows / rowsPerPoint))
