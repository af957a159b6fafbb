import { plainType } from '../expr/kinds.ts'
import type { ValueType } from '../expr/value.ts'
import type { FieldDeclaration } from '../model/field.ts'
import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import type { OptionalInput, Path } from './knowledge.ts'
import { Recorded, standIn } from './recorded.ts'
import { mistaken, variable } from './recording.ts'

export interface InputDeclarations {
  readonly [name: string]: FieldDeclaration
}

/** Rows to create with their parent, one per item of an input array. */
export class RecordedChildren {
  readonly path: Path
  readonly as: string
  readonly values: unknown
  constructor(path: Path, as: string, values: unknown) {
    this.path = path
    this.as = as
    this.values = values
  }
}

/** An input array: a value like any other, and one child row per item. */
class RecordedItems extends Recorded {
  readonly item: FieldDeclaration
  constructor(
    node: Recorded['node'],
    type: ValueType,
    item: FieldDeclaration,
    absent: readonly OptionalInput[],
    nullable: boolean,
  ) {
    super(node, type, { absent, nullable })
    this.item = item
  }
  each(values: (item: unknown) => unknown): RecordedChildren {
    if (this.node.kind !== 'input')
      throw new Problem('invalid-declaration', { message: 'each() goes over an input array' })
    const as = variable('item')
    const item =
      this.item.members === undefined
        ? new Recorded({ kind: 'item', as, path: [], type: this.item.type }, this.item.type)
        : itemRow(this.item.members, as, [])
    return new RecordedChildren(this.node.path, as, values(item))
  }
}

const reader = (declarations: InputDeclarations, read: (name: string, field: FieldDeclaration) => unknown): object => {
  const row = Object.create(null) as object
  for (const [name, field] of Object.entries(declarations)) {
    Object.defineProperty(row, name, { enumerable: true, configurable: true, get: () => read(name, field) })
  }
  return new Proxy(row, {
    get: (known, name) => {
      if (typeof name !== 'string' || Object.hasOwn(known, name)) return Reflect.get(known, name)
      const hint = nearest(name, Object.keys(declarations))
      mistaken(
        new Problem('unknown-field', {
          message: `There is no input '${name}'`,
          hint:
            hint === undefined
              ? `Declared are: ${Object.keys(declarations).join(', ') || 'none'}.`
              : `Perhaps you meant '${hint}'.`,
        }),
      )
      return standIn()
    },
  })
}

/** Inputs below `path`, recorded as they are read. `absent`: the optional objects above them. */
export const inputRow = (
  declarations: InputDeclarations,
  path: Path = [],
  absent: readonly OptionalInput[] = [],
): object =>
  reader(declarations, (name, field) => {
    const at = [...path, name]
    // Whoever sends a member sends the objects around it.
    const missing = field.optional && field.default === undefined ? [{ path: at }] : absent
    if (field.members !== undefined) return inputRow(field.members, at, missing)
    const node = { kind: 'input', path: at, type: field.type } as const
    return field.item === undefined
      ? new Recorded(node, field.type, { absent: missing, nullable: field.nullable === true })
      : new RecordedItems(node, field.type, field.item, missing, field.nullable === true)
  })

const itemRow = (
  declarations: InputDeclarations,
  as: string,
  path: Path,
  absent: readonly OptionalInput[] = [],
): object =>
  reader(declarations, (name, field) => {
    const at = [...path, name]
    const missing = field.optional && field.default === undefined ? [{ as, path: at }] : absent
    if (field.members !== undefined) return itemRow(field.members, as, at, missing)
    return new Recorded({ kind: 'item', as, path: at, type: field.type }, field.type, {
      absent: missing,
      nullable: field.nullable === true,
    })
  })

export const isField = (value: unknown): value is FieldDeclaration =>
  typeof value === 'object' && value !== null && 'face' in value && value.face === 'field'

/** What is written where a field is expected, and what to write instead. */
export const noField = (name: string, value: unknown): { readonly message: string; readonly hint: string } => ({
  message: `${name} is not a field`,
  hint:
    typeof value === 'function' && value.name !== ''
      ? `Write ${value.name}(), with parentheses.`
      : 'Say what it is: text(), integer(), …',
})

/** The declared fields; what is none is a mistake, and read as text from here on. */
export const fieldsOnly = (group: string, declared: object | undefined): InputDeclarations =>
  Object.fromEntries(
    Object.entries(declared ?? {}).map(([name, value]): [string, FieldDeclaration] => {
      const at = `${group}.${name}`
      if (!isField(value)) {
        mistaken(new Problem('invalid-declaration', noField(at, value)))
        return [name, { face: 'field', type: { kind: 'text' } }]
      }
      return [
        name,
        {
          ...value,
          // A model's field may be taken for an input: what is encrypted comes in clear.
          type: plainType(value.type),
          ...(value.members && { members: fieldsOnly(at, value.members) }),
          ...(value.item && { item: fieldsOnly(at, { item: value.item }).item ?? value.item }),
        },
      ]
    }),
  )
