import type { ValueType } from '../expr/value.ts'
import type {
  Default,
  FieldDefinition,
  IndexMethod,
  KeptDefinition,
  ModelDefinition,
  PartitionDefinition,
  VectorDistance,
} from '../model/definition.ts'
import { indexedRows } from './indexed-rows.ts'
import { type JsonPath, jsonPath } from './json-path.ts'
import type { Manifest } from './manifest.ts'
import { sameTenant } from './tenant.ts'

/**
 * What of a model a database holds: its tables, columns, indexes and constraints, and nothing that only the
 * application knows (lengths, patterns, who may see it). Plain JSON: a database records it, to be compared later.
 */
export interface StoredTable {
  readonly model: string
  readonly schema?: string
  readonly table: string
  /** The column of the primary key. */
  readonly key: string
  /** All of its columns, where there are several, or none. */
  readonly keys?: readonly string[]
  readonly columns: readonly StoredColumn[]
  readonly indexes: readonly StoredIndex[]
  readonly checks: readonly StoredCheck[]
  /** What stands in the database word for word. */
  readonly kept?: readonly KeptDefinition[]
  readonly partitioned?: string
  /** The span of one part, where the platform makes them. */
  readonly every?: PartitionDefinition['every']
  /** Older parts are dropped with their rows: so many are kept. */
  readonly retention?: number
}

export interface StoredColumn {
  readonly field: string
  readonly column: string
  /** Reduced to what decides the column's type: an email is stored as text is. */
  readonly type: ValueType
  readonly optional?: true
  readonly default?: Extract<Default, { kind: 'value' | 'now' | 'database' }>
  /** The database numbers the rows; `always`: and takes no other number. */
  readonly identity?: true | 'always'
  /** The type as the database writes it, in place of what `type` would become. */
  readonly native?: string
  /** What the database computes it from, as a check's rule. */
  readonly generated?: unknown
  /** What the database computes it from, word for word. */
  readonly computed?: string
  readonly choices?: readonly string[]
  readonly references?: StoredReference
  readonly search?: StoredSearch
}

/** The words of other columns, which a trigger keeps. */
export interface StoredSearch {
  readonly language: string
  /** Columns, each with the weight of its words, in the order of their names. */
  readonly weights: readonly (readonly [column: string, weight: string])[]
}

export interface StoredReference {
  readonly model: string
  readonly onDelete?: 'cascade' | 'set-null'
  /** The columns of the tenant, here and there: the row that is named belongs to the same. */
  readonly tenant?: { readonly column: string; readonly target: string }
}

export interface StoredIndex {
  readonly name: string
  readonly columns: readonly string[]
  readonly method?: IndexMethod
  readonly distance?: VectorDistance
  /** Of a column that holds documents: the member that is indexed, by the position of the column. */
  readonly members?: Readonly<Record<number, StoredMember>>
  /** Of an encrypted column: what it begins with is indexed, by the position of the column. */
  readonly digests?: readonly number[]
  readonly unique?: true
  readonly constraint?: true
  /** The condition of its rows, as a check's rule. */
  readonly where?: unknown
}

/** Whether an index keeps nothing unique that the primary key does not: references that name more than the id need it. */
export const isWithKey = (index: StoredIndex, { key }: StoredTable): boolean =>
  index.unique === true && index.columns.includes(key)

/** A member of a document, and how it is read. */
export type StoredMember = Pick<JsonPath, 'fn' | 'keys'>

/** A check's rule as JSON in which columns stand for fields, so that a renamed field is the same rule. */
export interface StoredCheck {
  readonly name: string
  readonly rule: unknown
}

/** The stored form of every model, in the order of their names. */
export function storedTables(manifest: Manifest): readonly StoredTable[] {
  return Object.keys(manifest.models)
    .filter((name) => manifest.models[name]?.readonly !== 'view')
    .sort()
    .map((name) => storedTable(name, manifest.models[name] as ModelDefinition, manifest.models))
}

function storedTable(model: string, definition: ModelDefinition, models: Manifest['models']): StoredTable {
  const columnOf = (field: string): string => definition.fields[field]?.column ?? field
  const pathIn = (field: string): JsonPath | undefined => jsonPath(definition.fields, field)
  const { partition } = definition
  return {
    model,
    ...(definition.schema !== undefined && { schema: definition.schema }),
    table: definition.table,
    key: columnOf(definition.fields[definition.id]?.type.parts?.[0]?.field ?? definition.id),
    ...keysOf(definition, columnOf),
    columns: Object.entries(definition.fields).flatMap(([field, column]) =>
      column.type.parts
        ? []
        : [
            {
              ...storedColumn(field, column, columnOf),
              ...referenceOf(field, definition, models),
              ...searchOf(field, definition, columnOf),
            },
          ],
    ),
    indexes: definition.indexes.map((index) => {
      const where = indexedRows(index, definition)
      return {
        name: index.name,
        columns: index.fields.map((field) => columnOf(pathIn(field)?.field ?? field)),
        ...membersOf(index.fields.map(pathIn)),
        ...digestsOf(index.fields, definition),
        ...(index.method && { method: index.method }),
        ...(index.distance && { distance: index.distance }),
        // Ids are unique anyhow; what refers to both columns needs to be told so. Nothing refers to rows in parts.
        ...((index.unique || (index.tenantKey && !partition)) && { unique: true as const }),
        ...(index.constraint && { constraint: index.constraint }),
        ...(where && { where: withFields(where, columnOf) }),
      }
    }),
    checks: definition.checks.map(({ name, expr }) => ({ name, rule: withFields(expr, columnOf) })),
    ...(definition.kept && { kept: definition.kept }),
    ...(definition.partitioned !== undefined && { partitioned: definition.partitioned }),
    ...(partition && {
      keys: [columnOf(definition.id), columnOf(partition.by)],
      partitioned: `RANGE ("${columnOf(partition.by).replaceAll('"', '""')}")`,
      every: partition.every,
      ...(partition.keep !== undefined && { retention: partition.keep }),
    }),
  }
}

const membersOf = (paths: readonly (JsonPath | undefined)[]): Pick<StoredIndex, 'members'> => {
  const members = paths.flatMap((path, at) => (path ? [[at, { fn: path.fn, keys: path.keys }] as const] : []))
  return members.length === 0 ? {} : { members: Object.fromEntries(members) }
}

const digestsOf = (names: readonly string[], { fields }: ModelDefinition): Pick<StoredIndex, 'digests'> => {
  const digests = names.flatMap((name, at) => (fields[name]?.type.kind === 'encrypted' ? [at] : []))
  return digests.length === 0 ? {} : { digests }
}

const keysOf = (
  { id, fields, indexes }: ModelDefinition,
  columnOf: (field: string) => string,
): Pick<StoredTable, 'keys'> => {
  const parts = fields[id]?.type.parts
  if (parts === undefined) return {}
  const names = parts.map(({ field }) => field)
  // A unique over the same fields is what tells the rows apart: there is no primary key beside it.
  const wanted = [...names].sort().join()
  const unique = indexes.some((one) => one.unique && !one.where && [...one.fields].sort().join() === wanted)
  return { keys: unique ? [] : names.map(columnOf) }
}

const searchOf = (
  field: string,
  { search }: ModelDefinition,
  columnOf: (field: string) => string,
): Pick<StoredColumn, 'search'> =>
  search?.field === field
    ? {
        search: {
          language: search.language,
          weights: Object.entries(search.weights)
            .map(([name, weight]) => [columnOf(name), weight] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        },
      }
    : {}

function storedColumn(field: string, definition: FieldDefinition, columnOf: (field: string) => string): StoredColumn {
  const { type, default: initial } = definition
  // A type of the database's own knows its values itself.
  const choices = definition.native === undefined ? (type.choices ?? type.of?.choices) : undefined
  return {
    field,
    column: definition.column,
    type: storedType(type),
    ...(definition.optional && { optional: true }),
    ...((initial?.kind === 'value' || initial?.kind === 'now' || initial?.kind === 'database') && { default: initial }),
    ...identityOf(definition),
    ...(definition.native !== undefined && { native: definition.native }),
    ...(definition.generated && { generated: withFields(definition.generated, columnOf) }),
    ...(definition.computed !== undefined && { computed: definition.computed }),
    ...(choices && { choices }),
  }
}

/** What the database holds of a reference; between rows that both belong to a tenant, that it is the same. */
function referenceOf(
  field: string,
  model: ModelDefinition,
  models: Manifest['models'],
): Pick<StoredColumn, 'references'> {
  const { type, constraint, onDelete } = model.fields[field] ?? {}
  if (type?.kind !== 'ref' || constraint !== undefined || type.model === undefined) return {}
  const within = sameTenant(model, models[type.model])
  return { references: { model: type.model, ...(onDelete && { onDelete }), ...(within && { tenant: within }) } }
}

function identityOf({ type, identity, default: initial }: FieldDefinition): Pick<StoredColumn, 'identity'> {
  if (identity !== undefined) return { identity: identity === 'always' ? identity : true }
  return type.kind === 'id' && type.integer && initial?.kind === 'generated' ? { identity: true } : {}
}

const textual: ReadonlySet<string> = new Set(['text', 'email', 'url', 'slug', 'choice', 'secret'])

function storedType(type: ValueType): ValueType {
  if (textual.has(type.kind)) return { kind: 'text' }
  switch (type.kind) {
    case 'id':
    case 'ref':
      return { kind: 'ref', ...(type.integer && { integer: true }), ...(type.text && { text: true }) }
    case 'decimal': {
      const { precision, scale } = type
      return { kind: 'decimal', ...(precision !== undefined && { precision }), ...(scale !== undefined && { scale }) }
    }
    case 'vector':
      return { kind: 'vector', ...(type.dimensions !== undefined && { dimensions: type.dimensions }) }
    case 'array':
      return { kind: 'array', ...(type.of && { of: storedType(type.of) }) }
    default:
      return { kind: type.kind }
  }
}

/** A copy of an expression in which every field of the row goes by another name. */
export function withFields(node: unknown, rename: (field: string) => string): unknown {
  if (Array.isArray(node)) return node.map((item) => withFields(item, rename))
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withFields(value, rename)]))
  return copy.kind === 'field' && typeof copy.field === 'string' ? { ...copy, field: rename(copy.field) } : copy
}
