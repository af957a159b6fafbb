import { databaseName } from '../../manifest/database-name.ts'
import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import { checkName, choiceName, foreignKeyName, indexName } from '../names.ts'
import { fillStep } from './backfill.ts'
import { narrowChoices } from './choices.ts'
import { addCheck, addChoice, addIndex, addReference, alter, inSchema, requireValue } from './constraints.ts'
import type { Conversion } from './conversion.ts'
import { brief, type Draft, named, tableOnly, together } from './draft.ts'
import { renamesOf, reversed, underNewNames } from './renamed-choices.ts'
import { createTrigger, dropTrigger, keepInStep, syncName } from './trigger.ts'
import { inNew, inRow, valueForAll } from './value-for-all.ts'

/** One column that takes the place of another: under a new name, or with another type. */
export interface Replacement {
  readonly from: StoredColumn
  readonly to: StoredColumn
  readonly conversion: Conversion
}

/** The column's name while it is being filled: its own, or another one where the earlier column still has it. */
export const working = ({ from, to }: Replacement): string =>
  from.column === to.column ? databaseName(to.column, 'new') : to.column

/** The table as it is while its new columns are filled. */
export function workingTable(table: StoredTable, replacements: readonly Replacement[]): StoredTable {
  const name = new Map(replacements.map((one) => [one.to.column, working(one)]))
  const now = (column: string): string => name.get(column) ?? column
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, column: now(column.column) })),
    indexes: table.indexes.map((index) => ({ ...index, columns: index.columns.map(now) })),
  }
}

/** The conversion, with the choices under the names that each column knows. */
function renaming(draft: Draft, table: StoredTable, { from, to, conversion }: Replacement): Conversion {
  const renamed = to.choices ? renamesOf(draft, table, to, from) : {}
  if (Object.keys(renamed).length === 0) return conversion
  return {
    ...conversion,
    forward: (sql) => underNewNames(draft, to, renamed, conversion.forward(sql)),
    back: (sql) => conversion.back(underNewNames(draft, to, reversed(renamed), sql)),
  }
}

/** Makes the new column beside the earlier one, keeps both in step, fills it and holds what is declared of it. */
export function replaceColumn(draft: Draft, table: StoredTable, replacement: Replacement): void {
  const { from, to } = replacement
  const conversion = renaming(draft, table, replacement)
  const { identifier } = draft.dialect
  const column: StoredColumn = { ...to, column: working(replacement) }
  const swaps = column.column !== to.column
  const temporary: StoredTable = { ...table, columns: [...table.columns.filter((one) => one !== to), column] }
  const place = `${named(table)}.${to.column}`
  const { default: _, ...bare } = column
  const relaxed = from.optional || (to.optional !== true && conversion.effect === 'same') ? [] : ['drop not null']
  const choicesDiffer = from.choices && JSON.stringify(from.choices) !== JSON.stringify(to.choices)
  const fill = (of: (name: string) => string): string | undefined =>
    to.optional ? undefined : valueForAll(draft, table, to, of)
  const forward = (of: (name: string) => string) => (sql: string) => {
    const other = from.optional || conversion.effect === 'lossy' ? fill(of) : undefined
    const value = conversion.forward(sql)
    return other === undefined ? value : `coalesce(${value}, ${other})`
  }
  draft.expand.push(
    together(
      swaps ? `Make room for ${place} in its new type` : `Make room for ${place}, beside ${from.column}`,
      'expand',
      [
        alter(draft, table, `add column ${draft.write.column(table, { ...bare, optional: true })}`),
        ...relaxed.map((clause) => alter(draft, table, `alter column ${identifier(from.column)} ${clause}`)),
        ...(from.default && !swaps
          ? [alter(draft, table, `alter column ${identifier(from.column)} drop default`)]
          : []),
        ...(choicesDiffer && !swaps
          ? [alter(draft, table, `drop constraint ${identifier(choiceName(table.table, from.column))}`)]
          : []),
        ...createTrigger(
          table,
          syncName(table, to.column),
          keepInStep(
            {
              from,
              to: column,
              forward: forward(inNew(draft)),
              back: conversion.back,
              bothWays: !swaps,
            },
            draft.dialect,
          ),
          draft.dialect,
        ),
      ],
      { locks: [brief(table)] },
    ),
  )
  const value = forward(inRow(draft))(inRow(draft)(from.column))
  draft.backfill.push(
    fillStep(table, {
      column: column.column,
      value,
      where: `${inRow(draft)(column.column)} is null and ${value} is not null`,
      title: `Fill ${place} from ${from.column === to.column ? 'the values in the earlier type' : from.column}`,
      dialect: draft.dialect,
    }),
  )
  if (to.choices) {
    const renamed = Object.values(renamesOf(draft, table, to, from))
    const gone = (from.choices ?? []).filter((one) => !to.choices?.includes(one) && !renamed.includes(one))
    if (gone.length > 0) narrowChoices(draft, { table, column: to, from }, gone)
    addChoice(draft, temporary, { ...column, choices: [...to.choices, ...gone] })
  }
  if (to.references) addReference(draft, temporary, column)
  if (!to.optional) requireValue(draft, temporary, column.column)
}

/** Indexes and checks over the new columns, built beside those over the earlier ones. `free`: index names given up before. */
export function rebuild(
  draft: Draft,
  table: StoredTable,
  before: StoredTable,
  replacements: readonly Replacement[],
  free: ReadonlySet<string>,
): { readonly indexes: ReadonlySet<string>; readonly checks: ReadonlySet<string> } {
  const { identifier } = draft.dialect
  const replaced = new Set(replacements.map(({ to }) => to.column))
  const work = workingTable(table, replacements)
  const rename = (from: string, to: string) => `alter index ${inSchema(draft, table, from)} rename to ${identifier(to)}`
  const indexes = table.indexes.filter((index) => touches(index, replaced))
  for (const [i, index] of table.indexes.entries()) {
    if (!touches(index, replaced)) continue
    const name = indexName(index.name)
    const taken = !free.has(name) && before.indexes.some((one) => indexName(one.name) === name)
    const temporary = databaseName(index.name, 'new')
    addIndex(draft, work, work.indexes[i] ?? index, taken ? temporary : name)
    if (taken)
      draft.finish.push(
        together(
          `Give the index ${name} its name`,
          'constrain',
          [rename(name, databaseName(index.name, 'old')), rename(temporary, name)],
          { locks: [brief(table)] },
        ),
      )
  }
  const checks = table.checks.filter(({ rule }) => [...replaced].some((column) => mentions(rule, column)))
  for (const check of checks) {
    const name = checkName(table.table, check.name)
    if (!before.checks.some((one) => one.name === check.name)) {
      addCheck(draft, work, check)
      continue
    }
    const temporary = databaseName(table.table, check.name, 'check_new')
    addCheck(draft, work, check, { name: temporary })
    draft.finish.push(
      together(
        `Put the check ${check.name} in the place of the earlier one`,
        'constrain',
        [
          alter(draft, table, `drop constraint if exists ${identifier(name)}`),
          alter(draft, table, `rename constraint ${identifier(temporary)} to ${identifier(name)}`),
        ],
        { locks: [brief(table)] },
      ),
    )
  }
  return { indexes: new Set(indexes.map(({ name }) => name)), checks: new Set(checks.map(({ name }) => name)) }
}

const touches = (
  index: { readonly columns: readonly string[]; readonly where?: unknown },
  columns: ReadonlySet<string>,
) => [...columns].some((column) => index.columns.includes(column) || mentions(index.where, column))

/** Whether a stored rule speaks of a column. */
export function mentions(node: unknown, column: string): boolean {
  if (Array.isArray(node)) return node.some((item) => mentions(item, column))
  if (typeof node !== 'object' || node === null) return false
  if ('kind' in node && node.kind === 'field' && 'field' in node && node.field === column) return true
  return Object.values(node).some((value) => mentions(value, column))
}

/** Puts a column of another type in the place of the earlier one; says what is left of that for later. */
export function settle(draft: Draft, table: StoredTable, replacement: Replacement): void {
  const { from, to, conversion } = replacement
  const { identifier } = draft.dialect
  const loss = conversion.effect === 'lossy' ? { loss: `${named(table)}.${to.column}` } : {}
  const left = { ...tableOnly(table), model: table.model, copied: to.column, ...loss }
  const temporary = working(replacement)
  if (temporary === to.column) {
    draft.later.push({ drop: 'column', ...left, column: from })
    return
  }
  const old = databaseName(to.column, 'old')
  const renames = (a: string, b: string, { references, choices }: StoredColumn): readonly string[] => [
    alter(draft, table, `rename column ${identifier(a)} to ${identifier(b)}`),
    ...(references ? [renameConstraint(foreignKeyName(table.table, a), foreignKeyName(table.table, b))] : []),
    ...(choices ? [renameConstraint(choiceName(table.table, a), choiceName(table.table, b))] : []),
  ]
  const renameConstraint = (a: string, b: string): string =>
    alter(draft, table, `rename constraint ${identifier(a)} to ${identifier(b)}`)
  const initial = draft.write.initial(to)
  draft.finish.push(
    together(
      `Put ${named(table)}.${to.column} in its new type in the place of the earlier one`,
      'constrain',
      [
        ...dropTrigger(table, syncName(table, to.column), draft.dialect),
        ...renames(to.column, old, from),
        ...renames(temporary, to.column, to),
        ...(from.optional ? [] : [alter(draft, table, `alter column ${identifier(old)} drop not null`)]),
        ...(from.default ? [alter(draft, table, `alter column ${identifier(old)} drop default`)] : []),
        ...(initial === '' ? [] : [alter(draft, table, `alter column ${identifier(to.column)} set${initial}`)]),
      ],
      { locks: [brief(table)] },
    ),
  )
  draft.later.push({ drop: 'column', ...left, column: { ...from, column: old } })
}
