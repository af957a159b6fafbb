import type { Expr } from '../expr/expr.ts'
import { plainType } from '../expr/kinds.ts'
import type { ValueType } from '../expr/value.ts'
import type { Constraints, FieldDefinition, ModelDefinition } from '../model/definition.ts'
import type { CompiledOperation, InputField, Write } from './manifest.ts'

/** A step into the items of an array. */
const items = '*'
type Path = readonly string[]
type Inputs = Readonly<Record<string, InputField>>

const plainKinds = new Set(['text', 'email', 'url', 'slug'])

const stricter = (
  a: Constraints['min'],
  b: Constraints['min'],
  pick: (a: number, b: number) => number,
): Constraints['min'] => {
  if (a === undefined || b === undefined) return a ?? b
  return typeof a === 'number' && typeof b === 'number' ? pick(a, b) : a
}

/** An input with the limits of what it becomes, on top of its own. Plain text becomes an email where it is stored as one. */
const tighten = (input: InputField, by: Constraints & { readonly type: ValueType }): InputField => {
  const text = plainKinds.has(input.type.kind) && plainKinds.has(by.type.kind)
  if (!text && input.type.kind !== by.type.kind) return input
  const min = stricter(input.min, by.min, Math.max)
  const max = stricter(input.max, by.max, Math.min)
  const pattern = input.pattern ?? by.pattern
  return {
    ...input,
    ...(input.type.kind === 'text' && { type: by.type }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
  }
}

/** The inputs with the one at `path` under these limits too. */
export const tightenAt = (inputs: Inputs, path: Path, by: Constraints & { readonly type: ValueType }): Inputs => {
  const [name = '', ...rest] = path
  const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined
  return input === undefined ? inputs : { ...inputs, [name]: tightenBelow(input, rest, by) }
}

const tightenBelow = (input: InputField, path: Path, by: Constraints & { readonly type: ValueType }): InputField => {
  const [step, ...rest] = path
  if (step === undefined) return tighten(input, by)
  if (step === items)
    return input.items === undefined ? input : { ...input, items: tightenBelow(input.items, rest, by) }
  return input.fields === undefined ? input : { ...input, fields: tightenAt(input.fields, path, by) }
}

/** The input that a value is, unchanged; undefined when it is computed. */
const direct = (value: Expr, each: Path | undefined): Path | undefined => {
  if (value.kind === 'given') return direct(value.then, each)
  if (value.kind === 'input') return value.path
  return value.kind === 'item' && each !== undefined ? [...each, items, ...value.path] : undefined
}

interface Stored {
  readonly path: Path
  readonly field: FieldDefinition
}

const storedOf = (
  model: ModelDefinition | undefined,
  values: Readonly<Record<string, Expr>> | undefined,
  each?: Path,
): Stored[] =>
  Object.entries(values ?? {}).flatMap(([name, value]) => {
    const path = direct(value, each)
    const field = model?.fields[name]
    return path === undefined || field === undefined ? [] : [{ path, field }]
  })

const writes = (write: Write, models: Readonly<Record<string, ModelDefinition>>): Stored[] => {
  const model = models[write.model]
  const each = write.each?.path
  if (write.kind === 'delete' || write.kind === 'restore' || write.kind === 'purge') return []
  if (write.kind === 'update') return storedOf(model, write.set, each)
  const children = Object.entries(write.children ?? {}).flatMap(([relation, child]) =>
    storedOf(models[model?.relations[relation]?.model ?? ''], child.values, child.each.path),
  )
  return [...storedOf(model, write.values, each), ...storedOf(model, write.exists?.set, each), ...children]
}

/** An operation whose inputs keep the limits of the fields they are written to: a value that breaks them is a 400. */
export const constrain = (
  operation: CompiledOperation,
  models: Readonly<Record<string, ModelDefinition>>,
): CompiledOperation => {
  if (operation.write === undefined) return operation
  const stored = writes(operation.write, models)
  return {
    ...operation,
    input: stored.reduce<Inputs>(
      (inputs, { path, field }) => tightenAt(inputs, path, { ...field, type: plainType(field.type) }),
      operation.input,
    ),
  }
}
