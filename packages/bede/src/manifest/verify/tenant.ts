import type { Expr } from '../../expr/expr.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import { platformSchema } from '../platform/names.ts'
import { tenantModel } from '../tenant.ts'
import { type Verifying, wrong } from './report.ts'
import { own } from './scope.ts'

/** Whose rows are, and that nothing but the actor says so. Place: `note.tenant`. */
export function verifyTenant(verifying: Verifying, name: string, model: ModelDefinition): void {
  const { tenant, fields, indexes, id } = model
  const place = `${name}.tenant`
  const add = (text: string, hint: string) => verifying.add(place, wrong('invalid-declaration', text, hint))
  const keys = indexes.filter(({ tenantKey }) => tenantKey)
  if (tenant === undefined) {
    if (keys.length > 0) add(`${name} has an index of tenants, and none`, 'Make the manifest again.')
    verifyLink(verifying, name, model)
    return
  }
  const field = own(fields, tenant.field)
  const of = tenantModel(model)
  if (field?.type.kind !== 'ref' || of === undefined || field.optional || model.schema === platformSchema) {
    add(
      `${name}.${tenant.field} does not say whose each row is`,
      `Name a field such as organizationId: ref('organization'), which every row has.`,
    )
    return
  }
  if (of === name) add(`A tenant of ${name} would be a ${name} itself`, 'Name a field that names another model.')
  const from = field.default
  if (!field.immutable || from?.kind !== 'actor' || from.field !== tenant.actor)
    add(`${name}.${tenant.field} is not taken from the actor's ${tenant.actor} for good`, 'Make the manifest again.')
  const known = own(verifying.manifest.actor.fields, tenant.actor)
  if (tenant.actor === 'id' || known?.type.kind !== 'ref' || known.type.model !== of)
    add(
      `The actor's ${tenant.actor} names no ${of}`,
      `Add ${tenant.actor}: ref('${of}', { optional: true }) to the actor.`,
    )
  const [key, ...more] = keys
  const whole = own(fields, id)?.type.parts === undefined
  const fits = key && more.length === 0 && key.fields.join() === [tenant.field, id].join() && !key.where && !key.method
  if (whole ? !fits : key !== undefined)
    add(`No index holds the rows of ${name} by tenant and id`, 'Make the manifest again.')
}

/** What joins rows of tenants is a tenant's too, or nothing could hold that both ends are of the same. */
function verifyLink(verifying: Verifying, name: string, { fields }: ModelDefinition): void {
  const { models } = verifying.manifest
  const ends = Object.entries(fields).flatMap(([field, { type }]) => {
    const target = type.kind === 'ref' && type.model !== undefined ? own(models, type.model) : undefined
    const of = target && tenantModel(target)
    return of === undefined ? [] : [{ field, of }]
  })
  const [first, second] = ends.filter(({ of }, _, all) => all.filter((one) => one.of === of).length > 1)
  if (!first || !second) return
  verifying.add(
    `${name}.tenant`,
    wrong(
      'invalid-declaration',
      `${first.field} and ${second.field} of ${name} name rows of tenants, and nothing holds that they are of the same`,
      `Add ${first.of}Id: ref('${first.of}') to ${name}, and tenant: '${first.of}Id' to its options.`,
    ),
  )
}

/** What is said of the tenant in a write: nothing, or that it is the actor's. */
export function verifyTenantValue(
  verifying: Verifying,
  place: string,
  { tenant }: ModelDefinition,
  field: string,
  value: Expr,
): void {
  if (field !== tenant?.field || (value.kind === 'actor' && value.field === tenant.actor)) return
  verifying.add(
    place,
    wrong(
      'server-made-field',
      `Whose a row is says the actor's ${tenant.actor}, and nothing else`,
      'Take it out: create fills it in. A handler writes elsewhere with the rights of the system.',
    ),
  )
}

/** An id that a caller chooses is taken, or not, by any tenant: the answer would tell of other tenants' rows. */
export function verifyGivenId(verifying: Verifying, place: string, name: string, model: ModelDefinition): void {
  if (!model.tenant) return
  verifying.add(
    place,
    wrong(
      'server-made-field',
      `Ids are unique over all tenants: who chooses one of a ${name} would hear which ones others have`,
      `Let the server make the id, and keep what callers choose in a field with unique: true, which holds within the tenant.`,
    ),
  )
}
