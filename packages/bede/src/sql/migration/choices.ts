import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import { choiceName } from '../names.ts'
import { addChoice, alter } from './constraints.ts'
import { brief, type ChangeOf, counted, type Draft, named, tableOnly, together } from './draft.ts'
import { declaredRenames, holdsAny, type Renamed, renameChoices, renamesOf } from './renamed-choices.ts'
import { valueForAll } from './value-for-all.ts'

const placeOf = (table: StoredTable, column: StoredColumn): string => `${named(table)}.${column.column}`
const declared = ({ table, column }: { readonly table: StoredTable; readonly column: StoredColumn }): string =>
  `${table.model}.${column.field}`

/** More choices are held at once. Fewer wait for the next migration: until then both versions may write theirs. */
export function changeChoices(draft: Draft, change: ChangeOf<'change-choices'>): void {
  const { table, column, from } = change
  const missing = column.choices && from.choices ? from.choices.filter((one) => !column.choices?.includes(one)) : []
  const renamed = column.choices ? renamesOf(draft, table, column, from) : {}
  const gone = missing.filter((one) => !Object.values(renamed).includes(one))
  const name = draft.dialect.identifier(choiceName(table.table, column.column))
  const drop = from.choices ? [alter(draft, table, `drop constraint ${name}`)] : []
  if (!column.choices) {
    draft.sentences.push(`${declared(change)} may be any text.`)
    draft.expand.push(together(`Let ${placeOf(table, column)} be any text`, 'expand', drop, { locks: [brief(table)] }))
    return
  }
  draft.sentences.push(`${declared(change)} may be ${column.choices.join(', ')}.`)
  if (missing.length > 0) narrowChoices(draft, change, gone, renamed)
  const both = { ...column, choices: [...column.choices, ...missing] }
  if (Object.keys(renamed).length > 0) {
    renameChoices(draft, table, column, both, renamed)
    return
  }
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

/** Says what becomes of rows with choices that are no more, and leaves it to the next migration. */
export function narrowChoices(
  draft: Draft,
  { table, column, from }: Pick<ChangeOf<'change-choices'>, 'table' | 'column' | 'from'>,
  gone: readonly string[],
  renamed: Renamed = {},
): void {
  const place = placeOf(table, column)
  const into = declaredRenames(draft, table, column)
  const replaced = valueForAll(draft, table, column, (name) => draft.dialect.identifier(name))
  const otherwise =
    replaced !== undefined
      ? 'get its default'
      : column.optional
        ? 'lose their value'
        : 'stand in the way, because it has no default'
  const becomes = gone.map((one) => {
    const [now] = Object.entries(into).find(([, was]) => was === one) ?? []
    return now === undefined ? `that are ${one}, ${otherwise}` : `that are ${one}, become ${now} like those that are it`
  })
  if (gone.length > 0)
    draft.losses.push({
      loss: place,
      says: `${declared({ table, column })} may no longer be ${gone.join(', ')}. In the next migration rows ${becomes.join('; rows ')}.`,
      count: `select count(*) from ${counted(draft, table)} where ${holdsAny(draft, column, gone, draft.dialect.identifier(from.column))}`,
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
    gone,
    ...(Object.keys(renamed).length > 0 && { renamed }),
  })
}

/** `"status" in ('a', 'b')` */
export function choiceRule(draft: Pick<Draft, 'dialect'>, column: StoredColumn, sql: string): string {
  const texts = (column.choices ?? []).map((choice) => draft.dialect.literal(choice, { kind: 'text' })).join(', ')
  return column.type.kind === 'array' ? `${sql} <@ array[${texts}]` : `${sql} in (${texts})`
}
