import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import { choiceName } from '../names.ts'
import { addChoice, alter } from './constraints.ts'
import { brief, type ChangeOf, counted, type Draft, named, tableOnly, together } from './draft.ts'
import { valueForAll } from './value-for-all.ts'

const placeOf = (table: StoredTable, column: StoredColumn): string => `${named(table)}.${column.column}`
const declared = ({ table, column }: { readonly table: StoredTable; readonly column: StoredColumn }): string =>
  `${table.model}.${column.field}`

/** More choices are held at once. Fewer wait for the next migration: until then both versions may write theirs. */
export function changeChoices(draft: Draft, change: ChangeOf<'change-choices'>): void {
  const { table, column, from } = change
  const gone = column.choices && from.choices ? from.choices.filter((one) => !column.choices?.includes(one)) : []
  const name = draft.dialect.identifier(choiceName(table.table, column.column))
  const drop = from.choices ? [alter(draft, table, `drop constraint ${name}`)] : []
  if (!column.choices) {
    draft.sentences.push(`${declared(change)} may be any text.`)
    draft.expand.push(together(`Let ${placeOf(table, column)} be any text`, 'expand', drop, { locks: [brief(table)] }))
    return
  }
  draft.sentences.push(`${declared(change)} may be ${column.choices.join(', ')}.`)
  if (gone.length > 0) narrowChoices(draft, change, gone)
  const both = { ...column, choices: [...column.choices, ...gone] }
  if (both.choices.every((one) => from.choices?.includes(one))) return
  if (!from.choices) {
    draft.meetings.push({
      serves: true,
      says: `Another value of ${placeOf(table, column)} that the version before writes is refused.`,
    })
    draft.conditions.push({
      place: declared(change),
      says: `every value of ${placeOf(table, column)} must be one of its choices`,
      count: `select count(*) from ${counted(draft, table)} where not (${choiceRule(draft, both, draft.dialect.identifier(from.column))})`,
    })
  }
  addChoice(draft, table, both, drop)
}

export function narrowChoices(
  draft: Draft,
  { table, column, from }: Pick<ChangeOf<'change-choices'>, 'table' | 'column' | 'from'>,
  gone: readonly string[],
): void {
  const place = placeOf(table, column)
  const texts = gone.map((one) => draft.dialect.literal(one, { kind: 'text' })).join(', ')
  const id = draft.dialect.identifier(from.column)
  const rows = column.type.kind === 'array' ? `${id} && array[${texts}]` : `${id} in (${texts})`
  const replaced = valueForAll(draft, table, column, (name) => draft.dialect.identifier(name))
  const becomes =
    replaced !== undefined
      ? 'get its default'
      : column.optional
        ? 'lose their value'
        : 'stand in the way, because it has no default'
  draft.losses.push({
    loss: place,
    says: `${declared({ table, column })} may no longer be ${gone.join(', ')}: rows that are, ${becomes} in the next migration.`,
    count: `select count(*) from ${counted(draft, table)} where ${rows}`,
  })
  draft.meetings.push({
    serves: true,
    says: `Both versions may write their choices of ${place} until the next migration.`,
  })
  draft.later.push({
    drop: 'choices',
    ...tableOnly(table),
    model: table.model,
    column: column.column,
    field: column.field,
  })
}

/** `"status" in ('a', 'b')` */
export function choiceRule(draft: Pick<Draft, 'dialect'>, column: StoredColumn, sql: string): string {
  const texts = (column.choices ?? []).map((choice) => draft.dialect.literal(choice, { kind: 'text' })).join(', ')
  return column.type.kind === 'array' ? `${sql} <@ array[${texts}]` : `${sql} in (${texts})`
}
