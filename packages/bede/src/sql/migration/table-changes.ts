import { databaseName } from '../../manifest/database-name.ts'
import type { Change } from '../../manifest/diff.ts'
import { historyModel } from '../../manifest/platform/history.ts'
import { isWithKey, type StoredIndex, type StoredTable } from '../../manifest/stored.ts'
import { wholeKey } from '../../manifest/tenant.ts'
import { checkName, indexName } from '../names.ts'
import { changeChoices } from './choices.ts'
import {
  addColumn,
  changeDefault,
  changeOptional,
  changeReference,
  refill,
  refuseType,
  removeColumn,
} from './column-changes.ts'
import { addCheck, addIndex, alter, dropIndex, inSchema } from './constraints.ts'
import { isComputed } from './contraction.ts'
import { conversion } from './conversion.ts'
import { brief, type ChangeOf, counted, type Draft, named, tableOnly, together } from './draft.ts'
import { refuseNewName } from './encrypted.ts'
import { overRow } from './over-row.ts'
import { changeRetention, refusePartition } from './partition.ts'
import { renamedColumns } from './renamed-choices.ts'
import { mentions, type Replacement, rebuild, replaceColumn, settle, working, workingTable } from './replace.ts'
import { addSearch, changeSearch, finishSearch, removeSearch } from './search-changes.ts'

/** All changes of one table that is there before and after. */
export function changeTable(draft: Draft, before: StoredTable, table: StoredTable, changes: readonly Change[]): void {
  draft.earlier.set(table.model, before)
  const found = replacementsOf(table, changes)
  const replaced = new Set(found.map(({ to }) => to.field))
  const others = changes
    .filter((change) => !('column' in change && replaced.has(change.column.field)))
    .sort((a, b) => standsOn(a) - standsOn(b))
  for (const change of others) if (change.kind === 'rename-table') renameTable(draft, change)
  for (const change of others)
    if (change.kind === 'change-type' || change.kind === 'rename-column') inPlace(draft, change)
  const renamed = others.find((change) => change.kind === 'rename-table')
  if (renamed?.kind === 'rename-table') standIn(draft, renamed)

  for (const one of found) {
    const name = working(one)
    if (name !== one.to.column) draft.working.set(`${table.model} ${one.to.column}`, name)
  }
  for (const one of found) replaceColumn(draft, table, one)
  const free = new Set(others.flatMap((one) => (one.kind === 'remove-index' ? [indexName(one.index.name)] : [])))
  const rebuilt = rebuild(draft, table, before, found, free)
  const work = workingTable(table, found)
  const taken = new Set(table.indexes.map(({ name }) => indexName(name)))
  for (const change of others) {
    switch (change.kind) {
      case 'add-column':
        if (change.column.search) addSearch(draft, change)
        else addColumn(draft, change)
        break
      case 'remove-column':
        if (change.column.search) removeSearch(draft, change)
        else removeColumn(draft, change)
        break
      case 'change-optional':
        changeOptional(draft, change)
        break
      case 'change-default':
        changeDefault(draft, change)
        break
      case 'change-choices':
        changeChoices(draft, change)
        break
      case 'change-reference':
        changeReference(draft, change)
        break
      case 'remove-index':
        removeIndex(draft, before, change, taken.has(indexName(change.index.name)))
        break
      case 'add-index':
        describeIndex(draft, change)
        if (!rebuilt.indexes.has(change.index.name)) addIndex(draft, work, change.index)
        break
      case 'rename-index':
        if (!rebuilt.indexes.has(change.index.name)) otherwise(draft, change)
        break
      case 'add-check':
        if (!rebuilt.checks.has(change.check.name)) newCheck(draft, change, others)
        else describeCheck(draft, change)
        break
      case 'remove-check':
        if (!table.checks.some(({ name }) => name === change.check.name)) {
          draft.sentences.push(`The check ${change.check.name} of ${table.model} is gone.`)
          otherwise(draft, change)
        }
        break
      case 'change-partition':
        refusePartition(draft, change)
        break
      case 'change-retention':
        changeRetention(draft, change)
        break
      case 'rename-table':
      case 'rename-column':
      case 'change-type':
      case 'change-search':
        break
      case 'change-key':
        draft.refusals.push({
          place: table.model,
          code: 'impossible-migration',
          message:
            'Another field cannot become the id: every row that names one, here and elsewhere, would name nothing.',
          hint: 'Make a new model with the ids you want, and copy the rows.',
        })
        break
      default:
        otherwise(draft, change)
    }
  }
  for (const one of found) {
    refuseGenerated(draft, table, one)
    settle(draft, table, one)
    describeReplacement(draft, table, one)
  }
  if (found.some((one) => working(one) !== one.to.column)) refill(draft, table)
  for (const change of others) {
    if (change.kind === 'change-search') changeSearch(draft, change)
    if (change.kind === 'add-column' && change.column.search) finishSearch(draft, change)
  }
}

/** A new column that is made of others comes after them; all else stays in its order. */
const standsOn = (change: Change): number => (change.kind === 'add-column' && isComputed(change.column) ? 1 : 0)

/** A column that is copied to another leaves behind what the database computes from it. */
function refuseGenerated(draft: Draft, table: StoredTable, { from, to }: Replacement): void {
  const made = to.generated ? to : table.columns.find(({ generated }) => mentions(generated, to.column))
  if (!made) return
  draft.refusals.push({
    place: `${table.model}.${to.field}`,
    code: 'impossible-migration',
    message: `${table.model}.${made.field} is generated, and would stay with the column ${from.column}.`,
    hint: `Take ${made.field} away in a migration of its own, then change ${to.field}, then add ${made.field} again: nothing is lost, it is computed again.`,
  })
}

/** Columns under a new name or of another type, that is not changed in place. */
function replacementsOf(table: StoredTable, changes: readonly Change[]): readonly Replacement[] {
  const found = new Map<string, Replacement>()
  for (const change of changes) {
    if (change.kind !== 'rename-column' && change.kind !== 'change-type') continue
    const { column: to, from } = change
    const way = conversion(from.type, to.type)
    const stays = to.column === table.key || (way?.inPlace && from.column === to.column)
    if (way && from.identity === to.identity && !stays) found.set(to.field, { from, to, conversion: way })
  }
  return [...found.values()]
}

/** What the database changes without touching a row; and what it cannot change at all. */
function inPlace(draft: Draft, change: ChangeOf<'change-type' | 'rename-column'>): void {
  const { table, column, from } = change
  if (refuseType(draft, change)) return
  const place = `${named(table)}.${column.column}`
  if (change.kind === 'rename-column') {
    draft.expand.push(
      together(`Rename the key ${named(table)}.${from.column} to ${column.column}`, 'expand', draft.change(change), {
        locks: [brief(table)],
      }),
    )
    draft.sentences.push(`The id of ${table.model} is called ${column.field}; it was ${from.field}.`)
    draft.meetings.push({
      serves: false,
      says: `The version before asks for ${named(table)}.${from.column}, which is then ${column.column}.`,
    })
    return
  }
  const { identifier, columnType } = draft.dialect
  draft.sentences.push(`${table.model}.${column.field} holds more digits.`)
  draft.expand.push(
    together(
      `Let ${place} hold more digits`,
      'expand',
      [alter(draft, table, `alter column ${identifier(column.column)} type ${columnType(column.type)}`)],
      { locks: [brief(table)] },
    ),
  )
}

/** The new name, at once, with the names that hang on it. */
function renameTable(draft: Draft, change: ChangeOf<'rename-table'>): void {
  const { table, from } = change
  if (refuseNewName(draft, table, from)) return
  draft.sentences.push(`${table.model} was ${from.model}: its table ${named(from)} is called ${named(table)}.`)
  draft.expand.push(
    together(`Rename ${named(from)} to ${named(table)}`, 'expand', draft.change(change), { locks: [brief(from)] }),
  )
}

/** A view under the earlier name, through which the version before reads and writes the same rows. */
function standIn(draft: Draft, { table, from }: ChangeOf<'rename-table'>): void {
  const { identifier } = draft.dialect
  const renamedKey = from.key !== table.key ? new Map([[from.key, table.key]]) : new Map<string, string>()
  const list = from.columns
    .map(({ column }) =>
      renamedKey.has(column) ? `${identifier(table.key)} as ${identifier(column)}` : identifier(column),
    )
    .join(', ')
  draft.expand.push(
    together(
      `Let ${named(from)} stand for ${named(table)}`,
      'expand',
      [`create view ${inSchema(draft, from, from.table)} as select ${list} from ${draft.write.table(table)}`],
      { locks: [brief(from)] },
    ),
  )
  // The entries of a history are numbered by the database as they come.
  const history = Object.keys(draft.before.models).some((model) => historyModel(model) === from.model)
  const counted = !history && from.columns.some(({ identity }) => identity)
  draft.meetings.push(
    counted
      ? {
          serves: false,
          says: `The version before counts the ids of ${named(from)} itself, which it cannot do through a view: it reads and changes rows, and its creates are refused.`,
        }
      : {
          serves: true,
          says: `The version before reads and writes ${named(table)} through a view under the name ${named(from)}.`,
        },
  )
  draft.later.push({ drop: 'view', ...tableOnly(from), of: named(table) })
}

/** An index nobody asks for any more stays for the version before, but for one that would refuse what the new one may write. */
function removeIndex(
  draft: Draft,
  before: StoredTable,
  { table, index }: ChangeOf<'remove-index'>,
  taken: boolean,
): void {
  const name = indexName(index.name)
  const left = taken ? databaseName(index.name, 'old') : name
  if (index.constraint) {
    otherwise(draft, { kind: 'remove-index', table, index })
    return
  }
  if (taken)
    draft.expand.push(
      together(
        `Make the name ${name} free`,
        'expand',
        [`alter index ${inSchema(draft, table, name)} rename to ${draft.dialect.identifier(left)}`],
        { locks: [brief(table)] },
      ),
    )
  draft.sentences.push(
    `${table.model} no longer has the ${index.unique ? 'unique ' : ''}index over ${index.columns.join(', ')}.`,
  )
  const kept = index.columns.every((column) => table.columns.some((one) => one.column === column))
  const refuses = index.unique && kept && !isWithKey(index, before)
  if (refuses && !upserts(draft, before, index)) draft.expand.push(dropIndex(draft, table, left, 'expand'))
  else {
    if (refuses)
      draft.meetings.push({
        serves: true,
        says: `${name} stays until the next migration, because the version before creates or updates by it: until then the new version too is refused a second row of the same values.`,
      })
    draft.later.push({ drop: 'index', ...tableOnly(table), index: left })
  }
}

/** Whether an operation of the version before creates or updates by this index. */
function upserts(draft: Draft, { model, columns }: StoredTable, index: StoredIndex): boolean {
  const definition = draft.before.models[model]
  const fieldOf = new Map(columns.map(({ column, field }) => [column, field]))
  const key = index.columns.map((column) => fieldOf.get(column)).sort()
  return Object.values(draft.before.operations).some(
    (operation) =>
      operation.kind === 'write' &&
      operation.write?.kind === 'create' &&
      operation.write.model === model &&
      operation.write.exists !== undefined &&
      JSON.stringify([...((definition && wholeKey(definition, operation.write.exists.key)) ?? [])].sort()) ===
        JSON.stringify(key),
  )
}

function describeIndex(draft: Draft, { table, index }: ChangeOf<'add-index'>): void {
  const over = index.columns.join(', ')
  const refuses = index.unique && !isWithKey(index, table)
  draft.sentences.push(`${table.model} has a new ${refuses ? 'unique ' : ''}index over ${over}.`)
  if (!refuses) return
  const { identifier } = draft.dialect
  const list = index.columns.map(identifier).join(', ')
  const definition = draft.after.models[table.model]?.indexes.find(({ name }) => name === index.name)
  const where = definition?.where
    ? ` where ${overRow(definition.where, table.model, { manifest: draft.after, dialect: draft.dialect, column: identifier })}`
    : ''
  const known = index.columns.every((column) => tableBefore(draft, table)?.includes(column))
  if (known && where === '')
    draft.conditions.push({
      place: table.model,
      says: `no two rows of ${named(table)} may have the same ${over}`,
      count: `select count(*) from (select from ${counted(draft, table)}${where} group by ${list} having count(*) > 1 and count(*) filter (where ${index.columns.map((column) => `${identifier(column)} is null`).join(' or ')}) = 0) as "same"`,
    })
  draft.meetings.push({
    serves: true,
    says: `A second row of the same ${over} that the version before writes into ${named(table)} is refused.`,
  })
}

const tableBefore = (draft: Draft, { model }: StoredTable): readonly string[] | undefined => {
  const fields = draft.before.models[model]?.fields
  return fields && Object.values(fields).map(({ column }) => column)
}

function newCheck(draft: Draft, change: ChangeOf<'add-check'>, changes: readonly Change[]): void {
  const { table, check } = change
  describeCheck(draft, change)
  const other = changes.some((one) => one.kind === 'remove-check' && one.check.name === check.name)
  const name = draft.dialect.identifier(checkName(table.table, check.name))
  if (other && renamedColumns(draft, table).some((column) => mentions(check.rule, column)))
    draft.expand.push(
      together(
        `Drop the check ${check.name}, which knows the earlier names of choices`,
        'expand',
        [alter(draft, table, `drop constraint if exists ${name}`)],
        { locks: [brief(table)] },
      ),
    )
  addCheck(draft, table, check, other ? { first: [alter(draft, table, `drop constraint if exists ${name}`)] } : {})
}

function describeCheck(draft: Draft, { table, check }: ChangeOf<'add-check'>): void {
  const { identifier } = draft.dialect
  const expr = draft.after.models[table.model]?.checks.find(({ name }) => name === check.name)?.expr
  draft.sentences.push(`${table.model} has the check ${check.name}.`)
  draft.meetings.push({
    serves: true,
    says: `What the version before writes into ${named(table)} is refused where it does not keep the check ${check.name}.`,
  })
  const known = tableBefore(draft, table) ?? []
  const renamed = renamedColumns(draft, table)
  const fresh = table.columns.some(
    ({ column }) => (!known.includes(column) || renamed.includes(column)) && mentions(check.rule, column),
  )
  if (expr && !fresh)
    draft.conditions.push({
      place: table.model,
      says: `every row of ${named(table)} must keep the check ${check.name}`,
      count: `select count(*) from ${counted(draft, table)} where (${overRow(expr, table.model, { manifest: draft.after, dialect: draft.dialect, column: identifier })}) is not true`,
    })
}

/** A change that is one short statement, whatever it is. */
export function otherwise(draft: Draft, change: Change): void {
  const statements = draft.change(change)
  if (statements.length === 0) return
  draft.expand.push(
    together(`${change.kind.replace('-', ' ')} of ${named(change.table)}`, 'expand', statements, {
      locks: [brief(change.table)],
    }),
  )
}

function describeReplacement(draft: Draft, table: StoredTable, { from, to, conversion: way }: Replacement): void {
  const place = `${named(table)}.${to.column}`
  const { identifier } = draft.dialect
  if (from.column !== to.column)
    draft.sentences.push(
      `${table.model}.${to.field} was ${from.field}: a new column ${place} takes the values of ${from.column}, both are kept in step, and ${from.column} goes with the next migration.`,
    )
  if (way.effect !== 'same')
    draft.sentences.push(
      `${table.model}.${to.field} is of another type: ${describe(from.type)} becomes ${describe(to.type)}.`,
    )
  if (way.effect === 'lossy')
    draft.losses.push({
      loss: place,
      says: `${table.model}.${to.field} becomes ${describe(to.type)}: what does not fit is rounded or, beyond its range, gone; the earlier values go with the next migration.`,
      count: `select count(*) from ${counted(draft, table)} where ${identifier(from.column)} is distinct from ${way.back(way.forward(identifier(from.column)))}`,
    })
  draft.meetings.push(
    from.column !== to.column || way.bothServe
      ? {
          serves: true,
          says:
            from.column === to.column
              ? `The version before goes on with ${place} in its new type; a value beyond its own type cannot be written by it.`
              : `Each version reads and writes the column it knows: ${from.column} before, ${to.column} after.`,
        }
      : {
          serves: false,
          says: `Both versions call it ${place}, and the version before does not know its new type. Give the field a new name with \`was: '${from.field}'\` and both can serve.`,
        },
  )
}

const describe = ({ kind, precision, scale = 0 }: StoredTable['columns'][number]['type']): string =>
  precision === undefined ? kind : `${kind}(${precision}, ${scale})`
