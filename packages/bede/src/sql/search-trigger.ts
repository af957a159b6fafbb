import { databaseName } from '../manifest/database-name.ts'
import type { StoredColumn, StoredTable } from '../manifest/stored.ts'
import type { Dialect } from './dialect.ts'

type TableName = Pick<StoredTable, 'schema' | 'table'>

/** Triggers fire in the order of their names: words are taken after a migration's triggers have filled their columns. */
export const searchTriggerName = (table: string): string => databaseName('bede_then_search', table)

const inSchema = ({ schema }: TableName, name: string, { identifier }: Dialect): string =>
  (schema === undefined ? '' : `${identifier(schema)}.`) + identifier(name)

/** The words of a row, as SQL; `of` names a column of it. */
export const wordsOf = ({ search }: StoredColumn, of: (column: string) => string, dialect: Dialect): string =>
  dialect.words(
    (search?.weights ?? []).map(([column, weight]) => [of(column), weight]),
    search?.language ?? 'simple',
  )

/**
 * The trigger that keeps a column of kind `search`, with its function beside the table. A generated column would be
 * shorter, and adding one to a table writes every row while nobody may read it; this is filled in batches.
 */
export function createSearchTrigger(table: TableName, column: StoredColumn, dialect: Dialect): readonly string[] {
  const { identifier } = dialect
  const name = searchTriggerName(table.table)
  const columns = [...(column.search?.weights ?? []).map(([source]) => source), column.column]
  const changed = columns.map((one) => `new.${identifier(one)} is distinct from old.${identifier(one)}`)
  return [
    `create or replace function ${inSchema(table, name, dialect)}() returns trigger language plpgsql set search_path = pg_catalog as $bede$
begin
  if tg_op = 'UPDATE' then
    if not (${changed.join(' or ')}) then return new; end if;
  end if;
  new.${identifier(column.column)} := ${wordsOf(column, (source) => `new.${identifier(source)}`, dialect)};
  return new;
end
$bede$`,
    `create or replace trigger ${identifier(name)} before insert or update on ${inSchema(table, table.table, dialect)} for each row execute function ${inSchema(table, name, dialect)}()`,
  ]
}

/** `named`: the table that the trigger is named for. */
export const dropSearchTrigger = (table: TableName, named: string, dialect: Dialect): readonly string[] => {
  const name = searchTriggerName(named)
  return [
    `drop trigger if exists ${dialect.identifier(name)} on ${inSchema(table, table.table, dialect)}`,
    `drop function if exists ${inSchema(table, name, dialect)}()`,
  ]
}
