import type { ModelDefinition } from '../model/definition.ts'
import type { Manifest } from './manifest.ts'

/** The model whose rows are the tenants of a model's rows. */
export const tenantModel = ({ fields, tenant }: ModelDefinition): string | undefined =>
  tenant === undefined || !Object.hasOwn(fields, tenant.field) ? undefined : fields[tenant.field]?.type.model

/**
 * The columns of the tenant in two models whose rows belong to tenants of the same model: a reference from one to the
 * other is held to both.
 */
export function sameTenant(
  from: ModelDefinition,
  to: ModelDefinition | undefined,
): { readonly column: string; readonly target: string } | undefined {
  const of = tenantModel(from)
  if (!to || of === undefined || of !== tenantModel(to) || !to.indexes.some(({ tenantKey }) => tenantKey))
    return undefined
  const [column, target] = [from, to].map(({ fields, tenant }) => fields[tenant?.field ?? '']?.column)
  return column === undefined || target === undefined ? undefined : { column, target }
}

/**
 * The fields of the unique index by which rows are known by `key`: what is unique within a tenant is known by the tenant
 * too, which nobody says. Undefined: they are not unique.
 */
export function wholeKey({ indexes, tenant }: ModelDefinition, key: readonly string[]): readonly string[] | undefined {
  const wanted = [...key].sort().join()
  const within = tenant && !key.includes(tenant.field) ? [...key, tenant.field].sort().join() : undefined
  const uniques = indexes.filter(({ unique, where }) => unique && !where).map(({ fields }) => fields)
  const named = (names: string | undefined) => uniques.find((fields) => [...fields].sort().join() === names)
  return named(wanted) ?? named(within)
}

/** The same fields without the tenant's, which is said of no row in particular. */
export const withoutTenant = ({ tenant }: ModelDefinition, fields: readonly string[]): readonly string[] =>
  fields.length > 1 ? fields.filter((field) => field !== tenant?.field) : fields

/** Where accounts belong to organizations, this field of the actor says in which of them it acts. */
const organizationOfActor = 'organizationId'

const known = new WeakMap<Manifest, ReadonlyMap<string, string>>()

/**
 * The fields of the actor that say in which tenant it acts, each with the model whose rows are those tenants: those that
 * models with `tenant` go by, and where accounts belong to organizations, the one that says in which of them.
 */
function tenancy(manifest: Manifest): ReadonlyMap<string, string> {
  const found = known.get(manifest)
  if (found) return found
  const all = new Map<string, string>()
  for (const model of Object.values(manifest.models)) {
    const of = tenantModel(model)
    if (model.tenant && of !== undefined) all.set(model.tenant.actor, of)
  }
  const { organizations } = manifest.identity ?? {}
  if (organizations) all.set(organizationOfActor, organizations.model)
  const sorted = new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)))
  known.set(manifest, sorted)
  return sorted
}

/** The fields of the actor that say in which tenant it acts. */
export const tenantsOfActor = (manifest: Manifest): readonly string[] => [...tenancy(manifest).keys()]

/**
 * The tenant in which an actor acts, as text: the model and the id, `organization:01J…`, or a list of such where it acts
 * in several kinds of tenants at once. It stays the same when the app gets another kind of tenants, or calls the actor's
 * field another name. Null: it acts in none, or the app has none.
 */
export function tenantOf(manifest: Manifest, actor: Readonly<Record<string, unknown>>): string | null {
  const all = [...tenancy(manifest)].flatMap(([field, model]) =>
    actor[field] == null ? [] : [`${model}:${String(actor[field])}`],
  )
  return all.length > 1 ? JSON.stringify(all.sort()) : (all[0] ?? null)
}
