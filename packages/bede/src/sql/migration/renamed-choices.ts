import { databaseName } from '../../manifest/database-name.ts'
import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import { choiceName } from '../names.ts'
import { fillStep } from './backfill.ts'
import { alter, validate } from './constraints.ts'
import { brief, type Draft, named, together } from './draft.ts'
import { createTrigger, dropTrigger } from './trigger.ts'
import { inNew, inRow } from './value-for-all.ts'

/** Each choice of today with its earlier name. */
export type Renamed = Readonly<Record<string, string>>

const renameName = ({ table }: Pick<StoredTable, 'table'>, column: string): string =>
  databaseName('bede_rename', table, column)

/** What the declaration says was called otherwise. */
export const declaredRenames = (
  { after }: Pick<Draft, 'after'>,
  { model }: StoredTable,
  { field }: StoredColumn,
): Renamed => after.models[model]?.fields[field]?.wasValues ?? {}

/** Those renames that a database with the choices of `from` has still to go through. */
export function renamesOf(draft: Draft, table: StoredTable, column: StoredColumn, from: StoredColumn): Renamed {
  const known = new Set(from.choices)
  const left = Object.entries(declaredRenames(draft, table, column)).filter(
    ([now, was]) => known.has(was) && !known.has(now),
  )
  return Object.fromEntries(left)
}

/** The columns whose choices the migration renames where they stand. */
export const renamedColumns = (draft: Draft, table: StoredTable): readonly string[] =>
  table.columns.flatMap((column) => {
    const from = draft.earlier.get(table.model)?.columns.find((one) => one.column === column.column)
    return from && Object.keys(renamesOf(draft, table, column, from)).length > 0 ? [column.column] : []
  })

export const reversed = (renamed: Renamed): Renamed =>
  Object.fromEntries(Object.entries(renamed).map(([now, was]) => [was, now]))

/** A value, or each of an array's, under the name of today. */
export function underNewNames(
  draft: Pick<Draft, 'dialect'>,
  column: StoredColumn,
  renamed: Renamed,
  sql: string,
): string {
  const text = (value: string): string => draft.dialect.literal(value, { kind: 'text' })
  const pairs = Object.entries(renamed)
  if (column.type.kind === 'array')
    return pairs.reduce((inner, [now, was]) => `array_replace(${inner}, ${text(was)}, ${text(now)})`, sql)
  return `(case ${sql} ${pairs.map(([now, was]) => `when ${text(was)} then ${text(now)}`).join(' ')} else ${sql} end)`
}

/** Whether a value is, or an array holds, one of these choices. */
export function holdsAny(
  draft: Pick<Draft, 'dialect'>,
  column: StoredColumn,
  choices: readonly string[],
  sql: string,
): string {
  const texts = choices.map((choice) => draft.dialect.literal(choice, { kind: 'text' })).join(', ')
  return column.type.kind === 'array' ? `${sql} && array[${texts}]` : `${sql} in (${texts})`
}

/** Gives every row that has an earlier name of a choice the one of today. */
export const renameStep = (
  draft: Draft,
  table: StoredTable,
  column: StoredColumn,
  renamed: Renamed,
  phase: 'backfill' | 'contract',
) =>
  fillStep(table, {
    column: column.column,
    value: underNewNames(draft, column, renamed, inRow(draft)(column.column)),
    where: holdsAny(draft, column, Object.values(renamed), inRow(draft)(column.column)),
    title: `Rename the choices of ${named(table)}.${column.column} in the rows there are`,
    dialect: draft.dialect,
    phase,
  })

/**
 * Choices under another name: both names are allowed, a trigger gives rows that the version before writes the new one,
 * and the rows there are get it in batches. `both`: the column with every choice that either version has.
 */
export function renameChoices(
  draft: Draft,
  table: StoredTable,
  column: StoredColumn,
  both: StoredColumn,
  renamed: Renamed,
): void {
  const place = `${named(table)}.${column.column}`
  const { identifier } = draft.dialect
  const name = choiceName(table.table, column.column)
  const it = inNew(draft)(column.column)
  const pairs = Object.entries(renamed)
  draft.sentences.push(...pairs.map(([now, was]) => `${table.model}.${column.field}: ${now} was ${was}.`))
  draft.meetings.push({
    serves: false,
    says: `The version before knows ${pairs.map(([, was]) => was).join(', ')} in ${place}, and reads ${pairs.map(([now]) => now).join(', ')}: what it asks for by the earlier name, in its rules too, it does not find. What it writes under the earlier name gets the new one. For both to serve, give the field another name along with its choices: was: '${column.field}'.`,
  })
  draft.expand.push(
    together(
      `Let ${place} hold the choices under both names`,
      'expand',
      [
        alter(draft, table, `drop constraint if exists ${identifier(name)}`),
        alter(draft, table, `add ${draft.write.choice(table, both)} not valid`),
        ...createTrigger(
          table,
          renameName(table, column.column),
          `if ${holdsAny(draft, column, Object.values(renamed), it)} then ${it} := ${underNewNames(draft, column, renamed, it)}; end if;`,
          draft.dialect,
        ),
      ],
      { locks: [brief(table)] },
    ),
  )
  draft.backfill.push(renameStep(draft, table, column, renamed, 'backfill'))
  validate(draft, table, { title: `Hold the choices of ${place}, for all rows`, name })
}

/** The trigger goes when the version before does. */
export const stopRenaming = (draft: Draft, table: StoredTable, column: StoredColumn) =>
  together(
    `Stop renaming the choices of ${named(table)}.${column.column}`,
    'contract',
    dropTrigger(table, renameName(table, column.column), draft.dialect),
    { locks: [brief(table)] },
  )
