import { isDeepStrictEqual } from 'node:util'
import type { KeptDefinition } from '../model/definition.ts'
import type { Manifest } from './manifest.ts'
import {
  isWithKey,
  type StoredCheck,
  type StoredColumn,
  type StoredIndex,
  type StoredTable,
  storedTables,
  withFields,
} from './stored.ts'

/** One difference between the tables there are and those a manifest asks for. `table` is the one asked for. */
export type Change =
  | { readonly kind: 'add-table' | 'remove-table'; readonly table: StoredTable }
  | { readonly kind: 'rename-table'; readonly table: StoredTable; readonly from: StoredTable }
  | {
      readonly kind: 'change-key' | 'change-partition' | 'change-retention'
      readonly table: StoredTable
      readonly from: StoredTable
    }
  | { readonly kind: 'add-column' | 'remove-column'; readonly table: StoredTable; readonly column: StoredColumn }
  | {
      readonly kind:
        | 'rename-column'
        | 'change-type'
        | 'change-optional'
        | 'change-default'
        | 'change-choices'
        | 'change-reference'
        | 'change-search'
      readonly table: StoredTable
      readonly column: StoredColumn
      readonly from: StoredColumn
    }
  | { readonly kind: 'add-index' | 'remove-index'; readonly table: StoredTable; readonly index: StoredIndex }
  | {
      readonly kind: 'rename-index'
      readonly table: StoredTable
      readonly index: StoredIndex
      readonly from: StoredIndex
    }
  | { readonly kind: 'add-kept' | 'remove-kept'; readonly table: StoredTable; readonly kept: KeptDefinition }
  | { readonly kind: 'add-check' | 'remove-check'; readonly table: StoredTable; readonly check: StoredCheck }

/**
 * What a change does to the rows there are. `additive`: nothing is lost and it always works. `fitting`: nothing is
 * lost, and it works when the rows fit (a unique index without duplicates, a required column without nulls).
 * `destructive`: values would be lost or read as something else.
 */
export type Effect = 'additive' | 'fitting' | 'destructive'

/** What it holds encrypted opens under the names of this table and its columns alone. */
export const holdsEncrypted = ({ columns }: StoredTable): boolean =>
  columns.some(({ type }) => type.kind === 'encrypted')

/** The effect of a change. */
export function effectOf(change: Change): Effect {
  switch (change.kind) {
    case 'remove-column':
      // The words are in the texts they were taken from.
      return change.column.search ? 'additive' : 'destructive'
    case 'rename-table':
      // What is encrypted is bound to its table's name, and would not open under another.
      return holdsEncrypted(change.from) ? 'destructive' : 'additive'
    case 'remove-table':
    case 'change-type':
    case 'change-key':
    case 'change-partition':
      return 'destructive'
    case 'change-retention':
      // Parts that were to stay are dropped.
      return (change.table.retention ?? Infinity) < (change.from.retention ?? Infinity) ? 'destructive' : 'additive'
    case 'add-column':
      return change.column.optional || change.column.default || change.column.identity ? 'additive' : 'fitting'
    case 'change-optional':
      return change.column.optional ? 'additive' : 'fitting'
    case 'change-choices':
      return choicesGrow(change.from.choices, change.column.choices) ? 'additive' : 'fitting'
    case 'change-reference':
      return change.column.references ? 'fitting' : 'additive'
    case 'add-index':
      return change.index.unique ? 'fitting' : 'additive'
    case 'add-check':
    case 'add-kept':
      return 'fitting'
    default:
      return 'additive'
  }
}

const choicesGrow = (from: readonly string[] | undefined, to: readonly string[] | undefined): boolean =>
  to === undefined || (from?.every((choice) => to.includes(choice)) ?? false)

/**
 * The changes that lead from `before` to the models of `after`, in an order in which they can be made. A renamed model
 * or field is recognized by its `was`; without one it is a removal and an addition.
 */
export function diffModels(before: readonly StoredTable[], after: Manifest): readonly Change[] {
  const tables = storedTables(after)
  const asked = new Set(tables.map(({ model }) => model))
  const known = new Map(before.map((table) => [table.model, table]))
  const pairs = tables.map((table) => {
    const was = after.models[table.model]?.was
    const renamed = before.find(({ model, table: name }) => !asked.has(model) && (model === was || name === was))
    return { table, from: known.get(table.model) ?? renamed }
  })
  const matched = new Set(pairs.map(({ from }) => from))
  const modelNow = new Map(pairs.flatMap(({ table, from }) => (from ? [[from.model, table.model] as const] : [])))
  const changes = [
    ...pairs.flatMap(({ table, from }) => (from ? tableChanges(from, table, after, modelNow) : tableAddition(table))),
    ...before.filter((table) => !matched.has(table)).map((table) => ({ kind: 'remove-table' as const, table })),
  ]
  return changes.sort((a, b) => placeOf(a) - placeOf(b))
}

/** The references are changes of their own: the tables they name may be new too. */
function tableAddition(table: StoredTable): readonly Change[] {
  const references = table.columns.flatMap((column): Change[] => {
    const { references: target, ...from } = column
    return target ? [{ kind: 'change-reference', table, column, from }] : []
  })
  const kept = (table.kept ?? []).map((one): Change => ({ kind: 'add-kept', table, kept: one }))
  return [{ kind: 'add-table', table }, ...references, ...kept]
}

/** Names first, then what stands in the way of others, then what stands on others. */
const order: readonly Change['kind'][] = [
  'rename-table',
  'rename-column',
  'rename-index',
  'remove-kept',
  'remove-check',
  'remove-index',
  'add-table',
  'add-column',
  'change-key',
  'change-partition',
  'change-retention',
  'change-type',
  'change-default',
  'change-optional',
  'change-choices',
  'change-search',
  'add-index',
  'add-check',
  'change-reference',
  'add-kept',
  'remove-column',
  'remove-table',
]

/** A foreign key stands on the key of another table: made after all others, and taken away before them. */
function placeOf(change: Change): number {
  const place = order.indexOf(change.kind)
  // References that stood on it have gone, or name something else.
  if (change.kind === 'remove-index' && isWithKey(change.index, change.table)) return order.indexOf('add-kept')
  if (!('kept' in change) || !/^foreign key/i.test(change.kept.definition)) return place
  return change.kind === 'add-kept' ? place + 0.5 : place - 0.5
}

function tableChanges(
  from: StoredTable,
  table: StoredTable,
  after: Manifest,
  modelNow: ReadonlyMap<string, string>,
): readonly Change[] {
  const changes: Change[] = []
  if (from.schema !== table.schema) return [{ kind: 'remove-table', table: from }, ...tableAddition(table)]
  if (from.table !== table.table) changes.push({ kind: 'rename-table', table, from })

  if (from.partitioned !== table.partitioned || from.every !== table.every) {
    changes.push({ kind: 'change-partition', table, from })
  } else if (from.retention !== table.retention) changes.push({ kind: 'change-retention', table, from })
  const asked = new Set(table.columns.map(({ field }) => field))
  const columnNow = new Map<string, string>()
  const pairs: (readonly [StoredColumn, StoredColumn])[] = []
  for (const column of table.columns) {
    const was = after.models[table.model]?.fields[column.field]?.was
    const old =
      from.columns.find(({ field }) => field === column.field) ??
      from.columns.find(({ field, column: name }) => !asked.has(field) && (field === was || name === was))
    if (!old) {
      changes.push({ kind: 'add-column', table, column })
      continue
    }
    columnNow.set(old.column, column.column)
    pairs.push([old, column])
  }
  for (const column of from.columns) {
    if (!columnNow.has(column.column)) changes.push({ kind: 'remove-column', table, column })
  }
  const now = (column: string): string => columnNow.get(column) ?? column
  for (const [old, column] of pairs) changes.push(...columnChanges(old, column, table, modelNow, now))
  if (!isDeepStrictEqual((from.keys ?? [from.key]).map(now), table.keys ?? [table.key]))
    changes.push({ kind: 'change-key', table, from })
  return [...changes, ...indexChanges(from, table, now), ...checkChanges(from, table, now), ...keptChanges(from, table)]
}

function keptChanges(from: StoredTable, table: StoredTable): readonly Change[] {
  const same = (a: KeptDefinition, among: readonly KeptDefinition[] = []) => among.some((b) => isDeepStrictEqual(a, b))
  const added = (table.kept ?? []).filter((kept) => !same(kept, from.kept))
  const removed = (from.kept ?? []).filter((kept) => !same(kept, table.kept))
  return [
    ...removed.map((kept) => ({ kind: 'remove-kept' as const, table, kept })),
    ...added.map((kept) => ({ kind: 'add-kept' as const, table, kept })),
  ]
}

function columnChanges(
  from: StoredColumn,
  column: StoredColumn,
  table: StoredTable,
  modelNow: ReadonlyMap<string, string>,
  now: (column: string) => string,
): readonly Change[] {
  const target = from.references && {
    ...from.references,
    model: modelNow.get(from.references.model) ?? from.references.model,
  }
  const differs = {
    'rename-column': from.column !== column.column,
    'change-type':
      !sameType(from, column) ||
      from.identity !== column.identity ||
      from.computed !== column.computed ||
      !isDeepStrictEqual(withFields(from.generated, now), column.generated),
    'change-optional': from.optional !== column.optional,
    'change-default': !isDeepStrictEqual(from.default, column.default),
    'change-choices': !sameChoices(from.choices, column.choices),
    'change-reference': !isDeepStrictEqual(target, column.references),
    'change-search': !isDeepStrictEqual(from.search, column.search),
  } as const
  const kinds = Object.keys(differs) as readonly (keyof typeof differs)[]
  return kinds.filter((kind) => differs[kind]).map((kind) => ({ kind, table, column, from }))
}

/** Where both say the type in the database's own words, those decide. */
const sameType = (a: StoredColumn, b: StoredColumn): boolean =>
  a.native === undefined || b.native === undefined
    ? a.native === b.native && isDeepStrictEqual(a.type, b.type)
    : a.native === b.native

/** The database knows no order among choices. */
const sameChoices = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  isDeepStrictEqual(a && [...a].sort(), b && [...b].sort())

function indexChanges(from: StoredTable, table: StoredTable, now: (column: string) => string): readonly Change[] {
  const left = from.indexes.map((index) => ({
    was: index,
    columns: index.columns.map(now),
    where: withFields(index.where, now),
  }))
  const changes: Change[] = []
  for (const index of table.indexes) {
    const same = left.filter(
      ({ was, columns, where }) =>
        was.unique === index.unique &&
        was.method === index.method &&
        was.distance === index.distance &&
        was.constraint === index.constraint &&
        isDeepStrictEqual(columns, index.columns) &&
        isDeepStrictEqual(was.members, index.members) &&
        isDeepStrictEqual(where, index.where),
    )
    const match = same.find(({ was }) => was.name === index.name) ?? same[0]
    if (!match) {
      changes.push({ kind: 'add-index', table, index })
      continue
    }
    left.splice(left.indexOf(match), 1)
    if (match.was.name !== index.name) changes.push({ kind: 'rename-index', table, index, from: match.was })
  }
  return [...changes, ...left.map(({ was }) => ({ kind: 'remove-index' as const, table, index: was }))]
}

function checkChanges(from: StoredTable, table: StoredTable, now: (column: string) => string): readonly Change[] {
  const before = new Map(from.checks.map(({ name, rule }) => [name, withFields(rule, now)]))
  const kept = new Set<string>()
  const changes: Change[] = []
  for (const check of table.checks) {
    if (isDeepStrictEqual(before.get(check.name), check.rule)) kept.add(check.name)
    else changes.push({ kind: 'add-check', table, check })
  }
  const gone = from.checks.filter(({ name }) => !kept.has(name))
  return [...changes, ...gone.map((check) => ({ kind: 'remove-check' as const, table, check }))]
}
