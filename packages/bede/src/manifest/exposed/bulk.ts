import type { Expr } from '../../expr/expr.ts'
import { group } from '../link/input.ts'
import type { CompiledOperation, Each, HttpBinding, InputField } from '../manifest.ts'
import { auth, createInputs, type Exposed, eq, http, rowField, updateInputs } from './row.ts'

/** As many rows as one statement changes. */
const mostRows = 1000
/** As many secrets as one request may have hashed: each takes tens of milliseconds, and everybody's sign-in waits its turn. */
const mostSecrets = 20

const each = (path: string): Each => ({ path: [path], as: 'item' })
const items = (fields: Readonly<Record<string, InputField>>): InputField => ({
  type: { kind: 'array', of: { kind: 'object' } },
  items: group(fields),
  min: 1,
  max: Object.values(fields).some(({ type }) => type.kind === 'secret') ? mostSecrets : mostRows,
})

/** Values of the current item; one that may be left out is as it was, or takes its default. */
const itemValues = (inputs: Readonly<Record<string, InputField>>): Record<string, Expr> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, field]) => {
      const value: Expr = { kind: 'item', as: 'item', path: [name], type: field.type }
      return [name, field.optional ? { kind: 'given', as: 'item', path: [name], then: value } : value]
    }),
  )

// What came of each item, in their order.
const answered: Partial<HttpBinding> = { body: [], status: 200 }

const idOf = (open: Exposed) => open.model.fields[open.model.id]?.type ?? ({ kind: 'id' } as const)

const createMany = (open: Exposed): CompiledOperation => {
  const inputs = createInputs(open, 'createMany')
  return {
    kind: 'write',
    auth: auth(open.policy.create),
    input: { items: items(inputs) },
    write: { kind: 'create', model: open.name, each: each('items'), values: itemValues(inputs) },
    http: http('POST', `${open.base}/batch`, answered),
  }
}

const updateMany = (open: Exposed): CompiledOperation => {
  const inputs = updateInputs(open)
  const id: Expr = { kind: 'item', as: 'item', path: ['id'], type: idOf(open) }
  return {
    kind: 'write',
    auth: auth(open.policy.update?.from),
    input: { items: items({ id: { type: idOf(open) }, ...inputs }) },
    write: {
      kind: 'update',
      model: open.name,
      each: each('items'),
      target: eq(rowField(open.model.id), id),
      set: itemValues(inputs),
    },
    http: http('PATCH', `${open.base}/batch`, answered),
  }
}

const deleteMany = (open: Exposed): CompiledOperation => ({
  kind: 'write',
  auth: auth(open.policy.delete),
  input: { ids: { type: { kind: 'array', of: idOf(open) }, items: { type: idOf(open) }, min: 1, max: mostRows } },
  write: {
    kind: 'delete',
    model: open.name,
    each: each('ids'),
    target: eq(rowField(open.model.id), { kind: 'item', as: 'item', path: [], type: idOf(open) }),
  },
  // A DELETE has no body that every proxy would pass on (RFC 9110 §9.3.5).
  http: http('POST', `${open.base}/batch/delete`, answered),
})

export const bulk = { createMany, updateMany, deleteMany }
