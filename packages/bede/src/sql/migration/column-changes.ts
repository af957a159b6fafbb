import { isDeepStrictEqual } from 'node:util'
import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import { foreignKeyName } from '../names.ts'
import { fillStep } from './backfill.ts'
import { addChoice, addReference, alter, requireValue } from './constraints.ts'
import { isComputed } from './contraction.ts'
import { conversion } from './conversion.ts'
import { brief, type ChangeOf, counted, type Draft, named, tableOnly, together } from './draft.ts'
import { refuseEncryption } from './encrypted.ts'
import { keepsFiles } from './file-records.ts'
import { mentions } from './replace.ts'
import { createTrigger, fillName } from './trigger.ts'
import { inNew, inRow, valueForAll } from './value-for-all.ts'

const placeOf = (table: StoredTable, column: StoredColumn): string => `${named(table)}.${column.column}`
const declared = ({ table, column }: { readonly table: StoredTable; readonly column: StoredColumn }): string =>
  `${table.model}.${column.field}`

/** A new column: at once where it may be empty or has a default, else filled first and then required. */
export function addColumn(draft: Draft, { table, column }: ChangeOf<'add-column'>): void {
  const place = placeOf(table, column)
  const { optional, default: initial } = column
  const filled = draft.after.models[table.model]?.fields[column.field]?.backfill !== undefined
  draft.sentences.push(`${declared({ table, column })} is new${filled ? ', and filled from what the rows hold' : ''}.`)
  if (!optional && !initial && !filled && !isComputed(column) && !column.identity) {
    draft.refusals.push({
      place: declared({ table, column }),
      code: 'impossible-migration',
      message: 'It is new and required, and nothing says what the rows there are get.',
      hint: `Give it a default, or make it optional, or say what each row gets: backfill: { ${column.field}: (row) => … } among the options of ${table.model}.`,
    })
    return
  }
  // What it is made of is not there yet in the rows there are.
  const sourceWaits = table.columns.some(
    (one) =>
      mentions(column.generated, one.column) &&
      draft.after.models[table.model]?.fields[one.field]?.backfill !== undefined,
  )
  const waits = (filled || sourceWaits) && !optional
  draft.expand.push(
    together(
      `Make room for ${place}`,
      'expand',
      [alter(draft, table, `add column ${draft.write.column(table, waits || filled ? bare(column) : column)}`)],
      { locks: [{ ...brief(table), work: isComputed(column) || column.identity ? 'rewrite' : 'none' }] },
    ),
  )
  if (filled) fill(draft, table, column, { guard: waits })
  if (column.choices) addChoice(draft, table, column)
  if (column.references) addReference(draft, table, column)
  if (waits) requireValue(draft, table, column.column)
  if (filled && initial)
    draft.finish.push(
      together(
        `Give ${place} its default`,
        'constrain',
        [
          alter(
            draft,
            table,
            `alter column ${draft.dialect.identifier(column.column)} set${draft.write.initial(column)}`,
          ),
        ],
        { locks: [brief(table)] },
      ),
    )
}

const bare = ({ default: _, ...column }: StoredColumn): StoredColumn => ({ ...column, optional: true })

/** Gives every row without a value one; `guard`: also those that the version before writes until it is gone. */
function fill(draft: Draft, table: StoredTable, column: StoredColumn, { guard }: { readonly guard: boolean }): void {
  const value = valueForAll(draft, table, column, inRow(draft))
  const written = valueForAll(draft, table, column, inNew(draft))
  if (value === undefined || written === undefined) return
  if (guard) {
    draft.expand.push(
      together(
        `Fill ${placeOf(table, column)} when the version before writes a row`,
        'expand',
        fillTrigger(draft, table, column, written),
        { locks: [{ table: named(table), mode: 'SHARE ROW EXCLUSIVE', work: 'none' }] },
      ),
    )
    draft.meetings.push({
      serves: true,
      says: `Rows that the version before creates get ${placeOf(table, column)} too. What it changes of a row later does not change it there.`,
    })
    draft.later.push({ drop: 'filling', ...tableOnly(table), column: column.column })
  }
  draft.backfill.push(
    fillStep(table, {
      column: column.column,
      value,
      where: `${inRow(draft)(column.column)} is null and ${value} is not null`,
      title: `Fill ${placeOf(table, column)} of the rows there are`,
      dialect: draft.dialect,
    }),
  )
}

/** A row that comes without a value gets one. */
function fillTrigger(draft: Draft, table: StoredTable, column: StoredColumn, value: string): readonly string[] {
  const it = inNew(draft)(column.column)
  const body = `if ${it} is null then ${it} := ${value}; end if;`
  return createTrigger(table, fillName(table, column.column), body, draft.dialect)
}

/** Once columns have taken their places, what fills others from them asks for them by their own names. */
export function refill(draft: Draft, table: StoredTable): void {
  for (const filling of draft.later) {
    if (filling.drop !== 'filling' || filling.table !== table.table || filling.schema !== table.schema) continue
    const column = table.columns.find((one) => one.column === filling.column)
    const value = column && valueForAll(draft, table, column, inNew(draft), 'settled')
    if (!column || value === undefined) continue
    draft.finish.push(
      together(
        `Fill ${placeOf(table, column)} from the columns in their new types`,
        'constrain',
        fillTrigger(draft, table, column, value),
        {
          locks: [{ table: named(table), mode: 'SHARE ROW EXCLUSIVE', work: 'none' }],
        },
      ),
    )
  }
}

/** A column that is no longer declared: nobody need fill it, and it goes with the next migration, if that is accepted. */
export function removeColumn(draft: Draft, { table, column }: ChangeOf<'remove-column'>): void {
  const place = placeOf(table, column)
  const { identifier } = draft.dialect
  if (isComputed(column)) {
    removeComputed(draft, table, column)
    return
  }
  const files = keepsFiles(draft.before, draft.earlier.get(table.model)?.model ?? table.model, column.field)
  draft.losses.push({
    loss: place,
    says: `${declared({ table, column })} is no longer declared: the column ${place} and all its values${files ? ', and the files that they name' : ''}.`,
    count: `select count(${identifier(column.column)}) from ${counted(draft, table)}`,
  })
  draft.sentences.push(
    `${declared({ table, column })} is no longer declared. Its column stays until the next migration, for the version before.`,
  )
  if (!column.optional && !column.default)
    draft.expand.push(
      together(
        `Let ${place} be empty, which nobody fills any more`,
        'expand',
        [alter(draft, table, `alter column ${identifier(column.column)} drop not null`)],
        { locks: [brief(table)] },
      ),
    )
  draft.meetings.push({
    serves: true,
    says: `The version before goes on reading and writing ${place}; rows that the new one creates have nothing there.`,
  })
  draft.later.push({ drop: 'column', ...tableOnly(table), model: table.model, column, ...(files && { files }) })
}

/** Nothing is lost with it that is not lost with what it is made of. */
function removeComputed(draft: Draft, table: StoredTable, column: StoredColumn): void {
  const place = placeOf(table, column)
  draft.sentences.push(
    `${declared({ table, column })} is no longer declared. Its column stays until the next migration, for the version before; its values are made of others of the row.`,
  )
  if (!column.optional)
    draft.expand.push(
      together(
        `Let ${place} be empty, whatever it is made of`,
        'expand',
        [alter(draft, table, `alter column ${draft.dialect.identifier(column.column)} drop not null`)],
        { locks: [brief(table)] },
      ),
    )
  draft.meetings.push({ serves: true, says: `The version before goes on reading ${place}.` })
  draft.later.push({ drop: 'column', ...tableOnly(table), model: table.model, column })
}

/** A column that may be empty, or may no longer be. */
export function changeOptional(draft: Draft, change: ChangeOf<'change-optional'>): void {
  const { table, column } = change
  const { identifier } = draft.dialect
  const place = placeOf(table, column)
  if (column.optional) {
    draft.sentences.push(`${declared(change)} may be empty.`)
    draft.meetings.push({
      serves: true,
      says: `The version before may read null where it has always read a value: ${place}.`,
    })
    draft.expand.push(
      together(
        `Let ${place} be empty`,
        'expand',
        [alter(draft, table, `alter column ${identifier(column.column)} drop not null`)],
        {
          locks: [brief(table)],
        },
      ),
    )
    return
  }
  draft.sentences.push(`${declared(change)} must have a value.`)
  if (valueForAll(draft, table, column, inRow(draft)) === undefined) {
    draft.conditions.push({
      place: declared(change),
      says: `${declared(change)} is required now, and has neither a default nor a backfill for rows that have no value`,
      count: `select count(*) from ${counted(draft, table)} where ${identifier(change.from.column)} is null`,
      needed: true,
    })
    draft.meetings.push({ serves: true, says: `What the version before writes without ${place} is refused.` })
  } else fill(draft, table, column, { guard: true })
  requireValue(draft, table, column.column)
}

export function changeDefault(draft: Draft, { table, column }: ChangeOf<'change-default'>): void {
  const initial = draft.write.initial(column)
  draft.sentences.push(`${declared({ table, column })} has another default.`)
  draft.expand.push(
    together(
      `Change the default of ${placeOf(table, column)}`,
      'expand',
      [
        alter(
          draft,
          table,
          `alter column ${draft.dialect.identifier(column.column)} ${initial === '' ? 'drop default' : `set${initial}`}`,
        ),
      ],
      { locks: [brief(table)] },
    ),
  )
}

export function changeReference(draft: Draft, change: ChangeOf<'change-reference'>): void {
  const { table, column, from } = change
  const drop = from.references
    ? [alter(draft, table, `drop constraint ${draft.dialect.identifier(foreignKeyName(table.table, column.column))}`)]
    : []
  if (!column.references) {
    draft.sentences.push(`${declared(change)} names rows of no model any more.`)
    draft.expand.push(together(`Let ${placeOf(table, column)} be free`, 'expand', drop, { locks: [brief(table)] }))
    return
  }
  const target = draft.after.models[column.references.model]
  draft.sentences.push(
    `${declared(change)} names rows of ${column.references.model}${column.references.onDelete ? `, on delete ${column.references.onDelete}` : ''}.`,
  )
  const { model, tenant } = column.references
  const within = tenant && !isDeepStrictEqual(from.references?.tenant, tenant)
  if (target && (from.references?.model !== model || within)) {
    const id = draft.dialect.identifier
    const key = id(target.fields[target.id]?.column ?? target.id)
    const what = `${named(target)}${tenant ? ' of the same tenant' : ''}`
    const same = tenant ? ` and "target".${id(tenant.target)} = "row".${id(tenant.column)}` : ''
    if (!tenant || (hasColumn(draft, table.model, tenant.column) && hasColumn(draft, model, tenant.target)))
      draft.conditions.push({
        place: declared(change),
        says: `every ${placeOf(table, column)} must name a row of ${what}`,
        count: `select count(*) from ${counted(draft, table)} as "row" where ${id(from.column)} is not null and not exists (select from ${target.schema === undefined ? '' : `${id(target.schema)}.`}${id(target.table)} as "target" where "target".${key} = "row".${id(from.column)}${same})`,
      })
    draft.meetings.push({
      serves: true,
      says: `What the version before writes into ${placeOf(table, column)} must name a row of ${what}.`,
    })
  }
  addReference(draft, table, column, drop)
}

/** Whether a model had the column before: rows there are can be counted by it. */
const hasColumn = (draft: Draft, model: string, column: string): boolean => {
  const before = draft.before.models[model] ?? draft.before.models[draft.after.models[model]?.was ?? '']
  return Object.values(before?.fields ?? {}).some((one) => one.column === column)
}

/** A type that is changed in place, or not at all; what needs another column is a replacement. */
export function refuseType(draft: Draft, change: ChangeOf<'change-type' | 'rename-column'>): boolean {
  const { table, column, from } = change
  if (change.kind === 'change-type' && (from.generated !== undefined || column.generated !== undefined)) {
    draft.refusals.push({
      place: declared(change),
      code: 'impossible-migration',
      message: 'What a column is generated from cannot be changed where it stands.',
      hint: `Give the field that is generated another way another name, and take ${from.field} away: nothing is lost, it is computed again.`,
    })
    return true
  }
  if (from.identity === column.identity && conversion(from.type, column.type)) return false
  const isKey = column.column === table.key
  if (refuseEncryption(draft, table, column, from)) return true
  draft.refusals.push({
    place: declared(change),
    code: 'impossible-migration',
    message: isKey
      ? 'An id cannot become another kind of id: every row that names it, here and elsewhere, would name nothing.'
      : 'No cast keeps the values of the earlier type.',
    hint: isKey
      ? 'Make a new model with the ids you want, and copy the rows.'
      : `Give the field of the new type another name, keep ${from.field} until its values are copied, and fill the new one: backfill: { ${column.field}: (row) => … }.`,
  })
  return true
}
