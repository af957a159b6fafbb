import { databaseName } from '../../manifest/database-name.ts'
import { type StoredColumn, type StoredTable, storedTables } from '../../manifest/stored.ts'
import { choiceName, foreignKeyName } from '../names.ts'
import { searchTriggerName } from '../search-trigger.ts'
import { fillStep } from './backfill.ts'
import { choiceRule } from './choices.ts'
import { alter, dropIndex, inSchema } from './constraints.ts'
import {
  type ChoicesDropped,
  type Contraction,
  columnOf,
  destroys,
  isComputed,
  lossOf,
  type TableName,
} from './contraction.ts'
import { alone, brief, type Draft, named, type PlannedStep, together } from './draft.ts'
import { fileSteps } from './file-records.ts'
import { declaredRenames, renameStep, stopRenaming } from './renamed-choices.ts'
import { dropSearch } from './search-changes.ts'
import { dropTrigger, fillName, syncName } from './trigger.ts'
import { inRow, valueForAll } from './value-for-all.ts'

/** The steps that take away what the migration before has left; `draft` leads from that migration's manifest to itself. */
export function contractSteps(draft: Draft, pending: readonly Contraction[]): readonly PlannedStep[] {
  const tables = storedTables(draft.after)
  const find = ({ schema, table }: TableName): StoredTable | undefined =>
    tables.find((one) => one.schema === schema && one.table === table)
  const order: readonly Contraction['drop'][] = ['view', 'index', 'filling', 'choices', 'column']
  const single = [...pending]
    .sort((a, b) => order.indexOf(a.drop) - order.indexOf(b.drop) || standsOn(a) - standsOn(b))
    .flatMap((one) => (one.drop === 'table' || one.drop === 'name' ? [] : contractStep(draft, one, find)))
  const dropped = pending.flatMap((one) => (one.drop === 'table' ? [one.table] : []))
  const tablesDropped = dropped.length === 0 ? [] : [dropTables(draft, dropped)]
  // Nobody lets go of a file before it is certain that no row has it.
  return [...letGo(draft, pending), ...single, ...tablesDropped, ...fileSteps(draft, pending)]
}

/** What refers to more than ids stands on an index that may have to go before it. */
function letGo(draft: Draft, pending: readonly Contraction[]): readonly PlannedStep[] {
  const columns = pending.flatMap((one): readonly { table: TableName; column: StoredColumn }[] => {
    if (one.drop === 'column') return [{ table: one, column: one.column }]
    return one.drop === 'table' ? one.table.columns.map((column) => ({ table: one.table, column })) : []
  })
  return columns
    .filter(({ column }) => column.references?.tenant)
    .map(({ table, column }) => {
      const name = draft.dialect.identifier(foreignKeyName(table.table, column.column))
      return together(
        `Let go of the reference of ${named(table)}.${column.column}`,
        'contract',
        [`alter table ${inSchema(draft, table, table.table)} drop constraint if exists ${name}`],
        { locks: [brief(table)] },
      )
    })
}

/** A column that is made of others goes before them. */
const standsOn = (one: Contraction): number => (one.drop === 'column' && isComputed(one.column) ? 0 : 1)

function contractStep(
  draft: Draft,
  contraction: Exclude<Contraction, { readonly drop: 'table' | 'name' }>,
  find: (name: TableName) => StoredTable | undefined,
): readonly PlannedStep[] {
  const place = named(contraction)
  const locks = [brief(contraction)]
  switch (contraction.drop) {
    case 'view':
      return [
        together(
          `Drop the view ${place}, which stood for ${contraction.of}`,
          'contract',
          [`drop view if exists ${inSchema(draft, contraction, contraction.table)}`],
          { locks },
        ),
      ]
    case 'index':
      return [dropIndex(draft, find(contraction) ?? contraction, contraction.index, 'contract')]
    case 'filling':
      return [
        together(
          `Stop filling ${place}.${contraction.column}`,
          'contract',
          dropTrigger(contraction, fillName(contraction, contraction.column), draft.dialect),
          { locks },
        ),
      ]
    case 'choices': {
      const table = find(contraction)
      const column = table?.columns.find((one) => one.column === contraction.column)
      return table && column?.choices ? narrow(draft, table, column, contraction) : []
    }
    case 'parts':
      return []
    case 'column':
      return dropColumn(draft, contraction, find(contraction))
  }
}

function dropColumn(
  draft: Draft,
  contraction: Extract<Contraction, { readonly drop: 'column' }>,
  table: StoredTable | undefined,
): readonly PlannedStep[] {
  const { column, copied } = contraction
  const { identifier } = draft.dialect
  const name = inSchema(draft, contraction, contraction.table)
  const kept = table?.columns.find((one) => one.column === copied)
  const initial = kept ? draft.write.initial(kept) : ''
  const loss = destroys(contraction) ? lossOf(contraction) : undefined
  return [
    together(
      column.search
        ? `Drop ${columnOf(contraction)}, whose words are in the texts`
        : copied === undefined
          ? `Drop ${columnOf(contraction)} and its values`
          : `Drop ${columnOf(contraction)}, whose values are in ${copied}`,
      'contract',
      [
        ...(column.search ? dropSearch(draft, contraction) : []),
        ...(copied === undefined ? [] : dropTrigger(contraction, syncName(contraction, copied), draft.dialect)),
        ...(table && copied !== undefined && initial !== ''
          ? [alter(draft, table, `alter column ${identifier(copied)} set${initial}`)]
          : []),
        `alter table ${name} drop column if exists ${identifier(column.column)}`,
      ],
      { locks: [brief(contraction)], loses: loss === undefined ? [] : [loss] },
    ),
  ]
}

/** Rows that have a choice nobody declares any more get the one that took its place, the default, or nothing; then the rest is held. */
function narrow(
  draft: Draft,
  table: StoredTable,
  column: StoredColumn,
  { gone, renamed }: ChoicesDropped,
): readonly PlannedStep[] {
  const { identifier } = draft.dialect
  const place = `${named(table)}.${column.column}`
  const value = valueForAll(draft, table, column, inRow(draft)) ?? (column.optional ? 'null' : undefined)
  const name = choiceName(table.table, column.column)
  const temporary = databaseName(table.table, column.column, 'choice_new')
  const clause = `constraint ${identifier(temporary)} check (${choiceRule(draft, column, identifier(column.column))})`
  const into = declaredRenames(draft, table, column)
  const fill =
    value === undefined || gone?.length === 0
      ? []
      : [
          fillStep(table, {
            column: column.column,
            value,
            where: `not (${choiceRule(draft, column, inRow(draft)(column.column))})`,
            title: `Replace the choices of ${place} that are gone`,
            dialect: draft.dialect,
            phase: 'contract',
            loses: [place],
          }),
        ]
  return [
    ...(renamed ? [stopRenaming(draft, table, column)] : []),
    ...(Object.keys(into).length > 0 ? [renameStep(draft, table, column, into, 'contract')] : []),
    ...fill,
    together(
      `Hold the choices of ${place}, for new rows`,
      'contract',
      [alter(draft, table, `add ${clause} not valid`)],
      { locks: [brief(table)] },
    ),
    alone(
      `Hold the choices of ${place}, for all rows`,
      'contract',
      [alter(draft, table, `validate constraint ${identifier(temporary)}`)],
      {
        locks: [{ table: named(table), mode: 'SHARE UPDATE EXCLUSIVE', work: 'scan' }],
      },
    ),
    together(
      `Put the choices of ${place} in the place of the earlier ones`,
      'contract',
      [
        alter(draft, table, `drop constraint if exists ${identifier(name)}`),
        alter(draft, table, `rename constraint ${identifier(temporary)} to ${identifier(name)}`),
      ],
      { locks: [brief(table)] },
    ),
  ]
}

/** All at once: they may name each other. */
const dropTables = (draft: Draft, tables: readonly StoredTable[]): PlannedStep =>
  together(
    `Drop ${tables.map(named).join(', ')} with all rows`,
    'contract',
    [
      `drop table if exists ${tables.map((table) => inSchema(draft, table, table.table)).join(', ')}`,
      ...tables
        .filter(({ columns }) => columns.some(({ search }) => search))
        .map((table) => `drop function if exists ${inSchema(draft, table, searchTriggerName(table.table))}()`),
    ],
    { locks: tables.map(brief), loses: tables.map(named) },
  )
