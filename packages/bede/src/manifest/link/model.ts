import { noField } from '../../declare/inputs.ts'
import { lift, rule } from '../../declare/recorded.ts'
import { record } from '../../declare/recording.ts'
import { rowNamed, typeOf } from '../../declare/rows.ts'
import type { Expr } from '../../expr/expr.ts'
import type { IdPart } from '../../expr/value.ts'
import type {
  CheckDefinition,
  FieldDefinition,
  ModelDefinition,
  PartitionDefinition,
  RelationDefinition,
} from '../../model/definition.ts'
import type { FieldDeclaration } from '../../model/field.ts'
import type { AnyModel, PartitionOptions } from '../../model/model.ts'
import type { Models } from '../../model/schema.ts'
import { searchName } from '../../model/search.ts'
import { deletedAt, deletedAtName } from '../../model/soft-delete.ts'
import type { ActorDefinition } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'
import { snake } from '../snake.ts'
import { linkFileRules } from './files.ts'
import { linkIndexes } from './indexes.ts'
import { linkTenant, stamped } from './tenant.ts'

const fieldDefinition = (
  field: FieldDeclaration,
  name: string,
  model: string,
  parts?: readonly IdPart[],
): FieldDefinition => {
  const {
    optional,
    nullable,
    default: value,
    unique,
    private: hidden,
    immutable,
    managed,
    onUpdate,
    onDelete,
    was,
    wasValues = field.item?.wasValues,
    min,
    max,
    pattern,
    column = field.of === undefined ? snake(name) : '',
    native,
    given,
    identity,
    computed,
    constraint,
  } = field
  return {
    type: parts ? { ...typeOf(field, model, name), parts } : typeOf(field, model, name),
    column,
    ...((optional || nullable) && { optional: true }),
    ...(value !== undefined && { default: value }),
    ...(unique && { unique: true as const }),
    ...(hidden && { private: hidden }),
    ...((immutable || computed !== undefined || field.type.kind === 'id') && { immutable: true }),
    ...(managed && { managed }),
    ...(onUpdate && { onUpdate }),
    ...(onDelete && { onDelete }),
    ...(was !== undefined && { was }),
    ...(wasValues && { wasValues }),
    ...(native !== undefined && { native }),
    ...(given && { given }),
    ...(identity !== undefined && { identity }),
    ...(computed !== undefined && { computed }),
    ...(constraint !== undefined && { constraint }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
  }
}

/** The fields that an id is made of, checked. */
const idParts = (
  name: string,
  id: string,
  of: readonly string[],
  model: AnyModel,
  mistakes: Mistakes,
): readonly IdPart[] =>
  of.flatMap((field) => {
    const part = own(model.fields, field)
    const place = `${name}.${id}`
    if (part === undefined)
      mistakes.unknown(place, 'unknown-model-field', `field of ${name}`, field, Object.keys(model.fields))
    else if (
      part.face !== 'field' ||
      part.type.kind === 'id' ||
      part.type.kind === 'secret' ||
      part.type.kind === 'encrypted' ||
      part.type.kind === 'json'
    )
      mistakes.add(place, 'invalid-declaration', `${name}.${field} cannot be part of an id`)
    else if (part.optional || part.nullable)
      mistakes.add(place, 'invalid-declaration', `${name}.${field} is optional, and an id has all its parts`)
    else return [{ field, type: typeOf(part, name, field) }]
    return []
  })

const own = <T>(map: { readonly [name: string]: T }, name: string): T | undefined =>
  Object.hasOwn(map, name) ? map[name] : undefined

/** The `ref` field a relation follows, checked; undefined after a mistake was noted. */
const followed = (place: string, model: string, by: string, models: Models, mistakes: Mistakes) => {
  const fields = own(models, model)?.fields ?? {}
  const field = own(fields, by)
  if (field === undefined) mistakes.unknown(place, 'unknown-model-field', `field of ${model}`, by, Object.keys(fields))
  else if (field.face !== 'field' || field.type.kind !== 'ref')
    mistakes.add(place, 'invalid-declaration', `${model}.${by} is not a ref`)
  else return field.type.model
  return undefined
}

const relations = (
  name: string,
  model: AnyModel,
  models: Models,
  mistakes: Mistakes,
): Record<string, RelationDefinition> => {
  const found: Record<string, RelationDefinition> = {}
  for (const [member, relation] of Object.entries(model.fields)) {
    const place = `${name}.${member}`
    if (relation.face === 'one') {
      const target = followed(place, name, relation.by, models, mistakes)
      if (target !== undefined) found[member] = { kind: 'one', model: target, field: relation.by }
    } else if (relation.face === 'many') {
      if (own(models, relation.target) === undefined) {
        mistakes.unknown(place, 'unknown-model', 'model', relation.target, Object.keys(models))
        continue
      }
      const target = followed(place, relation.target, relation.by, models, mistakes)
      if (target !== undefined && target !== name) {
        mistakes.add(place, 'mismatched-type', `${relation.target}.${relation.by} names a '${target}', not a '${name}'`)
      } else if (target !== undefined) found[member] = { kind: 'many', model: relation.target, field: relation.by }
    }
  }
  return found
}

const checks = (name: string, model: AnyModel, models: Models, mistakes: Mistakes): CheckDefinition[] =>
  Object.entries(model.declaration.check).flatMap(([check, callback]) => {
    const place = `${name}.check.${check}`
    const expr = mistakes.attempt(place, () =>
      record(place, () => rule(callback(rowNamed(models, name, 'row') as never))),
    )
    return expr === undefined ? [] : [{ name: check, expr }]
  })

/** Long enough that a weekend without the app makes no difference. */
const usualAhead = { day: 7, month: 3, year: 1 }
const partitionOf = ({ by, every, ahead, keep }: PartitionOptions<string>): PartitionDefinition => ({
  by,
  every,
  ahead: ahead ?? usualAhead[every],
  ...(keep !== undefined && { keep }),
})
/** What a migration gives the rows that have no value, or what the database computes, by field. */
const valuesOf = (
  option: 'backfill' | 'generated',
  name: string,
  model: AnyModel,
  models: Models,
  mistakes: Mistakes,
): ReadonlyMap<string, Expr> =>
  new Map(
    Object.entries(model.declaration[option] ?? {}).flatMap(([field, callback]) => {
      const place = `${name}.${option}.${field}`
      const member = own(model.fields, field)
      if (!callback) return []
      if (member?.face !== 'field') {
        mistakes.unknown(place, 'unknown-model-field', `field of ${name}`, field, Object.keys(model.fields))
        return []
      }
      const expr = mistakes.attempt(place, () =>
        record(place, () => lift(callback(rowNamed(models, name, 'row') as never), typeOf(member, name, field)).node),
      )
      return expr === undefined ? [] : [[field, expr] as const]
    }),
  )

const isSearchField = (member: AnyModel['fields'][string] | undefined): boolean =>
  member?.face === 'field' && member.type.kind === 'search'

/** The field says that it is generated, and the model says from what. */
const checkGenerated = (
  name: string,
  model: AnyModel,
  generated: ReadonlyMap<string, Expr>,
  mistakes: Mistakes,
): void => {
  for (const [field, member] of Object.entries(model.fields)) {
    const says = member.face === 'field' && member.generated === true
    if (says === Object.hasOwn(model.declaration.generated ?? {}, field)) continue
    const message = says ? `Nothing says what ${name}.${field} is generated from` : `${name}.${field} is not generated`
    const hint = says
      ? `Say it among the options of ${name}: generated: { ${field}: (row) => … }.`
      : 'Write generated: true in the field.'
    if (!generated.has(field) || !says) mistakes.add(`${name}.${field}`, 'invalid-declaration', message, hint)
  }
}

const faces: ReadonlySet<unknown> = new Set(['field', 'one', 'many'])

/** The models as the manifest has them; what names something that is not there is a mistake. */
export const linkModels = (
  models: Models,
  actor: ActorDefinition,
  mistakes: Mistakes,
): Record<string, ModelDefinition> => {
  const linked: Record<string, ModelDefinition> = {}
  for (const [name, model] of Object.entries(models)) {
    const { table = snake(name), schema, readonly, kept, partitioned, was } = model.declaration
    for (const [member, declared] of Object.entries(model.fields)) {
      if (faces.has(declared?.face)) continue
      const { message, hint } = noField(`${name}.${member}`, declared)
      mistakes.add(`${name}.${member}`, 'invalid-declaration', message, hint)
    }
    const key = new Set<string>()
    const backfill = valuesOf('backfill', name, model, models, mistakes)
    const generated = valuesOf('generated', name, model, models, mistakes)
    checkGenerated(name, model, generated, mistakes)
    const fields = Object.entries(model.fields).flatMap(([field, member]) => {
      if (member.face !== 'field') return []
      const parts = member.of && idParts(name, field, member.of, model, mistakes)
      for (const part of parts ?? []) key.add(part.field)
      const value = backfill.get(field)
      const from = generated.get(field)
      const file = member.file && linkFileRules(member.file, `${name}.${field}`, mistakes)
      const more = {
        ...(value && { backfill: value }),
        ...(from && { generated: from, immutable: true as const }),
        ...(file && { file }),
      }
      return [[field, { ...fieldDefinition(member, field, name, parts), ...more }] as const]
    })
    if (model.declaration.softDelete && (key.size > 0 || readonly)) {
      mistakes.add(name, 'invalid-declaration', 'softDelete needs an id of one column, and rows that can be written')
    }
    if (model.declaration.softDelete && model.fields[deletedAtName] !== deletedAt) {
      mistakes.add(
        `${name}.${deletedAtName}`,
        'reserved-name',
        `softDelete makes ${deletedAtName} itself`,
        'Take it out of the fields, or give it another name.',
      )
    }
    const { search } = model.declaration
    if (search && !isSearchField(model.fields[searchName])) {
      mistakes.add(
        `${name}.${searchName}`,
        'reserved-name',
        `The option search makes ${searchName} itself`,
        'Take it out of the fields, or give it another name.',
      )
    }
    const tenant = linkTenant(name, model, fields, actor, mistakes)
    const ids = fields.filter(([, field]) => field.type.kind === 'id').map(([field]) => field)
    if (ids.length !== 1) {
      mistakes.add(
        name,
        'invalid-declaration',
        ids.length === 0 ? `${name} has no id` : `${name} has ${ids.length} ids`,
        `Write id: id<'${name}'>().`,
      )
    }
    linked[name] = {
      table,
      ...(schema !== undefined && { schema }),
      id: ids[0] ?? 'id',
      fields: Object.fromEntries(
        fields.map(([field, one]) => {
          if (field === tenant?.field) return [field, stamped(one, tenant)]
          return [field, key.has(field) ? { ...one, immutable: true as const } : one]
        }),
      ),
      relations: relations(name, model, models, mistakes),
      indexes: linkIndexes(name, model, models, { table, tenant: tenant?.field }, mistakes),
      checks: checks(name, model, models, mistakes),
      ...(was !== undefined && { was }),
      ...(model.declaration.partition && { partition: partitionOf(model.declaration.partition) }),
      ...(model.declaration.history && { history: true as const }),
      ...(model.declaration.softDelete && { softDelete: deletedAtName }),
      ...(tenant && { tenant }),
      ...(search && { search: { field: searchName, ...search } }),
      ...(readonly !== undefined && { readonly }),
      ...(kept.length > 0 && { kept }),
      ...(partitioned !== undefined && { partitioned }),
    }
  }
  return linked
}
