import type { Json } from '../../expr/value.ts'
import { eachCost, pagesOf, searching } from '../../manifest/cost.ts'
import type { NestedWrite, Operation } from '../../manifest/manifest.ts'
import { isMembers } from '../complete.ts'

/** Points of a call, by an input that nobody has validated yet: what is not as it should be costs what the usual does. */
export type CostOf = (input: unknown) => number

/**
 * What a call of this operation costs: what it says, one when it says nothing; as often as it writes rows, and as a page
 * has fifties. Many in one call are no cheaper than one after the other (class 51).
 */
export function costOf(operation: Operation): CostOf {
  const cost = eachCost(operation)
  if (operation.kind === 'invoke') return () => cost
  const { answers, write, nested } = operation
  if (write?.each) {
    const { path } = write.each
    return (input) => cost * Math.max(1, many(input, path))
  }
  if (nested) return (input) => cost * (1 + rowsBelow(at(input, ['data']) ?? null, nested))
  if (write?.kind === 'create' && write.children) {
    const paths = Object.values(write.children).map(({ each }) => each.path)
    return (input) => cost * paths.reduce((rows, path) => rows + many(input, path), 1)
  }
  if (answers?.kind !== 'page') return () => cost
  const { defaultLimit, maxLimit, searched } = answers.page
  return (input) => {
    const asked = at(input, ['limit'])
    const rows = typeof asked === 'number' && asked > 0 ? Math.min(asked, maxLimit) : defaultLimit
    return cost * pagesOf(rows) * (searched && at(input, [searched.input]) !== undefined ? searching : 1)
  }
}

const asJson = (input: unknown): Json => (typeof input === 'object' && input !== null ? (input as Json) : null)

function at(input: unknown, path: readonly string[]): Json | undefined {
  let value: Json | undefined = asJson(input)
  for (const name of path) {
    if (value === undefined || !isMembers(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

function many(input: unknown, path: readonly string[]): number {
  const items = at(input, path)
  return Array.isArray(items) ? items.length : 0
}

/** Rows that are sent below one: lists of new ones, and of those to change and to delete. */
function rowsBelow(item: Json, nested: Readonly<Record<string, NestedWrite>> | undefined): number {
  if (!nested || !isMembers(item)) return 0
  let rows = 0
  for (const [relation, { created, changed }] of Object.entries(nested)) {
    const sent = Object.hasOwn(item, relation) ? item[relation] : undefined
    if (Array.isArray(sent)) rows += sum(sent, (one) => 1 + rowsBelow(one, created))
    else if (sent !== undefined && isMembers(sent)) {
      rows +=
        lengthOf(sent, 'create', created) + lengthOf(sent, 'update', changed) + lengthOf(sent, 'delete', undefined)
    }
  }
  return rows
}

function lengthOf(
  sent: Readonly<Record<string, Json>>,
  name: string,
  nested: Readonly<Record<string, NestedWrite>> | undefined,
): number {
  const items = Object.hasOwn(sent, name) ? sent[name] : undefined
  return Array.isArray(items) ? sum(items, (one) => 1 + rowsBelow(one, nested)) : 0
}

const sum = (items: readonly Json[], of: (item: Json) => number): number =>
  items.reduce<number>((total, item) => total + of(item), 0)
