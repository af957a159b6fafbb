import { rule } from '../../declare/recorded.ts'
import { record } from '../../declare/recording.ts'
import { rowNamed } from '../../declare/rows.ts'
import type { Expr } from '../../expr/expr.ts'
import type { IndexDefinition, IndexMethod } from '../../model/definition.ts'
import type { AnyModel, IndexDeclaration } from '../../model/model.ts'
import type { Models } from '../../model/schema.ts'
import { searchName } from '../../model/search.ts'
import { deletedAtName } from '../../model/soft-delete.ts'
import { databaseName } from '../database-name.ts'
import { isIndexable, jsonPath } from '../json-path.ts'
import type { Mistakes } from '../mistakes.ts'
import { snake } from '../snake.ts'
import { usualIndex } from '../usual-index.ts'

/** An index that has no name yet. */
type Unnamed = Omit<IndexDefinition, 'name'> & { readonly name?: string }

/** The indexes of a model: those it states, and those that its unique fields and its refs bring. */
export const linkIndexes = (
  name: string,
  model: AnyModel,
  models: Models,
  { table, tenant }: { readonly table: string; readonly tenant: string | undefined },
  mistakes: Mistakes,
): IndexDefinition[] => {
  const { declaration } = model
  const fields = Object.entries(model.fields).flatMap(([field, member]) =>
    member.face === 'field' ? [{ field, member }] : [],
  )
  const types = Object.fromEntries(fields.map(({ field, member }) => [field, member]))
  const isPath = (path: string): boolean => isIndexable(jsonPath(types, path))
  const usualMethod = ([only = '', ...more]: readonly string[]): IndexMethod | undefined => {
    const member = types[only]
    return member && more.length === 0 && member.native === undefined ? usualIndex[member.type.kind] : undefined
  }
  /** Within a tenant everything is asked for, and unique, with the tenant first. */
  const within = (listed: readonly string[]): readonly string[] =>
    tenant === undefined || listed.includes(tenant) ? listed : [tenant, ...listed]
  const link = (
    option: 'index' | 'unique',
    { fields: listed, where, name: known, constraint, method, distance, global }: IndexDeclaration,
  ): Unnamed => {
    const place = `${name}.${option}`
    const how = method ?? usualMethod(listed)
    for (const field of listed) {
      if (fields.some((one) => one.field === field) || (option === 'index' && isPath(field))) continue
      const names = fields.map((one) => one.field)
      mistakes.unknown(place, 'unknown-model-field', `field of ${name}`, field, names)
    }
    const condition =
      where && mistakes.attempt(place, () => record(place, () => rule(where(rowNamed(models, name, 'row') as never))))
    const asStated = option === 'unique' ? global : known !== undefined || how !== undefined
    return {
      fields: asStated ? listed : within(listed),
      ...(known !== undefined && { name: known }),
      ...(option === 'index' && how && { method: how }),
      ...(option === 'index' && distance && { distance }),
      ...(option === 'unique' && { unique: true }),
      ...(option === 'unique' && constraint && { constraint }),
      ...(condition && { where: condition }),
    }
  }
  const key = fields.find(({ member }) => member.type.kind === 'id' && member.of === undefined)?.field
  const stated = [
    ...(tenant !== undefined && key !== undefined ? [{ fields: [tenant, key], tenantKey: true as const }] : []),
    ...fields
      .filter(({ member }) => member.unique)
      .map(
        ({ field, member }): Unnamed => ({
          fields: member.unique === 'global' ? [field] : within([field]),
          unique: true,
        }),
      ),
    ...declaration.unique.map((one) => link('unique', one)),
    ...declaration.index.map((one) => link('index', one)),
  ]
  const ofOurs = (member: (typeof fields)[number]['member']): boolean =>
    tenant !== undefined && tenantOf(models[member.type.model ?? '']) === tenantOf(model)
  /** An index of all rows that begins with the ref serves it too, or with the tenant where both name the same. */
  const serves = ({ field, member }: (typeof fields)[number], { fields: [first, second] }: Unnamed): boolean =>
    first === field || (first === tenant && second === field && ofOurs(member))
  const refs = fields.filter(
    ({ field, member }) =>
      member.type.kind === 'ref' &&
      // A column that was there before has the indexes it has.
      member.native === undefined &&
      member.constraint === undefined &&
      !stated.some((one) => one.where === undefined && one.method === undefined && serves({ field, member }, one)),
  )
  const words: readonly Unnamed[] = declaration.search ? [{ fields: [searchName], method: 'gin' }] : []
  // Of a row that all tenants share, those of one tenant are found by both.
  const byRef = ({ field, member }: (typeof fields)[number]): Unnamed => ({
    fields: tenant === undefined || field === tenant || ofOurs(member) ? [field] : [field, tenant],
  })
  const all = [...stated, ...words, ...refs.map(byRef)]
  if (!declaration.softDelete) return named(table, all)
  return named(table, [
    ...all.map((one) => (one.unique ? { ...one, living: true as const } : one)),
    { fields: [deletedAtName], where: isNotNull(deletedAtName) },
  ])
}

/** The model that names the tenants of a model's rows. */
const tenantOf = (model: AnyModel | undefined): string | undefined => {
  const { tenant } = model?.declaration ?? {}
  const member = tenant === undefined ? undefined : model?.fields[tenant]
  return member?.face === 'field' ? member.type.model : undefined
}

/** The deleted rows, which are listed and purged by their time. */
const isNotNull = (field: string): Expr => ({
  kind: 'call',
  fn: 'isNotNull',
  args: [{ kind: 'field', row: 'row', field }],
})

/** Each index once, under a name of its own: `['a', 'b']` and `['aB']` would have the same one. */
const named = (table: string, indexes: readonly Unnamed[]): IndexDefinition[] => {
  const different = new Map(
    indexes.map((one) => [
      JSON.stringify([one.fields, one.unique, one.method, one.distance, one.where, one.tenantKey]),
      one,
    ]),
  )
  const taken = new Set<string>()
  return [...different.values()].map((one) => {
    const parts = one.fields.map((field) => snake(field).replaceAll('.', '_'))
    const kind =
      one.unique || one.tenantKey ? ['key'] : [one.method ?? 'idx', ...(one.distance ? [snake(one.distance)] : [])]
    const usual = one.name ?? databaseName(table, ...parts, ...kind)
    let name = usual
    for (let n = 2; taken.has(name); n++) name = databaseName(usual, String(n))
    taken.add(name)
    return { ...one, name }
  })
}
