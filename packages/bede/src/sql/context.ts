import type { ValueType } from '../expr/value.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { keepsValues } from '../manifest/platform/history.ts'
import type { FieldDefinition, ModelDefinition } from '../model/definition.ts'
import { modelOf } from '../plan/scope.ts'
import type { Dialect } from './dialect.ts'
import { joinedKey } from './key.ts'
import type { Slot } from './slots.ts'

/** A model that the statement writes: the common table expressions that hold its rows. */
export interface WrittenModel {
  /** The rows as written (deleted: as they were). */
  readonly written?: string
  /** As seen after the statement, where more rows of the model change than those it is about. */
  readonly overlay?: string
  /** The rows about to be created. */
  readonly pending?: string
  /** Whether the written rows stand in the model's result (create, update) or are gone from it (delete). */
  readonly remain: boolean
  /** Whether stored rows are replaced or removed (update, delete, upsert). */
  readonly replaces: boolean
}

/** What compiling one statement gathers: its parameters, and what its row variables are. */
export interface SqlContext {
  readonly manifest: Manifest
  readonly dialect: Dialect
  readonly slots: Slot[]
  /** Row variable → model. */
  readonly rows: Map<string, string>
  /** Item variable → the SQL of the current item, as jsonb. */
  readonly items: Map<string, string>
  readonly writes: Map<string, WrittenModel>
  /** Row variables that stand for no stored row: field → SQL. */
  readonly computed: Map<string, ReadonlyMap<string, string>>
  /** Members of items, by the item's variable: those that are read in clear, and those that are written encrypted. */
  readonly read: { readonly as: string; readonly path: readonly string[] }[]
  readonly sealed: { readonly as: string; readonly path: readonly string[]; readonly each: readonly string[] }[]
}

export const newContext = (manifest: Manifest, dialect: Dialect): SqlContext => ({
  manifest,
  dialect,
  slots: [],
  rows: new Map(),
  items: new Map(),
  writes: new Map(),
  computed: new Map(),
  read: [],
  sealed: [],
})

/** The `$n` of a slot, cast to its type. The same slot is sent once; ids are told apart by their row. */
export function parameter(context: SqlContext, slot: Slot, type: ValueType): string {
  const key = JSON.stringify(slot)
  let at = context.slots.findIndex((known) => JSON.stringify(known) === key)
  if (at < 0) at = context.slots.push(slot) - 1
  return context.dialect.param(at + 1, type)
}

/** The statement's parameters. A member of an item that is written encrypted, and read nowhere, does not go along in clear. */
export const slotsOf = ({ slots, read, sealed }: SqlContext): readonly Slot[] =>
  slots.map((slot) => {
    if (slot.kind !== 'items') return slot
    const closed = sealed.filter(
      (one) =>
        one.each.join() === slot.path.join() &&
        !read.some(({ as, path }) => as === one.as && path.every((name, at) => name === one.path[at])),
    )
    return closed.length === 0 ? slot : { ...slot, closed: closed.map(({ path }) => path) }
  })

export const identifier = (context: SqlContext, name: string): string => context.dialect.identifier(name)

/** `"article"`, or `"bede"."bede_outbox"` for a platform table. */
export function table(context: SqlContext, model: ModelDefinition): string {
  const name = context.dialect.identifier(model.table)
  return model.schema === undefined ? name : `${context.dialect.identifier(model.schema)}.${name}`
}

export const modelIn = (context: SqlContext, name: string): ModelDefinition => modelOf(context.manifest, name)

export function fieldIn(context: SqlContext, model: string, name: string): FieldDefinition {
  const definition = modelIn(context, model)
  const field = Object.hasOwn(definition.fields, name) ? definition.fields[name] : undefined
  if (!field) throw new Error(`the plan names ${model}.${name}, which the manifest does not have`)
  return field
}

/** `"t0"."author_id"` */
export function column(
  context: SqlContext,
  row: string,
  name: string,
): { readonly sql: string; readonly type: ValueType } {
  const model = context.rows.get(row)
  if (model === undefined) throw new Error(`the plan uses the row '${row}' outside its scan`)
  const field = fieldIn(context, model, name)
  const computed = context.computed.get(row)?.get(name)
  if (computed !== undefined) return { sql: computed, type: field.type }
  if (field.type.kind === 'encrypted')
    return { sql: withRow(context, row, modelIn(context, model), field), type: field.type }
  if (field.type.parts) {
    const parts = field.type.parts.map((part) => column(context, row, part.field).sql)
    return { sql: joinedKey(field.type.parts, parts), type: field.type }
  }
  const sql = rawColumn(context, row, field)
  const { historyOf } = modelIn(context, model)
  if (historyOf !== undefined && (name === 'before' || name === 'after')) {
    return { sql: shownValues(sql, historyOf, context), type: field.type }
  }
  return {
    sql: field.native === undefined ? sql : context.dialect.native.read(sql, field.native, field.type),
    type: field.type,
  }
}

/**
 * An encrypted value as it is shown, to be opened on its way out: behind the id of the row that it belongs to, and behind
 * that one's length, so that neither can pass for a part of the other (class 118).
 */
function withRow(context: SqlContext, row: string, { id, fields }: ModelDefinition, field: FieldDefinition): string {
  const name = `${identifier(context, row)}.${identifier(context, fields[id]?.column ?? id)}`
  return `(length(${name}::text)::text || ' ' || ${name}::text || ${rawColumn(context, row, field)})`
}

/** What is stored in the column, whatever it is. */
export function storedText(context: SqlContext, row: string, name: string): string {
  const model = context.rows.get(row) ?? ''
  return context.computed.get(row)?.get(name) ?? rawColumn(context, row, fieldIn(context, model, name))
}

/** Of the values that were kept, those of fields that may still be shown to everybody who sees the row. */
function shownValues(sql: string, of: string, context: SqlContext): string {
  const rules = context.manifest.policies[of]?.fields ?? {}
  const shown = Object.entries(modelIn(context, of).fields)
    .filter(([name, definition]) => keepsValues(definition) && rules[name]?.read === undefined)
    .map(([name]) => context.dialect.literal(name, { kind: 'text' }))
  return `(select jsonb_object_agg("e"."key", "e"."value") from jsonb_each(${sql}) "e" where "e"."key" = any(array[${shown.join(', ')}]::text[]))`
}

/** The column as it is stored. */
export const rawColumn = (context: SqlContext, row: string, field: FieldDefinition): string =>
  `${identifier(context, row)}.${identifier(context, field.column)}`

/** A value as it is written to a field's column. */
export const asStored = (context: SqlContext, sql: string, { native }: FieldDefinition): string =>
  native === undefined ? sql : `(${sql})::${context.dialect.native.cast(native)}`

/** The fields of a model that have a column. */
export const storedFields = (model: ModelDefinition): readonly (readonly [string, FieldDefinition])[] =>
  Object.entries(model.fields).filter(([, { type }]) => type.parts === undefined)

/** Every column of a model, in the order of its declaration: never `*`, another version's columns may be there too. */
export const columns = (context: SqlContext, model: ModelDefinition, row?: string): string =>
  storedFields(model)
    .map(([, field]) => (row === undefined ? '' : `${identifier(context, row)}.`) + identifier(context, field.column))
    .join(', ')
