import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import { createSearchTrigger, dropSearchTrigger, wordsOf } from '../search-trigger.ts'
import { fillStep } from './backfill.ts'
import { alter } from './constraints.ts'
import { type ChangeOf, type Draft, named, tableOnly, together } from './draft.ts'
import { inRow } from './value-for-all.ts'

const placeOf = (table: StoredTable, column: StoredColumn): string => `${named(table)}.${column.column}`

/** The rows there are, in batches: writing nothing into the column makes the trigger take their words. */
const take = (draft: Draft, table: StoredTable, column: StoredColumn, which: string) =>
  fillStep(table, {
    column: column.column,
    value: "''::tsvector",
    where: which,
    title: `Take the words of the rows there are into ${placeOf(table, column)}`,
    dialect: draft.dialect,
    work: 'words',
  })

const trigger = (draft: Draft, table: StoredTable, column: StoredColumn, phase: 'expand' | 'constrain') =>
  together(
    `Take the words of rows that are written into ${placeOf(table, column)}`,
    phase,
    createSearchTrigger(table, column, draft.dialect),
    { locks: [{ table: named(table), mode: 'SHARE ROW EXCLUSIVE', work: 'none' }] },
  )

/** A table that is searched from now on: a column that may be empty, a trigger that fills it, then the rows there are. */
export function addSearch(draft: Draft, { table, column }: ChangeOf<'add-column'>): void {
  draft.sentences.push(
    `${table.model} can be searched: the words of ${sources(column)} are kept in ${placeOf(table, column)}.`,
  )
  draft.meetings.push({
    serves: true,
    says: `The version before does not know ${placeOf(table, column)}: a trigger fills it for both. Until the rows there are have been through, a search does not find those that are left.`,
  })
  draft.expand.push(
    together(
      `Make room for ${placeOf(table, column)}`,
      'expand',
      [alter(draft, table, `add column ${draft.write.column(table, column)}`)],
      { locks: [{ table: named(table), mode: 'ACCESS EXCLUSIVE', work: 'none' }] },
    ),
  )
  if (waitsForTexts(draft, { table, column })) return
  draft.expand.push(trigger(draft, table, column, 'expand'))
  draft.backfill.push(take(draft, table, column, empty(draft, column)))
}

/** Whether a field that is searched from now on has only just become a text: until then its column is of another type. */
const waitsForTexts = (draft: Draft, { table, column }: Pick<ChangeOf<'add-column'>, 'table' | 'column'>): boolean =>
  (column.search?.weights ?? []).some(([source]) => draft.working.has(`${table.model} ${source}`))

/** What {@link addSearch} left until the texts are there. */
export function finishSearch(draft: Draft, { table, column }: ChangeOf<'add-column'>): void {
  if (!waitsForTexts(draft, { table, column })) return
  draft.finish.push(trigger(draft, table, column, 'constrain'), take(draft, table, column, empty(draft, column)))
}

const empty = (draft: Draft, { column }: StoredColumn): string => `${inRow(draft)(column)} is null`

/** Words of other fields, by other weights, in another language: for rows as they are written, then for those there are. */
export function changeSearch(draft: Draft, { table, column }: ChangeOf<'change-search'>): void {
  draft.sentences.push(`${table.model} is searched by ${sources(column)}, in ${column.search?.language}.`)
  draft.meetings.push({
    serves: true,
    says: `Both versions search the same words in ${placeOf(table, column)}; while they are taken anew, some rows have them as they were.`,
  })
  const words = wordsOf(column, (source) => inRow(draft)(source), draft.dialect)
  // After the columns the words come from have been filled, and taken their names.
  draft.finish.push(
    trigger(draft, table, column, 'constrain'),
    take(draft, table, column, `${inRow(draft)(column.column)} is distinct from (${words})`),
  )
}

const sources = ({ search }: StoredColumn): string => (search?.weights ?? []).map(([column]) => column).join(', ')

/** Nothing is lost with it, and the version before goes on with it. */
export function removeSearch(draft: Draft, { table, column }: ChangeOf<'remove-column'>): void {
  draft.sentences.push(
    `${table.model} is no longer searched. ${placeOf(table, column)} stays until the next migration, for the version before; its words are in the texts they were taken from.`,
  )
  draft.meetings.push({ serves: true, says: `The version before goes on searching ${placeOf(table, column)}.` })
  draft.later.push({ drop: 'column', ...tableOnly(table), model: table.model, column })
}

export const dropSearch = (draft: Draft, table: Pick<StoredTable, 'schema' | 'table'>): readonly string[] =>
  dropSearchTrigger(table, table.table, draft.dialect)
