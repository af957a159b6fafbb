import type {
  LiveColumn,
  LiveConstraint,
  LiveIndex,
  LiveSchema,
  LiveTable,
} from '../../store/introspect/live-schema.ts'
import { type FieldSource, fieldSource, type KeyForm, keyForm } from './column.ts'
import { camel, Names, pascal } from './names.ts'

/** A table or view as a model. */
export interface TakenModel {
  readonly name: string
  /** What it is called where its policy and views are declared. */
  readonly resource: string
  readonly table: LiveTable
  readonly readonly?: 'view' | 'table'
  readonly id: TakenId
  readonly fields: readonly TakenField[]
  readonly relations: readonly TakenRelation[]
  readonly indexes: readonly TakenIndex[]
  readonly kept: { readonly constraints: readonly LiveConstraint[]; readonly indexes: readonly LiveIndex[] }
}

/** The primary key: one column of its own, or made of fields. */
export type TakenId =
  | { readonly name: string; readonly form: KeyForm; readonly column: LiveColumn }
  | { readonly name: string; readonly of: readonly string[] }

export interface TakenField {
  readonly name: string
  readonly column: LiveColumn
  readonly source: FieldSource
  /** It names a row of that model, as this constraint holds. */
  readonly ref?: { readonly model: string; readonly form: KeyForm; readonly constraint: LiveConstraint }
}

export type TakenRelation =
  | { readonly name: string; readonly kind: 'one'; readonly field: string }
  | { readonly name: string; readonly kind: 'many'; readonly model: string; readonly field: string }

export interface TakenIndex {
  readonly name: string
  readonly fields: readonly string[]
  readonly unique: boolean
  readonly constraint: boolean
}

export const addressOf = ({ schema, name }: Pick<LiveTable, 'schema' | 'name'>): string => `${schema}.${name}`

/** Names that stand beside the models in `models/index.ts`, or begin like the platform's own. */
const beside = [
  'models',
  'caller',
  'schema',
  'actorof',
  'defineSchema',
  'resources',
  'bede',
  'con',
  'prn',
  'aux',
  'nul',
]

const columnsOfEveryTable = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

/** Whether a table can be a model. A partition is part of its table. */
const isModel = ({ schema, name, parent, columns }: LiveTable): boolean =>
  parent === null &&
  columns.length > 0 &&
  ![schema, name].some((one) => columnsOfEveryTable.has(one)) &&
  !/^bede$/i.test(schema)

/** A table while its model is thought out. */
interface Draft {
  readonly name: string
  readonly table: LiveTable
  /** By column. */
  readonly names: ReadonlyMap<string, string>
  readonly taken: Names
  readonly id: TakenId
  /** By column. */
  readonly refs: Map<string, NonNullable<TakenField['ref']>>
}

/** Which models, fields and relations a database becomes. Every name is given here; nothing of it is SQL or source. */
export function designOf(live: LiveSchema): readonly TakenModel[] {
  const tables = live.tables.filter(isModel)
  const names = new Names(beside)
  const referred = new Set(tables.flatMap(({ constraints }) => constraints.map(({ target }) => target)))
  const drafts = tables.map((table): Draft => {
    const plain = camel(table.name, 'table')
    const name = names.take(plain, camel(`${table.schema} ${table.name}`, 'table'))
    const taken = new Names()
    const fields = new Map(table.columns.map((column) => [column.name, taken.take(camel(column.name, 'column'))]))
    const id = idOf(table, fields, taken, referred.has(addressOf(table)))
    return { name, table, names: fields, taken, id, refs: new Map() }
  })
  const byAddress = new Map(drafts.map((draft) => [addressOf(draft.table), draft]))
  for (const draft of drafts) findRefs(draft, byAddress)
  const relations = relationsOf(drafts)
  const resources = new Names(['Schema', 'Actor', 'Models', 'ActorOf', 'app'])
  return drafts.map((draft) => modelOf(draft, relations.get(draft) ?? [], resources))
}

const primaryKeyOf = ({ constraints }: LiveTable) => constraints.find(({ kind }) => kind === 'p')

function idOf(table: LiveTable, names: ReadonlyMap<string, string>, taken: Names, referred: boolean): TakenId {
  const key = primaryKeyOf(table)
  const columns = key?.columns ?? []
  const only = columns.length === 1 ? table.columns.find(({ name }) => name === columns[0]) : undefined
  const form = only && keyForm(only)
  const refers = table.constraints.some(
    ({ kind, columns: of }) => kind === 'f' && of.length === 1 && of[0] === only?.name,
  )
  // A key that names another row too is a ref; what other tables refer to is a column of its own.
  if (only && form && only.computed === null && (referred || !refers)) {
    return { name: names.get(only.name) ?? '', form, column: only }
  }
  const parts = columns.map((column) => table.columns.find(({ name }) => name === column))
  const named = parts.every((column) => column && canBePart(column))
  return { name: taken.take('id', 'key'), of: named ? columns.flatMap((column) => names.get(column) ?? []) : [] }
}

const canBePart = (column: LiveColumn): boolean => !['json', 'array'].includes(fieldSource(column).fn)

/** A foreign key of one column to a primary key of one column is a ref. */
function findRefs({ id, table, refs }: Draft, byAddress: ReadonlyMap<string, Draft>): void {
  for (const constraint of table.constraints) {
    const [name] = constraint.columns
    const target = byAddress.get(constraint.target ?? '')
    const column = table.columns.find((one) => one.name === name)
    if (constraint.kind !== 'f' || constraint.columns.length !== 1 || !target || !column || 'of' in target.id) continue
    if ('column' in id && id.column === column) continue
    const same = target.id.column.name === constraint.targetColumns[0] && keyForm(column) === target.id.form
    if (same && !refs.has(column.name)) refs.set(column.name, { model: target.name, form: target.id.form, constraint })
  }
}

/** From both ends of every ref, under names that are free. */
function relationsOf(drafts: readonly Draft[]): ReadonlyMap<Draft, readonly TakenRelation[]> {
  const found = new Map<Draft, TakenRelation[]>(drafts.map((draft) => [draft, []]))
  const byName = new Map(drafts.map((draft) => [draft.name, draft]))
  for (const draft of drafts) {
    for (const [column, { model }] of draft.refs) {
      const field = draft.names.get(column) ?? ''
      const short = field.replace(/(?:Id|Code|No|Key)$/, '')
      const wanted = short === field || short === '' ? [model, `${field}Row`] : [short, `${short}Row`]
      found.get(draft)?.push({ name: draft.taken.take(...wanted), kind: 'one', field })
    }
  }
  for (const draft of drafts) {
    const several = new Map<string, number>()
    for (const { model } of draft.refs.values()) several.set(model, (several.get(model) ?? 0) + 1)
    for (const [column, { model }] of draft.refs) {
      const target = byName.get(model)
      const field = draft.names.get(column) ?? ''
      const by = `${draft.name}By${pascal(field)}`
      const name = target?.taken.take(...((several.get(model) ?? 0) > 1 ? [by] : [draft.name, by])) ?? by
      if (target) found.get(target)?.push({ name, kind: 'many', model: draft.name, field })
    }
  }
  return found
}

function modelOf(draft: Draft, relations: readonly TakenRelation[], resources: Names): TakenModel {
  const { name, table, names, id, refs } = draft
  const isView = ['v', 'm', 'f'].includes(table.kind)
  const unnamed = 'of' in id && id.of.length === 0
  const fields = table.columns
    .filter((column) => !('column' in id && id.column === column))
    .map((column): TakenField => {
      const ref = refs.get(column.name)
      return { name: names.get(column.name) ?? '', column, source: fieldSource(column), ...(ref && { ref }) }
    })
  const { indexes, taken } = isView ? { indexes: [], taken: new Set<string>() } : indexesOf(table, names)
  return {
    name,
    resource: resources.take(pascal(name), `${pascal(name)}Rows`),
    table,
    ...(isView ? { readonly: 'view' as const } : unnamed ? { readonly: 'table' as const } : {}),
    id,
    fields,
    relations,
    indexes,
    kept: {
      constraints: isView ? [] : table.constraints.filter((one) => !taken.has(one.name)),
      indexes: isView ? [] : table.indexes.filter((one) => !taken.has(one.name)),
    },
  }
}

/** Indexes and unique constraints over plain columns, each once; all others are kept word for word. */
function indexesOf(table: LiveTable, names: ReadonlyMap<string, string>) {
  const indexes: TakenIndex[] = []
  const taken = new Set<string>()
  const known = new Set<string>()
  const add = (name: string, columns: readonly string[], unique: boolean, constraint: boolean): void => {
    const same = JSON.stringify([columns, unique])
    if (known.has(same)) return
    known.add(same)
    taken.add(name)
    indexes.push({ name, fields: columns.map((column) => names.get(column) ?? ''), unique, constraint })
  }
  for (const { kind, name, columns, definition } of table.constraints) {
    if (kind === 'u' && isPlainUnique(definition)) add(name, columns, true, true)
  }
  for (const { name, columns, unique } of table.indexes) if (columns) add(name, columns, unique, false)
  return { indexes, taken }
}

/** `UNIQUE (a, b)` and nothing before, between or behind. */
const isPlainUnique = (definition: string): boolean => /^UNIQUE \((?:"(?:[^"]|"")+"|[^"()])+\)$/.test(definition)
