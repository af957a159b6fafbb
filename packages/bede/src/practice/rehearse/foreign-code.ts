import type { CopySource } from '../../store/copy/source.ts'
import { Problem } from '../../telemetry/problem.ts'

/** So many are named. */
const named = 5

/**
 * What a role made that has not the rights of ours. Functions, and expressions in indexes, checks, generated columns,
 * triggers and views: making them anew runs them, and on a copy they would be ours.
 */
const foreign = `
with other as (
  select oid, rolname from pg_roles
  where not rolsuper and not pg_has_role(oid, (select r.oid from pg_roles r where r.rolname = current_user), 'usage'))
select what || ' of ' || quote_ident(rolname) from (
  select 'the function ' || p.oid::regprocedure as what, p.proowner as owner, p.pronamespace as place from pg_proc p
  union all select 'the relation ' || c.oid::regclass, c.relowner, c.relnamespace from pg_class c where c.relkind in ('r', 'p', 'v', 'm')
  union all select 'the domain ' || t.oid::regtype, t.typowner, t.typnamespace from pg_type t where t.typtype = 'd'
) it join other on other.oid = owner join pg_namespace n on n.oid = place
where n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1 limit ${named}`

/**
 * Refuses to copy a database in which others could have left something to run with our rights: the Problem
 * `cannot-rehearse` names it. What superusers made, and roles that have our rights anyway, is trusted.
 */
export async function refuseForeignCode(source: CopySource): Promise<void> {
  const found = (await source.rows(foreign)).map(([what]) => what ?? '')
  if (found.length === 0) return
  throw new Problem('cannot-rehearse', {
    message: `The database holds what roles with fewer rights than this one have made: ${found.join(', ')}. On a copy it would run with the rights of this role. Nothing was copied.`,
    hint: 'Rehearse as the role that owns it (it needs createdb), or on made-up rows: bede migrate rehearse --rows 10000',
  })
}
