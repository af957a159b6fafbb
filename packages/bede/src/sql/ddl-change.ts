import { LONGEST_NAME_BYTES } from '../manifest/database-name.ts'
import type { Change } from '../manifest/diff.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { StoredColumn, StoredTable } from '../manifest/stored.ts'
import { tableWriter } from './ddl.ts'
import type { Dialect } from './dialect.ts'
import { createExtension, extensionsOf } from './extension.ts'
import { checkName, choiceName, foreignKeyName, indexName, primaryKeyName } from './names.ts'
import { createSearchTrigger, dropSearchTrigger, searchTriggerName } from './search-trigger.ts'

const destroying = ({ kind, table }: Change): Error =>
  new Error(`the change ${kind} of ${table.model} would destroy data`)

/** The statements that make one change of {@link diffModels}. Destructive ones are refused: they are not written here. */
export type ChangeWriter = (change: Change) => readonly string[]

export function changeWriter(manifest: Manifest, dialect: Dialect): ChangeWriter {
  const { identifier } = dialect
  const write = tableWriter(manifest, dialect)
  const alter = (table: StoredTable, clause: string): string => `alter table ${write.table(table)} ${clause}`
  const drop = (table: StoredTable, constraint: string): string =>
    alter(table, `drop constraint ${identifier(constraint)}`)
  const rename = (table: StoredTable, from: string, to: string): readonly string[] =>
    from === to ? [] : [alter(table, `rename constraint ${identifier(from)} to ${identifier(to)}`)]
  const inSchema = (table: StoredTable, name: string): string =>
    table.schema === undefined ? identifier(name) : `${identifier(table.schema)}.${identifier(name)}`

  /** The database names the sequence of a counted column itself. Longer names it cuts its own way: those stay as they are. */
  const renameSequence = (table: StoredTable, from: string, to: string): readonly string[] =>
    Buffer.byteLength(from) > LONGEST_NAME_BYTES || Buffer.byteLength(to) > LONGEST_NAME_BYTES
      ? []
      : [`alter sequence if exists ${inSchema(table, from)} rename to ${identifier(to)}`]

  const renameSearch = (table: StoredTable, from: StoredTable): readonly string[] => {
    const [before, after] = [searchTriggerName(from.table), searchTriggerName(table.table)]
    return [
      `alter trigger ${identifier(before)} on ${write.table(table)} rename to ${identifier(after)}`,
      `alter function ${inSchema(table, before)}() rename to ${identifier(after)}`,
    ]
  }

  /** The trigger takes the words of every row that is written. */
  const refill = ({ table, column }: { readonly table: StoredTable; readonly column: StoredColumn }): string =>
    `update ${write.table(table)} set ${identifier(column.column)} = ''`

  return (change) => {
    const { table } = change
    switch (change.kind) {
      case 'add-table':
        return [
          ...(table.schema === undefined ? [] : [`create schema if not exists ${identifier(table.schema)}`]),
          write.createTable(table),
          ...extensionsOf([table], dialect).map(createExtension(dialect)),
          ...table.indexes.map((index) => write.createIndex(table, index)),
        ]
      case 'rename-table': {
        const { from } = change
        return [
          `alter table ${write.table(from)} rename to ${identifier(table.table)}`,
          ...rename(table, primaryKeyName(from.table), primaryKeyName(table.table)),
          ...from.columns.flatMap(({ identity, column }) =>
            identity ? renameSequence(table, `${from.table}_${column}_seq`, `${table.table}_${column}_seq`) : [],
          ),
          ...from.columns.flatMap(({ column, references, choices }) => [
            ...(references
              ? rename(table, foreignKeyName(from.table, column), foreignKeyName(table.table, column))
              : []),
            ...(choices ? rename(table, choiceName(from.table, column), choiceName(table.table, column)) : []),
          ]),
          ...from.checks.flatMap(({ name }) =>
            rename(table, checkName(from.table, name), checkName(table.table, name)),
          ),
          ...(from.columns.some(({ search }) => search) ? renameSearch(table, from) : []),
        ]
      }
      case 'rename-column': {
        const [from, to] = [change.from.column, change.column.column]
        return [
          alter(table, `rename column ${identifier(from)} to ${identifier(to)}`),
          ...(change.from.identity
            ? renameSequence(table, `${table.table}_${from}_seq`, `${table.table}_${to}_seq`)
            : []),
          ...(change.from.references
            ? rename(table, foreignKeyName(table.table, from), foreignKeyName(table.table, to))
            : []),
          ...(change.from.choices ? rename(table, choiceName(table.table, from), choiceName(table.table, to)) : []),
        ]
      }
      case 'add-column':
        return [
          alter(table, `add column ${write.column(table, change.column)}`),
          ...(change.column.choices ? [alter(table, `add ${write.choice(table, change.column)}`)] : []),
          ...(change.column.references ? [alter(table, `add ${write.foreignKey(table, change.column)}`)] : []),
          ...(change.column.search ? [...createSearchTrigger(table, change.column, dialect), refill(change)] : []),
        ]
      case 'remove-column':
        if (!change.column.search) throw destroying(change)
        return [
          ...dropSearchTrigger(table, table.table, dialect),
          alter(table, `drop column ${identifier(change.column.column)}`),
        ]
      case 'change-search':
        return [...createSearchTrigger(table, change.column, dialect), refill(change)]
      case 'change-optional': {
        const clause = change.column.optional ? 'drop not null' : 'set not null'
        return [alter(table, `alter column ${identifier(change.column.column)} ${clause}`)]
      }
      case 'change-default': {
        const initial = write.initial(change.column)
        const clause = initial === '' ? 'drop default' : `set${initial}`
        return [alter(table, `alter column ${identifier(change.column.column)} ${clause}`)]
      }
      case 'change-choices':
        return [
          ...(change.from.choices ? [drop(table, choiceName(table.table, change.column.column))] : []),
          ...(change.column.choices ? [alter(table, `add ${write.choice(table, change.column)}`)] : []),
        ]
      case 'change-reference':
        return [
          ...(change.from.references ? [drop(table, foreignKeyName(table.table, change.column.column))] : []),
          ...(change.column.references ? [alter(table, `add ${write.foreignKey(table, change.column)}`)] : []),
        ]
      case 'change-retention':
        return []
      case 'add-index':
        return [
          ...extensionsOf([{ ...table, indexes: [change.index] }], dialect).map(createExtension(dialect)),
          write.createIndex(table, change.index),
        ]
      case 'remove-index':
        if (change.index.constraint) return [drop(table, indexName(change.index.name))]
        return [`drop index ${inSchema(table, indexName(change.index.name))}`]
      case 'rename-index': {
        const [from, to] = [indexName(change.from.name), indexName(change.index.name)]
        return from === to ? [] : [`alter index ${inSchema(table, from)} rename to ${identifier(to)}`]
      }
      case 'add-kept':
        return [write.kept(table, change.kept)]
      case 'remove-kept':
        return change.kept.kind === 'index'
          ? [`drop index ${inSchema(table, change.kept.name)}`]
          : [drop(table, change.kept.name)]
      case 'add-check':
        return [alter(table, `add ${write.check(table, change.check)}`)]
      case 'remove-check':
        return [drop(table, checkName(table.table, change.check.name))]
      default:
        throw destroying(change)
    }
  }
}
