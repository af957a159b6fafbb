import { databaseName } from '../../manifest/database-name.ts'
import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import type { Dialect } from '../dialect.ts'

type TableName = Pick<StoredTable, 'schema' | 'table'>

export const syncName = ({ table }: TableName, column: string): string => databaseName('bede_sync', table, column)
/** Triggers fire in the order of their names: what fills may look at what was kept in step. */
export const fillName = ({ table }: TableName, column: string): string => databaseName('bede_then_fill', table, column)

const tableOf = ({ schema, table }: TableName, { identifier }: Dialect): string =>
  schema === undefined ? identifier(table) : `${identifier(schema)}.${identifier(table)}`

/** A trigger before each insert and update, with its function in Bede's own schema; it sees the row alone. */
export function createTrigger(table: TableName, name: string, body: string, dialect: Dialect): readonly string[] {
  const id = dialect.identifier(name)
  return [
    'create schema if not exists "bede"',
    `create or replace function "bede".${id}() returns trigger language plpgsql set search_path = pg_catalog as $bede$
begin
  ${body}
  return new;
end
$bede$`,
    `create or replace trigger ${id} before insert or update on ${tableOf(table, dialect)} for each row execute function "bede".${id}()`,
  ]
}

export const dropTrigger = (table: TableName, name: string, dialect: Dialect): readonly string[] => [
  `drop trigger if exists ${dialect.identifier(name)} on ${tableOf(table, dialect)}`,
  `drop function if exists "bede".${dialect.identifier(name)}()`,
]

/**
 * Keeps two columns in step, whichever of them a version writes. `forward` and `back` make the value of one from the
 * other; a value that reads the same both ways is left as it was written.
 */
export function keepInStep(
  {
    from,
    to,
    forward,
    back,
    bothWays,
  }: {
    readonly from: Pick<StoredColumn, 'column' | 'type'>
    readonly to: Pick<StoredColumn, 'column' | 'type'>
    readonly forward: (sql: string) => string
    readonly back: (sql: string) => string
    readonly bothWays: boolean
  },
  { identifier, differ }: Dialect,
): string {
  const [o, n] = [`new.${identifier(from.column)}`, `new.${identifier(to.column)}`]
  const ahead = forward(o)
  if (!bothWays) return `${n} := ${ahead};`
  const behind = `if ${differ(n, ahead, to.type)} then ${o} := ${back(n)}; end if;`
  return `if tg_op = 'INSERT' then
    if ${n} is null then ${n} := ${ahead}; else ${behind} end if;
  elsif ${differ(n, `old.${identifier(to.column)}`, to.type)} then ${behind}
  elsif ${differ(o, `old.${identifier(from.column)}`, from.type)} or ${n} is null then ${n} := ${ahead};
  end if;`
}
