import type { Source } from '../../expr/expr.ts'
import { type Mistake, mistake } from '../../expr/functions/rule.ts'
import { describeType, unify } from '../../expr/kinds.ts'
import type { Typed, TypeScope } from '../../expr/typing.ts'
import type { ValueType } from '../../expr/value.ts'
import { nearest } from '../../telemetry/nearest.ts'
import type { ProblemCode } from '../../telemetry/problem.ts'
import type { InputField, Manifest } from '../manifest.ts'

type Inputs = Readonly<Record<string, InputField>>

/** What an expression of a manifest may speak of, beside the models and the actor. */
export interface Surroundings {
  /** Row variables in scope: variable → model. */
  readonly rows?: ReadonlyMap<string, string>
  readonly input?: Inputs
  /** Items of arrays in scope: variable → what one item is. */
  readonly items?: ReadonlyMap<string, InputField>
}

/** `There is no … 'x'`, with the name that was probably meant. */
export function unknown(code: ProblemCode, what: string, name: string, known: Iterable<string>): Mistake {
  const names = [...known]
  const meant = nearest(name, names)
  const hint = meant === undefined ? `There are: ${names.join(', ') || 'none'}.` : `Perhaps you meant '${meant}'.`
  return { mistake: `There is no ${what} '${name}'`, code, hint }
}

/** Own members only: a manifest may come from anywhere. */
export const own = <T>(map: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(map, name) ? map[name] : undefined

/** What names mean in an expression of the manifest. */
export function scopeOf(manifest: Manifest, around: Surroundings): TypeScope<Source> {
  const rows = around.rows ?? new Map<string, string>()

  const modelOfRow = (row: string): string | Mistake =>
    rows.get(row) ?? { ...unknown('invalid-declaration', 'row', row, rows.keys()) }

  return {
    field(row, name) {
      const model = modelOfRow(row)
      if (typeof model !== 'string') return model
      const fields = own(manifest.models, model)?.fields ?? {}
      const field = own(fields, name)
      if (!field) return unknown('unknown-model-field', `field of ${model}`, name, Object.keys(fields))
      return { type: field.type, nullable: field.optional === true }
    },
    input: (path, type) => valueAt(around.input, path, type, 'input'),
    item(as, path, type) {
      const item = around.items?.get(as)
      if (!item) return unknown('invalid-declaration', 'item', as, around.items?.keys() ?? [])
      return path.length === 0
        ? agreed(type, item.type, item.nullable === true)
        : valueAt(item.fields, path, type, 'item')
    },
    actor(name, type) {
      const field = own(manifest.actor.fields, name)
      if (!field) return unknown('unknown-model-field', 'field of the actor', name, Object.keys(manifest.actor.fields))
      return agreed(type, field.type, true)
    },
    given(path, as) {
      const item = as === undefined ? undefined : around.items?.get(as)
      if (as !== undefined && !item) return unknown('invalid-declaration', 'item', as, around.items?.keys() ?? [])
      const found = inputAt(as === undefined ? around.input : item?.fields, path)
      return 'mistake' in found ? found : undefined
    },
    enter(from) {
      const model = modelOfSource(manifest, from, modelOfRow)
      if (typeof model !== 'string') return model
      return scopeOf(manifest, { ...around, rows: new Map(rows).set(from.as, model) })
    },
  }
}

/** The model whose rows a source gives. */
export function modelOfSource(
  manifest: Manifest,
  { relation, model, deleted, asOf }: Source,
  modelOfRow: (row: string) => string | Mistake,
): string | Mistake {
  if (deleted && (relation !== undefined || own(manifest.models, model ?? '')?.softDelete === undefined)) {
    return mistake('Only a model with softDelete has deleted rows, and they are listed by the model')
  }
  if (
    asOf &&
    (relation !== undefined || !own(manifest.models, model ?? '')?.history || asOf.type.kind !== 'timestamp')
  ) {
    return mistake('Only a model with history has rows as of a time, and they are found by the model')
  }
  if (relation === undefined) {
    if (model === undefined) return mistake('A source names a relation or a model', undefined)
    return own(manifest.models, model) ? model : unknown('unknown-model', 'model', model, Object.keys(manifest.models))
  }
  const owner = modelOfRow(relation.row)
  if (typeof owner !== 'string') return owner
  const relations = own(manifest.models, owner)?.relations ?? {}
  const target = own(relations, relation.name)?.model
  return target ?? unknown('unknown-model-field', `relation of ${owner}`, relation.name, Object.keys(relations))
}

/** The declared input at a path, and whether it may be absent on the way. */
export function inputAt(
  inputs: Inputs | undefined,
  path: readonly string[],
): (InputField & { absent: boolean }) | Mistake {
  let fields = inputs
  let found: InputField | undefined
  let absent = false
  for (const name of path) {
    const next = own(fields ?? {}, name)
    if (!next) return unknown('unknown-input', 'input', path.join('.'), Object.keys(fields ?? {}))
    absent ||= next.optional === true && next.default === undefined
    found = next
    fields = next.fields
  }
  return found ? { ...found, absent } : mistake('An input has a name', undefined)
}

function valueAt(inputs: Inputs | undefined, path: readonly string[], type: ValueType, what: string): Typed | Mistake {
  const found = inputAt(inputs, path)
  if ('mistake' in found) return { ...found, mistake: found.mistake.replace('input', what) }
  return agreed(type, found.type, found.absent || found.nullable === true)
}

/** The type where a value is used must be the one it is declared with. */
function agreed(used: ValueType, declared: ValueType, nullable: boolean): Typed | Mistake {
  const type = unify([used, declared])
  if (type) return { type: used, nullable }
  return mistake(`${describeType(declared)} is used as ${describeType(used)}`)
}
