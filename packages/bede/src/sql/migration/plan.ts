import { type Change, diffModels } from '../../manifest/diff.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { type StoredColumn, type StoredTable, storedTables } from '../../manifest/stored.ts'
import type { Dialect } from '../dialect.ts'
import { createExtension, extensionsOf } from '../extension.ts'
import { checkNames } from '../names.ts'
import { place } from './backfill.ts'
import { contractSteps } from './contract.ts'
import type { Contraction } from './contraction.ts'
import { type Draft, named, newDraft, type PlannedStep, together } from './draft.ts'
import { keepsFiles, leaveNames } from './file-records.ts'
import { changeTable, otherwise } from './table-changes.ts'

/** What leads from one manifest to another, and what speaks against it. */
export interface MigrationPlan
  extends Pick<Draft, 'later' | 'losses' | 'meetings' | 'conditions' | 'refusals' | 'sentences'> {
  readonly steps: readonly PlannedStep[]
  /** What is taken away of what the migration before left in place. */
  readonly contracted: readonly Contraction[]
}

/**
 * Plans the migration from the manifest that the last one recorded to today's: first what that one has left to be taken
 * away, then the difference, as steps between which both versions serve. `before`: undefined for the first migration.
 * Throws the Problem `duplicate-name` where two tables or indexes would be called the same.
 */
export function planMigration(
  before: Manifest | undefined,
  pending: readonly Contraction[],
  after: Manifest,
  dialect: Dialect,
): MigrationPlan {
  checkNames(after)
  const nothing: Manifest = { ...after, models: {}, operations: {} }
  const last = before ?? nothing
  const { contracted, tables } = restored(pending, storedTables(last), after)
  const contraction = contractSteps(newDraft(last, last, dialect), contracted)
  const draft = newDraft(last, after, dialect)
  const changes = diffModels(tables, after)
  const raw = before ? undefined : after.database
  for (const sql of raw?.before ?? []) draft.expand.push(together('Make what the tables stand on', 'expand', [sql]))
  const installed = new Set(extensionsOf(tables, dialect))
  for (const name of extensionsOf(storedTables(after), dialect)) {
    if (installed.has(name)) continue
    draft.sentences.push(`The database has the extension ${name}.`)
    draft.expand.push(together(`Install the extension ${name}`, 'expand', [createExtension(dialect)(name)]))
  }
  addTables(draft, changes)
  for (const sql of raw?.after ?? []) draft.finish.push(together('Make what stands on the tables', 'expand', [sql]))
  const now = new Set(changes.flatMap((change) => (change.kind === 'add-table' ? [change.table.model] : [])))
  for (const table of storedTables(after)) {
    if (now.has(table.model)) continue
    const own = changes.filter((change) => change.table.model === table.model && change.kind !== 'remove-table')
    const renamed = own.find((change) => change.kind === 'rename-table')
    const from = renamed?.kind === 'rename-table' ? renamed.from : earlier(tables, table, after)
    if (from && own.length > 0) changeTable(draft, from, table, own)
    leaveNames(draft, table, from)
  }
  removeTables(draft, changes)
  const steps = [
    ...contraction,
    ...draft.expand,
    ...draft.backfill,
    ...draft.constrain,
    ...draft.refer,
    ...draft.finish,
  ]
  return { ...draft, steps: withPlace(steps), contracted }
}

const earlier = (tables: readonly StoredTable[], table: StoredTable, after: Manifest): StoredTable | undefined =>
  tables.find(({ model }) => model === table.model) ??
  tables.find(({ model, table: name }) => [model, name].includes(after.models[table.model]?.was ?? ''))

/** What was to be dropped and is declared again stays: its values are still there. */
function restored(pending: readonly Contraction[], tables: readonly StoredTable[], after: Manifest) {
  let known = tables
  const contracted = pending.filter((one) => {
    if (one.drop === 'parts') return false
    if (one.drop === 'name') return true
    if (one.drop === 'table') {
      const again = Object.values(after.models).some(
        ({ schema, table }) => table === one.table.table && schema === one.table.schema,
      )
      if (again) known = [...known, one.table]
      return !again
    }
    if (one.drop === 'choices') {
      const { type } = after.models[one.model]?.fields[one.field] ?? {}
      const now = type?.choices ?? type?.of?.choices ?? []
      const gone = one.gone ?? []
      if (one.renamed !== undefined || !gone.some((choice) => now.includes(choice))) return true
      known = known.map((table) =>
        table.model === one.model
          ? { ...table, columns: table.columns.map((column) => allowing(column, one.field, gone)) }
          : table,
      )
      return false
    }
    if (one.drop !== 'column' || one.copied !== undefined) return true
    const model = after.models[one.model]
    const again =
      model?.table === one.table && Object.values(model.fields).some(({ column }) => column === one.column.column)
    if (again)
      known = known.map((table) =>
        table.model === one.model
          ? { ...table, columns: [...table.columns, { ...one.column, optional: true as const }] }
          : table,
      )
    return !again
  })
  return { contracted, tables: known }
}

/** The column as it is held until its choices are narrowed. */
const allowing = (column: StoredColumn, field: string, choices: readonly string[]): StoredColumn =>
  column.field === field && column.choices ? { ...column, choices: [...column.choices, ...choices] } : column

/** New tables are empty: all of each at once, and then what names rows of others. */
function addTables(draft: Draft, changes: readonly Change[]): void {
  const added = changes.flatMap((change) => (change.kind === 'add-table' ? [change] : []))
  const names = new Set(added.map(({ table }) => table.model))
  for (const change of added) {
    draft.sentences.push(`${change.table.model} is new.`)
    draft.expand.push(together(`Create ${named(change.table)}`, 'expand', draft.change(change)))
  }
  for (const change of changes) {
    if (!names.has(change.table.model) || change.kind === 'add-table' || change.kind === 'remove-table') continue
    const target = change.kind === 'change-reference' && change.column.references?.model
    const other = target ? draft.after.models[target] : undefined
    if (change.kind !== 'change-reference') otherwise(draft, change)
    else {
      // A table that is there gets its key by tenant only now.
      const steps = change.column.references?.tenant && target && !names.has(target) ? draft.refer : draft.expand
      steps.push(
        together(
          `Hold the reference of ${named(change.table)}.${change.column.column}`,
          'expand',
          draft.change(change),
          {
            locks:
              other && target && !names.has(target)
                ? [{ table: named(other), mode: 'SHARE ROW EXCLUSIVE', work: 'none' }]
                : [],
          },
        ),
      )
    }
  }
}

const bytesStay =
  ' Their bytes stay where BEDE_FILES says, and nothing sweeps them any more: remove them when no version serves that keeps files, or let files: {} stand in app({ … }) until they have been swept.'

function removeTables(draft: Draft, changes: readonly Change[]): void {
  for (const { kind, table } of changes) {
    if (kind !== 'remove-table') continue
    const files = keepsFiles(draft.before, table.model)
    draft.losses.push({
      loss: named(table),
      says: `${table.model} is no longer declared: the table ${named(table)} with all its rows${files ? ', and the files that they have' : ''}.${table.model === platform.file ? bytesStay : ''}`,
      count: `select count(*) from ${draft.write.table(table)}`,
    })
    draft.sentences.push(
      `${table.model} is no longer declared. Its table ${named(table)} stays until the next migration, for the version before.`,
    )
    const names = table.columns.filter(({ references }) => references?.onDelete === undefined && references)
    draft.meetings.push({
      serves: true,
      says: `The version before goes on with ${named(table)}.${names.length > 0 ? ' Rows that it names cannot be deleted by either version until it is dropped.' : ''}`,
    })
    draft.later.push({ drop: 'table', table, ...(files && { files }) })
  }
}

/** Steps that run in batches need a place to note how far they are: before the first of them, and not after the last. */
function withPlace(steps: readonly PlannedStep[]): readonly PlannedStep[] {
  const first = steps.findIndex(({ run }) => run === 'batches')
  if (first < 0) return steps
  const last = steps.findLastIndex(({ run }) => run === 'batches')
  return [
    ...steps.slice(0, first),
    together('Make a note of how far the batches are', steps[first]?.phase ?? 'backfill', place.make),
    ...steps.slice(first, last + 1),
    together('Drop the note of how far the batches are', steps[last]?.phase ?? 'backfill', place.drop),
    ...steps.slice(last + 1),
  ]
}
