import { kebab, plural } from '../../manifest/exposed/address.ts'
import { looksSecret } from './column.ts'
import type { TakenModel } from './design.ts'
import { braces, brackets, literal } from './source.ts'

const reads = ['list', 'get'] as const

/** What can be opened: rows that cannot be told apart are listed, and views are read. */
function operationsOf({ readonly, id, fields }: TakenModel): readonly string[] {
  const named = !('of' in id) || id.of.length > 0
  if (!named) return ['list']
  if (readonly) return reads
  const parts = 'of' in id ? id.of : []
  const changeable = fields.some(
    ({ name, column }) => !parts.includes(name) && column.computed === null && column.identity !== 'always',
  )
  return [...reads, 'create', ...(changeable ? ['update'] : []), 'delete']
}

/** `services/film.ts`: the policy, which lets nobody do anything, and a view of all columns that promise no secret. */
export function serviceFile(model: TakenModel): string {
  const { name, resource, id, fields, readonly } = model
  const rules = readonly ? ['read'] : ['read', 'create', 'update', 'delete']
  const shown = [
    ...('of' in id && id.of.length === 0 ? [] : [id.name]),
    ...fields.filter(({ column }) => !looksSecret(column.name)).map((field) => field.name),
  ]
  return [
    "import { nobody } from 'bede'",
    `import { ${resource} } from '../models/index.ts'`,
    '',
    '/** Nobody may do anything yet. Replace `nobody` by who may: `anyone`, `signedIn`, or a condition over row and actor. */',
    `export const ${name}Policy = ${resource}.policy(() => ({ ${rules.map((rule) => `${rule}: nobody`).join(', ')} }))`,
    '',
    `export const ${name}View = ${resource}.view(({ row }) => (${braces(shown.map((field) => `${field}: row.${field}`))}))`,
    '',
  ].join('\n')
}

/** The address of a model, where it is not the usual one: a name that is a plural already stays, and each is taken once. */
export function addressesOf(models: readonly TakenModel[]): ReadonlyMap<TakenModel, string | undefined> {
  const taken = new Set(['docs', 'health', 'auth', 'batch', 'graphql'])
  return new Map(
    models.map((model) => {
      const usual = plural(model.name)
      const wanted = /[^s]s$/.test(model.name) ? kebab(model.name) : usual
      let path = wanted
      for (let n = 2; taken.has(path); n++) path = `${wanted}-${n}`
      taken.add(path)
      return [model, path === usual ? undefined : path]
    }),
  )
}

/** `api/film.ts` */
export function apiFile(model: TakenModel, path: string | undefined): string {
  const { name, resource, fields, indexes } = model
  const firsts = new Set(indexes.map((index) => index.fields[0]))
  const indexed = fields.filter(
    ({ name: field, source, column, ref }) =>
      firsts.has(field) && (source.ordered || ref !== undefined) && !looksSecret(column.name),
  )
  const listed = (names: readonly string[]) => brackets(names.map(literal), '  ')
  const filter = indexed.map((field) => field.name)
  const sort = indexed.filter(({ ref }) => ref === undefined).map((field) => field.name)
  return [
    `import { ${resource} } from '../models/index.ts'`,
    `import { ${name}View } from '../services/${name}.ts'`,
    '',
    `export const ${name}Api = ${resource}.expose({`,
    ...(path === undefined ? [] : [`  path: ${literal(`/${path}`)},`]),
    `  view: ${name}View,`,
    `  operations: ${listed(operationsOf(model))},`,
    ...(filter.length > 0 ? [`  filter: ${listed(filter)},`] : []),
    ...(sort.length > 0 ? [`  sort: ${listed(sort)},`] : []),
    '})',
    '',
  ].join('\n')
}
