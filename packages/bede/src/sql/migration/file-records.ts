import type { Manifest } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { type StoredTable, storedTables } from '../../manifest/stored.ts'
import { fillStep } from './backfill.ts'
import type { Contraction } from './contraction.ts'
import type { Draft, PlannedStep } from './draft.ts'

/** Whether the rows of a model have files: those of one field of it, where one is named. */
export const keepsFiles = ({ models }: Manifest, model: string, field?: string): boolean => {
  const fields = Object.hasOwn(models, model) ? (models[model]?.fields ?? {}) : {}
  return Object.entries(fields).some(([name, { file }]) => file !== undefined && (field ?? name) === name)
}

/** The record of a file names the model of its row. The version before goes on with its own name for it. */
export function leaveNames(draft: Draft, table: StoredTable, from: StoredTable | undefined): void {
  if (!from || from.model === table.model || Object.hasOwn(draft.after.models, from.model)) return
  if (keepsFiles(draft.before, from.model)) draft.later.push({ drop: 'name', model: from.model, now: table.model })
}

/**
 * What becomes of the records of files. Those of a model that is called otherwise name it as it is called. Those of a
 * column or table that has been dropped are left without a field: nobody reaches them, and the next sweep removes them
 * with their bytes.
 */
export function fileSteps(draft: Draft, contracted: readonly Contraction[]): readonly PlannedStep[] {
  const tables = storedTables(draft.after)
  const record = tables.find(({ model }) => model === platform.file)
  const upload = tables.find(({ model }) => model === platform.upload)
  const { dialect } = draft
  const literal = (name: string): string => dialect.literal(name, { kind: 'text' })
  const names = contracted.flatMap((one) => (one.drop === 'name' ? [one] : []))
  const gone = contracted.flatMap((one): readonly Gone[] => {
    if (one.drop === 'table' && one.files) return [{ model: one.table.model }]
    return one.drop === 'column' && one.files ? [{ model: one.model, field: one.column.field }] : []
  })
  const renamed = (table: StoredTable | undefined): readonly PlannedStep[] => {
    if (!table || names.length === 0) return []
    const model = inRow(draft, table, 'model')
    const cases = names.map((one) => ` when ${literal(one.model)} then ${literal(one.now)}`)
    return [
      fillStep(table, {
        column: columnOf(table, 'model'),
        value: `case ${model}${cases.join('')} end`,
        where: `${model} in (${names.map((one) => literal(one.model)).join(', ')})`,
        title: `Let ${table === record ? 'files' : 'uploads'} of ${names.map((one) => one.model).join(', ')} be those of ${names.map(({ now }) => now).join(', ')}`,
        dialect,
        phase: 'contract',
      }),
    ]
  }
  const letGo = (table: StoredTable): PlannedStep => {
    const model = inRow(draft, table, 'model')
    const places = gone.map(
      (one) =>
        `${model} = ${literal(one.model)}${one.field === undefined ? '' : ` and ${inRow(draft, table, 'field')} = ${literal(one.field)}`}`,
    )
    return fillStep(table, {
      column: columnOf(table, 'field'),
      value: 'null',
      where: places.map((place) => `(${place})`).join(' or '),
      title: `Let go of the files of ${gone.map(({ model, field }) => (field === undefined ? model : `${model}.${field}`)).join(', ')}`,
      dialect,
      phase: 'contract',
    })
  }
  return [...renamed(record), ...renamed(upload), ...(record && gone.length > 0 ? [letGo(record)] : [])]
}

interface Gone {
  readonly model: string
  readonly field?: string
}

const columnOf = ({ columns }: StoredTable, field: string): string =>
  columns.find((one) => one.field === field)?.column ?? field

const inRow = ({ dialect }: Draft, table: StoredTable, field: string): string =>
  `"row".${dialect.identifier(columnOf(table, field))}`
