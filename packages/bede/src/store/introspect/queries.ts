/** The objects of a person: not the catalog's, not Bede's, not an extension's. `{oid}` is theirs, `{class}` their catalog. */
const owned = (alias: string, catalog: string, namespace: string): string =>
  `${namespace}.nspname not in ('pg_catalog', 'information_schema', 'bede') and ${namespace}.nspname !~ '^pg_(toast|temp)'` +
  ` and not exists (select 1 from pg_depend x where x.classid = '${catalog}'::regclass and x.objid = ${alias}.oid and x.deptype = 'e')`

const named = (n: string, name: string): string => `${n}.nspname || '.' || ${name}`

const relations = `select c.oid, n.nspname, c.relname, c.relkind, c.relispartition, c.reltuples, c.relpartbound
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${owned('c', 'pg_class', 'n')}`

const columns = `select coalesce(json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'base', format_type(b.oid, null),
    'builtin', bn.nspname = 'pg_catalog', 'array', b.is_array,
    'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = b.oid),
    'collation', case when a.attcollation <> t.typcollation then (select quote_ident(l.collname) from pg_collation l where l.oid = a.attcollation) end,
    'required', a.attnotnull or (t.typtype = 'd' and t.typnotnull),
    'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
    'computed', case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end,
    'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
    'comment', col_description(a.attrelid, a.attnum)) order by a.attnum), '[]')
  from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  cross join lateral (
    with recursive below(oid, typtype, typbasetype, typelem, typcategory, typlen, typnamespace, is_array, depth) as (
      select t.oid, t.typtype, t.typbasetype, t.typelem, t.typcategory, t.typlen, t.typnamespace, false, 0
      union all
      select y.oid, y.typtype, y.typbasetype, y.typelem, y.typcategory, y.typlen, y.typnamespace, w.is_array or w.typtype <> 'd', w.depth + 1
      from below w join pg_type y on y.oid = case when w.typtype = 'd' then w.typbasetype when w.typcategory = 'A' and w.typlen = -1 then w.typelem end
    ) select oid, is_array, typnamespace from below order by depth desc limit 1
  ) b join pg_namespace bn on bn.oid = b.typnamespace
  where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped`

const constraints = `select coalesce(json_agg(json_build_object(
    'name', k.conname, 'kind', k.contype, 'definition', pg_get_constraintdef(k.oid),
    'columns', (select coalesce(json_agg(a.attname order by u.n), '[]') from unnest(k.conkey) with ordinality u(attnum, n) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum),
    'target', (select ${named('fn', 'f.relname')} from pg_class f join pg_namespace fn on fn.oid = f.relnamespace where f.oid = k.confrelid),
    'targetColumns', (select coalesce(json_agg(a.attname order by u.n), '[]') from unnest(k.confkey) with ordinality u(attnum, n) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.attnum)
  ) order by k.conname), '[]') from pg_constraint k where k.conrelid = r.oid and k.contype in ('p', 'u', 'f', 'c', 'x')
    and k.conparentid = 0 and (not r.relispartition or k.coninhcount = 0)`

const indexes = `select coalesce(json_agg(json_build_object(
    'name', i.relname, 'definition', pg_get_indexdef(x.indexrelid), 'unique', x.indisunique,
    'columns', case when am.amname = 'btree' and x.indpred is null and x.indexprs is null and x.indisvalid
        and x.indnkeyatts = x.indnatts and i.reloptions is null
        and not exists (select 1 from unnest(x.indoption::int2[]) o where o <> 0)
        and not exists (select 1 from unnest(x.indclass::oid[]) o join pg_opclass p on p.oid = o where not p.opcdefault)
        and not exists (select 1 from unnest(x.indcollation::oid[], x.indkey::int2[]) o(collation_oid, attnum) join pg_attribute a on a.attrelid = x.indrelid and a.attnum = o.attnum where o.collation_oid <> a.attcollation)
        and pg_get_indexdef(x.indexrelid) !~ 'NULLS NOT DISTINCT'
      then (select json_agg(a.attname order by u.n) from unnest(x.indkey::int2[]) with ordinality u(attnum, n) join pg_attribute a on a.attrelid = x.indrelid and a.attnum = u.attnum) end
  ) order by i.relname), '[]') from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am am on am.oid = i.relam
  where x.indrelid = r.oid and not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
    and not exists (select 1 from pg_inherits h where h.inhrelid = x.indexrelid)`

const tables = `select coalesce(json_agg(json_build_object(
    'schema', r.nspname, 'name', r.relname, 'kind', r.relkind, 'comment', obj_description(r.oid, 'pg_class'), 'rows', r.reltuples,
    'partitioned', case when r.relkind = 'p' then pg_get_partkeydef(r.oid) end,
    'parent', case when r.relispartition then (select ${named('pn', 'p.relname')} from pg_inherits h join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = r.oid) end,
    'bound', case when r.relispartition then pg_get_expr(r.relpartbound, r.oid) end,
    'definition', case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) end,
    'reads', (select coalesce(json_agg(distinct ${named('vn', 'v.relname')}), '[]') from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass join pg_class v on v.oid = d.refobjid and v.relkind in ('v', 'm') and v.oid <> r.oid join pg_namespace vn on vn.oid = v.relnamespace where w.ev_class = r.oid),
    'columns', (${columns}), 'constraints', (${constraints}), 'indexes', (${indexes})
  ) order by r.nspname, r.relname), '[]') from (${relations}) r`

const enums = `select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', t.typname,
    'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)) order by n.nspname, t.typname), '[]')
  from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typtype = 'e' and ${owned('t', 'pg_type', 'n')}`

const domains = `select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', t.typname,
    'type', format_type(t.typbasetype, t.typtypmod), 'required', t.typnotnull, 'default', t.typdefault,
    'checks', (select coalesce(json_agg(json_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid)) order by k.conname), '[]') from pg_constraint k where k.contypid = t.oid)
  ) order by t.oid), '[]') from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typtype = 'd' and ${owned('t', 'pg_type', 'n')}`

const sequences = `select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname, 'type', format_type(s.seqtypid, null),
    'start', s.seqstart::text, 'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text, 'cycle', s.seqcycle,
    'owner', (select json_build_object('schema', tn.nspname, 'table', t.relname, 'column', a.attname) from pg_depend d join pg_class t on t.oid = d.refobjid join pg_namespace tn on tn.oid = t.relnamespace join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype = 'a' limit 1)
  ) order by n.nspname, c.relname), '[]') from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_sequence s on s.seqrelid = c.oid
  where c.relkind = 'S' and ${owned('c', 'pg_class', 'n')} and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'i')`

const functions = `select coalesce(json_agg(json_build_object('name', ${named('n', 'p.proname')},
    'definition', case
      when p.prokind in ('f', 'p', 'w') and l.lanname in ('sql', 'plpgsql') then pg_get_functiondef(p.oid)
      when p.prokind = 'a' and g.aggkind = 'n' and g.aggfinalfn = 0 and g.aggcombinefn = 0 and g.aggmtransfn = 0 then format('CREATE AGGREGATE %I.%I(%s) (SFUNC = %s, STYPE = %s%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), g.aggtransfn::regproc, format_type(g.aggtranstype, null), case when g.agginitval is null then '' else ', INITCOND = ' || quote_literal(g.agginitval) end) end,
    'early', exists (select 1 from pg_depend d where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid and (d.classid in ('pg_attrdef'::regclass, 'pg_type'::regclass) or (d.classid = 'pg_constraint'::regclass))) 
  ) order by p.prokind = 'a', p.oid), '[]') from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang left join pg_aggregate g on g.aggfnoid = p.oid
  where ${owned('p', 'pg_proc', 'n')}`

const others = `select coalesce(json_agg(o order by o.kind, o."on", o.name), '[]') from (
    select 'trigger' as kind, t.tgname as name, ${named('r', 'r.relname')} as "on", pg_get_triggerdef(t.oid) as definition
    from pg_trigger t join (${relations}) r on r.oid = t.tgrelid where not t.tgisinternal and t.tgparentid = 0
    union all select 'rule', w.rulename, ${named('r', 'r.relname')}, pg_get_ruledef(w.oid) from pg_rewrite w join (${relations}) r on r.oid = w.ev_class where w.rulename <> '_RETURN'
    union all select 'policy', p.polname, ${named('r', 'r.relname')}, null from pg_policy p join (${relations}) r on r.oid = p.polrelid
    union all select 'inheritance', ${named('pn', 'p.relname')}, ${named('r', 'r.relname')}, null from pg_inherits h join (${relations}) r on r.oid = h.inhrelid and not r.relispartition join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace
    union all select 'type', t.typname, null, null from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid where (t.typtype = 'r' or (t.typtype = 'c' and c.relkind = 'c')) and ${owned('t', 'pg_type', 'n')}
    union all select 'extension', e.extname, null, format('CREATE EXTENSION IF NOT EXISTS %I', e.extname) from pg_extension e where e.extname <> 'plpgsql'
    union all select 'event trigger', e.evtname, null, null from pg_event_trigger e
  ) o`

/** One statement that answers with one JSON text per part. */
export const catalogSql = `select current_setting('server_version_num') as version, (${tables})::text as tables, (${enums})::text as enums, (${domains})::text as domains, (${sequences})::text as sequences, (${functions})::text as functions, (${others})::text as others`

export const catalogShape = ['version', 'tables', 'enums', 'domains', 'sequences', 'functions', 'others'] as const
