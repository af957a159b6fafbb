import type { Connection } from '../driver.ts'

/** One thing that a database's catalog says, in PostgreSQL's own words. */
export interface CatalogEntry {
  readonly kind: 'table' | 'view' | 'type' | 'null' | 'default' | 'index' | 'constraint' | 'trigger'
  readonly schema: string
  readonly table: string
  /** Of the column, index, constraint or trigger; empty for the table itself. */
  readonly name: string
  readonly says: string
}

/** Of a table: what stands between the index's name and its method is the table, which has a field of its own. */
const indexSays = String.raw`regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .*? ON .*? USING ', '\1')`

/** What belongs to an extension is the extension's matter. */
const owned =
  "exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')"

const description = `
with tables as (
  select c.oid, n.nspname, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any (array(select jsonb_array_elements_text($1::jsonb)))
    and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and not ${owned}
), columns as (
  select t.nspname, t.relname, a.*, d.adbin, d.adrelid from tables t
  join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
  where t.relkind in ('r', 'p')
)
select case when relkind in ('r', 'p') then 'table' else 'view' end, nspname, relname, '', '' from tables
union all
select 'type', nspname, relname, attname, format_type(atttypid, atttypmod)
  || coalesce((select ' collate ' || quote_ident(collname) from pg_collation c where c.oid = attcollation and c.collname <> 'default'), '')
  from columns
union all
select 'null', nspname, relname, attname, case when attnotnull then 'required' else 'optional' end from columns
union all
select 'default', nspname, relname, attname, case
    when attidentity <> '' then 'numbered by the database'
    when attgenerated <> '' then 'generated as ' || pg_get_expr(adbin, adrelid)
    else coalesce(pg_get_expr(adbin, adrelid), 'none') end from columns
union all
select 'index', t.nspname, t.relname, c.relname, ${indexSays} || case when i.indisvalid then '' else ' (not finished)' end
  from tables t join pg_index i on i.indrelid = t.oid join pg_class c on c.oid = i.indexrelid
  where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
union all
select 'constraint', t.nspname, t.relname, k.conname, pg_get_constraintdef(k.oid)
  from tables t join pg_constraint k on k.conrelid = t.oid where k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0
union all
select 'trigger', t.nspname, t.relname, g.tgname, pg_get_triggerdef(g.oid)
    || case when g.tgname like 'bede\\_then\\_search\\_%' then (select ' /* ' || md5(prosrc) || ' */' from pg_proc where oid = g.tgfoid) else '' end
  from tables t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal
order by 2, 3, 1, 4`

const kinds: Readonly<Record<string, CatalogEntry['kind']>> = {
  table: 'table',
  view: 'view',
  type: 'type',
  null: 'null',
  default: 'default',
  index: 'index',
  constraint: 'constraint',
  trigger: 'trigger',
}

/** Everything the catalog says about the tables of these schemas. For use inside a transaction, whose path it empties. */
export async function describeCatalog(
  transaction: Connection,
  schemas: readonly string[],
): Promise<readonly CatalogEntry[]> {
  await transaction.script("set local search_path = ''") // so that every name is written with its schema
  const rows = await transaction.query({
    sql: description,
    params: [JSON.stringify(schemas)],
    shape: ['kind', 'schema', 'table', 'name', 'says'],
  })
  return rows.map(([kind, schema, table, name, says]) => ({
    kind: kinds[kind ?? ''] ?? 'table',
    schema: schema ?? '',
    table: table ?? '',
    name: name ?? '',
    says: says ?? '',
  }))
}
