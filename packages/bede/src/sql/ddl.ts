import type { Expr } from '../expr/expr.ts'
import { databaseName } from '../manifest/database-name.ts'
import { indexedRows } from '../manifest/indexed-rows.ts'
import type { Manifest } from '../manifest/manifest.ts'
import {
  type StoredCheck,
  type StoredColumn,
  type StoredIndex,
  type StoredMember,
  type StoredTable,
  storedTables,
} from '../manifest/stored.ts'
import type { KeptDefinition } from '../model/definition.ts'
import { newContext } from './context.ts'
import type { Dialect } from './dialect.ts'
import { digestOf } from './digest.ts'
import { compileExpr } from './expression.ts'
import { createExtension, extensionsOf } from './extension.ts'
import { checkName, choiceName, foreignKeyName, indexName, primaryKeyName } from './names.ts'
import { createSearchTrigger } from './search-trigger.ts'

/** Writes the tables of one manifest in one dialect. Every answer is whole statements or clauses, every name quoted. */
export interface TableWriter {
  /** `"article"`, or `"bede"."session"`. */
  table(table: StoredTable): string
  /** The table with its columns, primary key, choices and checks; indexes and foreign keys come after all tables. */
  createTable(table: StoredTable): string
  createIndex(
    table: StoredTable,
    index: StoredIndex,
    more?: { readonly name?: string; readonly concurrently?: boolean },
  ): string
  /** `"title" text not null default …` */
  column(table: StoredTable, column: StoredColumn): string
  /** ` default …`, or nothing. */
  initial(column: StoredColumn): string
  choice(table: StoredTable, column: StoredColumn): string
  check(table: StoredTable, check: StoredCheck, name?: string): string
  foreignKey(table: StoredTable, column: StoredColumn): string
  /** A statement that makes what the table keeps word for word. */
  kept(table: StoredTable, kept: KeptDefinition): string
}

/** The statements that make an empty database hold the models of a manifest, in order. */
export function createStatements(manifest: Manifest, dialect: Dialect): readonly string[] {
  const write = tableWriter(manifest, dialect)
  const tables = storedTables(manifest)
  const schemas = new Set(tables.flatMap(({ schema }) => schema ?? []))
  const kept = tables.flatMap((table) => (table.kept ?? []).map((one) => ({ table, one })))
  const [references, others] = [kept.filter(({ one }) => isForeign(one)), kept.filter(({ one }) => !isForeign(one))]
  return [
    ...[...schemas].map((schema) => `create schema if not exists ${dialect.identifier(schema)}`),
    ...extensionsOf(tables, dialect).map(createExtension(dialect)),
    ...(manifest.database?.before ?? []),
    ...tables.map((table) => write.createTable(table)),
    ...tables.flatMap((table) => table.indexes.map((index) => write.createIndex(table, index))),
    ...others.map(({ table, one }) => write.kept(table, one)),
    ...tables.flatMap((table) => foreignKeys(table, write)),
    ...references.map(({ table, one }) => write.kept(table, one)),
    ...(manifest.database?.after ?? []),
  ]
}

const isForeign = ({ definition }: KeptDefinition): boolean => /^foreign key/i.test(definition)

const foreignKeys = (table: StoredTable, write: TableWriter): readonly string[] =>
  table.columns
    .filter(({ references }) => references)
    .map((column) => `alter table ${write.table(table)} add ${write.foreignKey(table, column)}`)

export function tableWriter(manifest: Manifest, dialect: Dialect): TableWriter {
  const { identifier } = dialect
  const list = (columns: readonly string[]): string => columns.map(identifier).join(', ')
  const qualified = (schema: string | undefined, table: string): string =>
    schema === undefined ? identifier(table) : `${identifier(schema)}.${identifier(table)}`

  const write: TableWriter = {
    table: ({ schema, table }) => qualified(schema, table),
    createTable(table) {
      const parts = [
        ...table.columns.map((column) => write.column(table, column)),
        ...primaryKey(table),
        ...table.columns.filter(({ choices }) => choices).map((column) => write.choice(table, column)),
        ...table.checks.map((check) => write.check(table, check)),
      ]
      const spread = table.partitioned === undefined ? '' : ` partition by ${table.partitioned}`
      const filled = table.columns
        .filter(({ search }) => search)
        .flatMap((column) => createSearchTrigger(table, column, dialect))
      const create = `create table ${write.table(table)} (\n  ${parts.join(',\n  ')}\n)${spread}`
      if (table.every === undefined) return [create, ...filled].join(';\n')
      // Whatever its time, a row has a part to lie in.
      const rest = qualified(table.schema, databaseName(table.table, 'default'))
      const parted = `create table ${rest} partition of ${write.table(table)} default`
      return [create, parted, ...filled].join(';\n')
    },
    createIndex(table, index, more = {}) {
      const { name, unique, members = {}, digests = [] } = index
      if (index.constraint) {
        return `alter table ${write.table(table)} add constraint ${identifier(indexName(name))} unique (${list(index.columns)})`
      }
      const where = index.where === undefined ? '' : ` where (${condition(table, index)})`
      const kind = unique ? 'unique index' : 'index'
      const how = more.concurrently ? ' concurrently if not exists' : ''
      const { using, operators } = dialect.indexMethod(index) ?? { using: '', operators: '' }
      const over = index.columns
        .map((column, at) => (digests.includes(at) ? digest(column) : indexed(column, members[at])) + operators)
        .join(', ')
      return `create ${kind}${how} ${identifier(more.name ?? indexName(name))} on ${write.table(table)}${using} (${over})${where}`
    },
    column(table, column) {
      const when = column.identity === 'always' ? 'always' : 'by default'
      const identity = column.identity ? ` generated ${when} as identity` : ''
      const from = column.generated === undefined ? column.computed : generatedFrom(table, column)
      const computed = from === undefined ? '' : ` generated always as (${from}) stored`
      const required = column.optional ? '' : ' not null'
      return `${identifier(column.column)} ${column.native ?? dialect.columnType(column.type)}${required}${identity}${computed}${write.initial(column)}`
    },
    initial(column) {
      switch (column.default?.kind) {
        case 'now':
          return ` default ${dialect.now()}`
        case 'database':
          return ` default ${column.default.sql}`
        case 'value':
          return ` default ${dialect.literal(column.default.value, column.type)}`
        default:
          return ''
      }
    },
    choice(table, column) {
      const texts = (column.choices ?? []).map((choice) => dialect.literal(choice, { kind: 'text' }))
      const name = identifier(column.column)
      const rule =
        column.type.kind === 'array' ? `${name} <@ array[${texts.join(', ')}]` : `${name} in (${texts.join(', ')})`
      return `constraint ${identifier(choiceName(table.table, column.column))} check (${rule})`
    },
    check(table, check, name = checkName(table.table, check.name)) {
      return `constraint ${identifier(name)} check ((${rule(table, check)}) is true)`
    },
    kept(table, { kind, name, definition }) {
      return kind === 'index'
        ? definition
        : `alter table ${write.table(table)} add constraint ${identifier(name)} ${definition}`
    },
    foreignKey(table, column) {
      const reference = column.references
      const target = reference && manifest.models[reference.model]
      if (!target) throw new Error(`${table.model}.${column.field} refers to a model the manifest does not have`)
      const key = target.fields[target.id]?.column ?? target.id
      const { tenant } = reference
      const [own, other] = tenant
        ? [
            [column.column, tenant.column],
            [key, tenant.target],
          ]
        : [[column.column], [key]]
      // The row stays its tenant's.
      const only = tenant ? ` (${identifier(column.column)})` : ''
      const onDelete = { cascade: ' on delete cascade', 'set-null': ` on delete set null${only}`, none: '' }
      return (
        `constraint ${identifier(foreignKeyName(table.table, column.column))} foreign key (${list(own)})` +
        ` references ${qualified(target.schema, target.table)} (${list(other)})${onDelete[reference.onDelete ?? 'none']}`
      )
    },
  }

  /** What an encrypted column begins with. */
  const digest = (column: string): string => `(${digestOf(identifier(column), dialect)})`

  /** A column, or a member of the document in it. */
  function indexed(column: string, member: StoredMember | undefined): string {
    if (member === undefined) return identifier(column)
    const names = member.keys.map((key) => ({ sql: '', literal: key, type: { kind: 'text' } as const }))
    return `(${dialect.call(member.fn, [{ sql: identifier(column), type: { kind: 'json' } }, ...names])})`
  }

  function primaryKey({ table, key, keys = [key], kept = [] }: StoredTable): readonly string[] {
    if (keys.length === 0 || kept.some(({ definition }) => /^primary key/i.test(definition))) return []
    return [`constraint ${identifier(primaryKeyName(table))} primary key (${list(keys)})`]
  }

  function rule(table: StoredTable, check: StoredCheck): string {
    const definition = manifest.models[table.model]?.checks.find(({ name }) => name === check.name)
    if (!definition) throw new Error(`the manifest has no check ${table.model}.${check.name}`)
    return overRow(table, definition.expr)
  }

  function condition(table: StoredTable, index: StoredIndex): string {
    const model = manifest.models[table.model]
    const definition = model?.indexes.find(({ name }) => name === index.name)
    const where = model && definition && indexedRows(definition, model)
    if (!where) throw new Error(`the manifest has no condition of the index ${index.name}`)
    return overRow(table, where)
  }

  function generatedFrom(table: StoredTable, { field }: StoredColumn): string {
    const generated = manifest.models[table.model]?.fields[field]?.generated
    if (!generated) throw new Error(`the manifest does not say what ${table.model}.${field} is generated from`)
    return overRow(table, generated)
  }

  /** A constraint sees no other table, so its columns stand without the name of one. */
  function overRow(table: StoredTable, expr: Expr): string {
    const context = newContext(manifest, dialect)
    context.rows.set('row', table.model)
    context.computed.set('row', new Map(table.columns.map(({ field, column }) => [field, identifier(column)])))
    return compileExpr(expr as Parameters<typeof compileExpr>[0], context).sql
  }

  return write
}
