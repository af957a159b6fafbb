import type { Expr } from '../../expr/expr.ts'
import { serverMade } from '../../manifest/exposed/row.ts'
import { group, inputOf } from '../../manifest/link/input.ts'
import type { CompiledOperation, CreateWrite, InputField } from '../../manifest/manifest.ts'
import { wholeKey } from '../../manifest/tenant.ts'
import type { FieldDefinition } from '../../model/definition.ts'
import { Problem } from '../../telemetry/problem.ts'
import { fieldOf, type NamedModel } from './model-columns.ts'

/** What becomes of a row whose key is there already: it is refused, left as it is, or changed to what the file says. */
export type Existing = 'refuse' | 'keep' | 'update'

/** The bulk write that makes rows with these fields. Each stands for itself, under the policies of whoever imports. */
export function importOperation(
  of: NamedModel,
  fields: readonly string[],
  existing: { readonly then: Existing; readonly key: readonly string[] },
): CompiledOperation {
  const needed = Object.keys(of.model.fields).filter((field) => isNeeded(fieldOf(of.model, field)))
  const inputs = Object.fromEntries([...new Set([...fields, ...needed])].map((field) => [field, inputFor(of, field)]))
  const values = Object.entries(inputs).map(([name, { type }]): [string, Expr] => [
    name,
    { kind: 'item', as: 'item', path: [name], type },
  ])
  return {
    kind: 'write',
    auth: 'optional',
    input: { items: { type: { kind: 'array', of: { kind: 'object' } }, items: group(inputs), min: 1 } },
    write: {
      kind: 'create',
      model: of.name,
      each: { path: ['items'], as: 'item' },
      values: Object.fromEntries(values),
      ...existsOf(existing, Object.fromEntries(values)),
    },
  }
}

/** What a row does not name takes its default; what it does name is there. */
const inputFor = ({ model }: NamedModel, name: string): InputField => {
  const { optional: _, ...field } = inputOf(fieldOf(model, name))
  return field
}

/** Whether a row cannot do without it. */
const isNeeded = (field: FieldDefinition): boolean => {
  const { optional } = inputOf(field)
  return !optional && !serverMade(field)
}

function existsOf(
  { then, key }: { readonly then: Existing; readonly key: readonly string[] },
  values: Readonly<Record<string, Expr>>,
): Pick<CreateWrite, 'exists'> {
  if (then === 'refuse') return {}
  const set = Object.fromEntries(Object.entries(values).filter(([name]) => !key.includes(name)))
  return { exists: { key, then, ...(then === 'update' && { set }) } }
}

/** The fields that tell whether a row is there: the id, or those of a unique index. Throws a Problem `usage`. */
export function importKey({ name, model }: NamedModel, asked: string | undefined): readonly string[] {
  if (asked === undefined) return [model.id]
  const key = asked.split(',')
  const uniques = [
    [model.id],
    ...model.indexes.filter(({ unique, where }) => unique && !where).map((one) => one.fields),
  ]
  const whole = asked === model.id ? key : wholeKey(model, key)
  if (whole) return whole
  throw new Problem('usage', {
    message: `Rows of ${name} are not known by ${asked}`,
    hint: `Say one of: ${uniques.map((fields) => fields.join(',')).join('; ')}.`,
  })
}
