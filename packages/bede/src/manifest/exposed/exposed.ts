import type { ExposedOperation } from '../../declare/expose.ts'
import type { Expr } from '../../expr/expr.ts'
import { cacheOf } from '../link/cache.ts'
import { group } from '../link/input.ts'
import type { CompiledOperation, InputField } from '../manifest.ts'
import { wholeKey, withoutTenant } from '../tenant.ts'
import { kebab } from './address.ts'
import { bulk } from './bulk.ts'
import { deletedOperations } from './deleted.ts'
import { nestedOf } from './nested.ts'
import { pastOperations } from './past.ts'
import {
  accepted,
  auth,
  createInputs,
  type Exposed,
  http,
  idEquals,
  idInput,
  oneRow,
  pageInputs,
  rowField,
  sent,
  updateInputs,
  viewOf,
} from './row.ts'
import { searchOrder } from './search.ts'

/** What reads answer with is the view that is exposed, and it says whether they may be kept. */
const kept = ({ exposure }: Exposed) => cacheOf({ kind: 'view', view: exposure.view, row: 'row' })

const list = (open: Exposed): CompiledOperation => {
  const { name, exposure, filters, policy, model } = open
  const { sort: found = {}, searched } = searchOrder(exposure.search)
  const choices = [...exposure.sort.flatMap((one) => [one, `-${one}`]), ...Object.keys(found)]
  const inputs: Record<string, InputField> = {
    ...filters.input,
    ...(choices.length > 0 && { sort: { type: { kind: 'choice', choices }, optional: true } }),
    ...pageInputs(open),
  }
  const where: Expr | undefined =
    filters.where.length > 0 ? { kind: 'call', fn: 'and', args: filters.where } : undefined
  const [first] = exposure.sort
  const timed =
    first !== undefined && (model.fields[first]?.type.kind === 'timestamp' || model.fields[first]?.type.kind === 'date')
  return {
    kind: 'read',
    auth: auth(policy.read),
    input: inputs,
    answers: {
      kind: 'page',
      from: { model: name, as: 'row', ...(where && { where }) },
      item: viewOf(open),
      page: {
        sort: { ...Object.fromEntries(exposure.sort.map((field) => [field, rowField(field)])), ...found },
        ...(searched && { searched }),
        defaultSort: first === undefined ? 'id' : timed ? `-${first}` : first,
        defaultLimit: exposure.limit.default,
        maxLimit: exposure.limit.max,
      },
    },
    ...kept(open),
    http: http('GET', open.base, { query: Object.fromEntries(Object.keys(inputs).map((input) => [input, [input]])) }),
  }
}

const get = (open: Exposed): CompiledOperation => ({
  kind: 'read',
  auth: auth(open.policy.read),
  input: { id: idInput(open) },
  answers: { kind: 'one', from: { model: open.name, as: 'row', where: idEquals(open) }, item: viewOf(open) },
  ...kept(open),
  http: oneRow(open, 'GET'),
})

/** Where what was created is found, if it can be read there. */
const location = ({ base, exposure }: Exposed): { readonly location?: string } =>
  exposure.operations.includes('get') ? { location: `${base}/:id` } : {}

const matched = ({ exposure }: Exposed): { readonly requireMatch?: true } =>
  exposure.requireMatch ? { requireMatch: true } : {}

/** The children that are written with the row. A relation and a field never share a name. */
const below = (open: Exposed, kind: 'create' | 'update') => {
  const { exposure, around } = open
  const found = nestedOf(open, exposure.nested, around, kind)
  const some = Object.keys(found.nested).length > 0
  return { inputs: some ? found.inputs : {}, nested: some ? { nested: found.nested } : {} }
}

const create = (open: Exposed): CompiledOperation => {
  const inputs = createInputs(open, 'create')
  const { inputs: children, nested } = below(open, 'create')
  return {
    kind: 'write',
    auth: auth(open.policy.create),
    input: { data: group({ ...inputs, ...children }) },
    write: { kind: 'create', model: open.name, values: sent(inputs) },
    ...nested,
    answers: viewOf(open),
    http: http('POST', open.base, { body: ['data'], ...location(open) }),
  }
}

const update = (open: Exposed): CompiledOperation => {
  const inputs = updateInputs(open)
  const { inputs: children, nested } = below(open, 'update')
  return {
    kind: 'write',
    auth: auth(open.policy.update?.from),
    input: { id: idInput(open), data: group({ ...inputs, ...children }) },
    ...nested,
    ...matched(open),
    write: { kind: 'update', model: open.name, target: idEquals(open), set: sent(inputs) },
    answers: viewOf(open),
    http: oneRow(open, 'PATCH', { body: ['data'], patch: true }),
  }
}

const remove = (open: Exposed): CompiledOperation => ({
  kind: 'write',
  auth: auth(open.policy.delete),
  input: { id: idInput(open) },
  ...matched(open),
  write: { kind: 'delete', model: open.name, target: idEquals(open), represents: viewOf(open) },
  http: oneRow(open, 'DELETE', { status: 204 }),
})

/** The fields by which an upsert knows a row: those stated, or the model's only choice. */
const keyOf = ({ model, exposure, mistakes, place, name }: Exposed): readonly string[] | undefined => {
  // A unique with a condition does not tell whether a row is there: there may be others beside it.
  const uniques = model.indexes.filter((index) => index.unique && !index.where).map(({ fields }) => fields)
  const shown = uniques.map((fields) => withoutTenant(model, fields).join(' + ')).join('; ')
  if (exposure.key !== undefined) {
    const whole = wholeKey(model, exposure.key)
    if (whole === undefined) {
      mistakes.add(
        `${place}.key`,
        'invalid-declaration',
        `${exposure.key.join(', ')} is no unique of ${name}`,
        `It has: ${shown || 'none'}.`,
      )
      return undefined
    }
    return whole
  }
  const [only, ...more] = uniques
  if (only !== undefined && more.length === 0) return only
  mistakes.add(
    `${place}.upsert`,
    'invalid-declaration',
    `By which fields does an upsert of ${name} know a row?`,
    uniques.length === 0
      ? `Give ${name} a unique, and say key: ['…'] with its fields.`
      : `Say key: ['…'] with the fields of one of its uniques: ${shown}.`,
  )
  return undefined
}

const upsert = (open: Exposed): CompiledOperation | undefined => {
  const inputs = createInputs(open, 'upsert')
  const key = keyOf(open)
  if (key === undefined) return undefined
  // The key stands in the address; what of it the server makes (the actor) is nowhere in the request.
  const named = key.filter((name) => Object.hasOwn(inputs, name))
  const path = `${open.base}${named.length > 0 ? '/by' : ''}${named.map((name) => `/${kebab(name)}/:${name}`).join('')}`
  const changeable = new Set(accepted(open, 'update').map(([name]) => name))
  const set = Object.fromEntries(
    Object.entries(sent(inputs)).filter(([name]) => changeable.has(name) && !key.includes(name)),
  )
  return {
    kind: 'write',
    auth: auth(open.policy.create),
    input: { data: group(inputs) },
    ...matched(open),
    write: { kind: 'create', model: open.name, values: sent(inputs), exists: { key, then: 'update', set } },
    answers: viewOf(open),
    http: http('PUT', path, {
      params: Object.fromEntries(named.map((name) => [name, ['data', name]])),
      body: ['data'],
      ...location(open),
    }),
  }
}

/** The operations an exposure can open; undefined after a mistake. */
export const exposed: Readonly<Record<ExposedOperation, (open: Exposed) => CompiledOperation | undefined>> = {
  list,
  get,
  create,
  update,
  delete: remove,
  upsert,
  ...bulk,
  ...deletedOperations,
  ...pastOperations,
}
