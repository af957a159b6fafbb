import type { RecordedNested } from '../../declare/nested.ts'
import type { Expr } from '../../expr/expr.ts'
import { group } from '../link/input.ts'
import type { CompiledOperation, Each, InputField, NestedWrite, Write } from '../manifest.ts'
import { createInputs, type Exposed, eq, rowField, updateInputs } from './row.ts'

type Around = Exposed['around']

/** How a parent takes its children: by the name of the relation. */
export interface Nested {
  readonly inputs: Record<string, InputField>
  readonly nested: Record<string, NestedWrite>
}

/** Children of one parent in one request, at each level. */
const mostChildren = 100
/** Levels below the exposed row. */
const mostLevels = 2

const each: Each = { path: ['rows'], as: 'row' }
const item = (path: readonly string[], type: InputField['type']): Expr => ({ kind: 'item', as: 'row', path, type })

/**
 * The inputs of a parent's children, and how each is written. `create`: the parent is new and its children are a list;
 * else they are `{ create, update, delete }`. Each level is a bulk write of its own, with the policies of its model.
 */
export function nestedOf(
  open: Exposed,
  declared: RecordedNested,
  around: Around,
  kind: 'create' | 'update',
  level = 1,
): Nested {
  const result: Nested = { inputs: {}, nested: {} }
  for (const [relation, allowed] of Object.entries(declared)) {
    const child = childOf(open, relation, around, level)
    if (!child) continue
    const { below, field } = child
    stated(below, allowed, kind)
    const deeper = (mode: 'create' | 'update') => nestedOf(below, allowed.nested ?? {}, around, mode, level + 1)
    const made = allowed.create ? createdRows(below, field, deeper('create')) : undefined
    if (kind === 'create') {
      if (!made) continue
      result.inputs[relation] = { ...made.list, optional: true }
      result.nested[relation] = { create: made.operation, ...under(made.nested) }
      continue
    }
    const changed = allowed.update ? updatedRows(below, field, deeper('update')) : undefined
    const removed = allowed.delete ? deletedRows(below, field) : undefined
    const lists = {
      ...(made && { create: { ...made.list, optional: true as const } }),
      ...(changed && { update: { ...changed.list, optional: true as const } }),
      ...(removed && { delete: { ...removed.list, optional: true as const } }),
    }
    if (Object.keys(lists).length === 0) continue
    result.inputs[relation] = { type: { kind: 'object' }, fields: lists, optional: true }
    result.nested[relation] = {
      ...(made && { create: made.operation }),
      ...(changed && { update: changed.operation }),
      ...(removed && { delete: removed.operation }),
      ...under(made?.nested ?? {}),
      ...(changed && Object.keys(changed.nested).length > 0 ? { changed: changed.nested } : {}),
    }
  }
  return result
}

const under = (nested: Nested['nested']): Pick<NestedWrite, 'created'> =>
  Object.keys(nested).length === 0 ? {} : { created: nested }

/** The children's model as if it were exposed, and its field that names the parent. */
function childOf(
  open: Exposed,
  relation: string,
  { models, policies }: Around,
  level: number,
): { readonly below: Exposed; readonly field: string } | undefined {
  const place = `${open.place}.nested.${relation}`
  const found = Object.hasOwn(open.model.relations, relation) ? open.model.relations[relation] : undefined
  const model = found?.kind === 'many' ? models[found.model] : undefined
  if (!found || !model) {
    const many = Object.entries(open.model.relations).flatMap(([name, { kind }]) => (kind === 'many' ? [name] : []))
    open.mistakes.unknown(place, 'unknown-model-field', `to-many relation of ${open.name}`, relation, many)
    return undefined
  }
  if (level > mostLevels) {
    open.mistakes.add(
      place,
      'invalid-declaration',
      `Rows are written ${mostLevels} levels deep`,
      'Write a handler for it.',
    )
    return undefined
  }
  const below: Exposed = {
    ...open,
    name: found.model,
    model,
    policy: policies[found.model] ?? {},
    place,
    rights: new Set(),
    exposure: { ...open.exposure, accepts: {} },
    filled: found.field,
  }
  return { below, field: found.field }
}

/** An operation that the child's policy does not state is refused to everybody: to open it is a mistake (law 3). */
function stated(below: Exposed, allowed: RecordedNested[string], kind: 'create' | 'update'): void {
  const asked = kind === 'create' ? (['create'] as const) : (['create', 'update', 'delete'] as const)
  for (const rule of asked) {
    if (!allowed[rule] || below.policy[rule] !== undefined || Object.keys(below.policy).length === 0) continue
    below.mistakes.add(
      below.place,
      'invalid-declaration',
      `${rule} is nested, and the policy of ${below.name} does not state it: everybody would be refused`,
      `State ${rule} in the policy of ${below.name}, or take it out of nested.`,
    )
  }
}

interface Rows {
  readonly list: InputField
  readonly operation: CompiledOperation
  readonly nested: Nested['nested']
}

const listOf = (items: InputField): InputField => ({
  type: { kind: 'array', of: items.type },
  items,
  max: mostChildren,
})

/** A bulk write whose rows are `{ parent, item }`: the parent's id comes from the engine, the item from the caller. */
const bulk = (below: Exposed, field: string, items: InputField, write: Write): CompiledOperation => ({
  kind: 'write',
  auth: 'optional',
  input: {
    rows: {
      type: { kind: 'array', of: { kind: 'object' } },
      items: group({ parent: { type: below.model.fields[field]?.type ?? { kind: 'id' } }, item: items }),
    },
  },
  write,
})

const values = (inputs: Readonly<Record<string, InputField>>): Record<string, Expr> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { type, optional }]): [string, Expr] => {
      const path = ['item', name]
      return [name, optional ? { kind: 'given', as: 'row', path, then: item(path, type) } : item(path, type)]
    }),
  )

function createdRows(below: Exposed, field: string, { inputs, nested }: Nested): Rows {
  const own = createInputs(below, 'create')
  const type = below.model.fields[field]?.type ?? { kind: 'id' as const }
  const items = group(own)
  return {
    list: listOf(group({ ...own, ...inputs })),
    operation: bulk(below, field, items, {
      kind: 'create',
      model: below.name,
      each,
      values: { ...values(own), [field]: item(['parent'], type) },
    }),
    nested,
  }
}

const idOf = ({ model }: Exposed): InputField => ({ type: model.fields[model.id]?.type ?? { kind: 'id' } })

/** A row of this id that belongs to the parent: another parent's child is not there (class 16). */
const owned = (below: Exposed, field: string, path: readonly string[]): Expr => {
  const parent = below.model.fields[field]?.type ?? { kind: 'id' as const }
  return {
    kind: 'call',
    fn: 'and',
    args: [eq(rowField(below.model.id), item(path, idOf(below).type)), eq(rowField(field), item(['parent'], parent))],
  }
}

function updatedRows(below: Exposed, field: string, { inputs, nested }: Nested): Rows {
  const own = updateInputs(below)
  const keyed = { [below.model.id]: idOf(below), ...own }
  return {
    list: listOf(group({ ...keyed, ...inputs })),
    operation: bulk(below, field, group(keyed), {
      kind: 'update',
      model: below.name,
      each,
      target: owned(below, field, ['item', below.model.id]),
      set: values(own),
    }),
    nested,
  }
}

function deletedRows(below: Exposed, field: string): Rows {
  const write: Write = { kind: 'delete', model: below.name, each, target: owned(below, field, ['item']) }
  return { list: listOf(idOf(below)), operation: bulk(below, field, idOf(below), write), nested: {} }
}
