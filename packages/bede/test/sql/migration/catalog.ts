import type { Connection } from '../../../src/store/driver.ts'

/** Everything in a database that its tables are made of, in words, sorted: two databases of one shape answer the same. What an extension brings is its own: one that is needed no more stays. */
export async function catalogOf(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.query({ sql: catalog, params: [], shape: ['what'] })
  return rows.map(([what]) => what ?? '').sort()
}

const own = "in (select oid from pg_namespace where nspname not like 'pg_%' and nspname <> 'information_schema')"
const catalog = `
  select format('column %s.%I %s%s collate %s identity %L default %s', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end, coalesce(l.collname, '-'), a.attidentity, coalesce(pg_get_expr(d.adbin, d.adrelid), '-'))
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_collation l on l.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace ${own} and a.attnum > 0 and not a.attisdropped
  union all
  select format('constraint %s %I %s%s', conrelid::regclass, conname, pg_get_constraintdef(oid), case when convalidated then '' else ' not validated' end)
    from pg_constraint where connamespace ${own} and contype <> 'n'
  union all
  select format('index %s%s', pg_get_indexdef(indexrelid), case when indisvalid then '' else ' invalid' end)
    from pg_index x join pg_class c on c.oid = x.indexrelid where c.relnamespace ${own}
  union all
  select format('relation %s %s', relkind, oid::regclass) from pg_class where relnamespace ${own} and relkind not in ('i', 't', 'I')
  union all
  select format('trigger %s', pg_get_triggerdef(t.oid)) from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not tgisinternal and c.relnamespace ${own}
  union all
  select format('function %s', p.oid::regprocedure) from pg_proc p where pronamespace ${own}
    and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')`

/** Takes everything out of a database. */
export const emptied = (connection: Connection): Promise<void> =>
  connection.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
