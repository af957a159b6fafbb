import type { Source } from '../../expr/expr.ts'
import { has } from '../../expr/walk.ts'
import { asRuled } from '../../manifest/files.ts'
import type { Manifest, Operation, Shape } from '../../manifest/manifest.ts'
import { platformSchema } from '../../manifest/platform/names.ts'
import { boundRule } from '../../plan/allow.ts'
import { planOperation } from '../../plan/passes.ts'
import { type Right, rightsOf } from '../../plan/rights.ts'
import { fieldsShown } from '../../plan/shown.ts'
import { type Cell, cellOf, no } from './cell.ts'
import { ownersOf, rolesOf } from './role.ts'

/** Who may do what: roles × operations × fields, as the rules say it. No database is asked. */
export interface PolicyMatrix {
  readonly app: string
  readonly sections: readonly Section[]
  /** What looks like a mistake, and may be none. */
  readonly warnings: readonly { readonly place: string; readonly message: string }[]
}

/** The operations on the rows of one model; without a model those that run a handler. */
export interface Section {
  readonly model?: string
  /** `nobody`, `signed in`, `role editor`, `row.authorId = actor.id`. */
  readonly roles: readonly string[]
  readonly operations: readonly OperationRow[]
  readonly fields: readonly FieldRow[]
}

export interface OperationRow {
  readonly operation: string
  readonly address: string
  /** In the order of the roles. */
  readonly cells: readonly Cell[]
}

export interface FieldRow {
  readonly field: string
  /** Leaves only through views that name it. */
  readonly private: boolean
  /** Of a row that one may read. */
  readonly read: readonly Cell[]
  /** With an operation that one may call. */
  readonly write: readonly Cell[]
}

/** An operation that has an address, with the rules that decide who may call it. */
interface Ruled {
  readonly name: string
  readonly operation: Operation
  readonly rights: readonly Right[]
}

export function policyMatrix(manifest: Manifest): PolicyMatrix {
  const byModel = new Map<string | undefined, Ruled[]>()
  for (const [name, declared] of Object.entries(manifest.operations)) {
    if (!declared.http) continue
    const operation = asRuled(declared, manifest)
    const model = modelOf(operation)
    const rights = rightsFor(name, operation, manifest)
    byModel.set(model, [...(byModel.get(model) ?? []), { name, operation, rights }])
  }
  const named = [...byModel].filter(([model]) => model !== undefined)
  const handlers = [...byModel].filter(([model]) => model === undefined)
  const shown = shownFields(manifest)
  const made = [...named, ...handlers].map(([model, ruled]) => sectionOf(model, ruled, shown, manifest))
  return {
    app: manifest.name,
    sections: made.map(({ section }) => section),
    warnings: made.flatMap(({ warnings }) => warnings),
  }
}

const rightsFor = (name: string, operation: Operation, manifest: Manifest): readonly Right[] => {
  if (operation.kind !== 'invoke') return rightsOf(operation, manifest, 'least')
  if (!operation.allow) return []
  return [{ place: `${name}.allow`, rule: boundRule(operation.allow, manifest), model: '', as: '', of: 'found' }]
}

/** Whose rows an operation is about. */
function modelOf(operation: Operation): string | undefined {
  if (operation.kind === 'invoke') return undefined
  const { write, answers } = operation
  const shown = (shape: Shape): string | undefined => {
    if (shape.kind === 'object')
      return Object.values(shape.members)
        .map(shown)
        .find((one) => one !== undefined)
    return 'from' in shape ? shape.from.model : undefined
  }
  return write ? write.model : answers && shown(answers)
}

function sectionOf(model: string | undefined, ruled: readonly Ruled[], shown: ReadonlySet<string>, manifest: Manifest) {
  const ofFields = model === undefined || isPlatforms(model, manifest) ? [] : fieldsOf(model, ruled, manifest)
  const asked = [...ruled, ...ofFields.flatMap(({ read, write }) => [read, write])].flatMap(({ rights }) => rights)
  const roles = [...rolesOf(manifest), ...(model === undefined ? [] : ownersOf(asked, manifest))]
  const cells = (rights: readonly Right[]): readonly Cell[] => roles.map((role) => cellOf(rights, role, manifest))
  const operations = ruled.map(({ name, operation, rights }): OperationRow => {
    const { http, auth } = operation
    const address = http ? `${http.method} ${http.path}` : ''
    const own = cells(rights).map((cell, at) => (auth === 'required' && !roles[at]?.signedIn ? no : cell))
    return { operation: name, address, cells: own }
  })
  const fields = ofFields.map(({ field, hidden, read, write, takers }): FieldRow => {
    const taken = operations.filter(({ operation }) => takers.has(operation))
    const open = roles.map((_, at) => taken.some((one) => one.cells[at]?.may !== 'no'))
    const written = cells(write.rights).map((cell, at) => (open[at] ? cell : no))
    const seen = hidden && !shown.has(`${model}.${field}`) ? roles.map(() => no) : cells(read.rights)
    return { field, private: hidden, read: seen, write: written }
  })
  const section: Section = {
    ...(model !== undefined && { model }),
    roles: roles.map(({ name }) => name),
    operations,
    fields,
  }
  const refused = ofFields.filter(
    ({ takers }, at) => takers.size > 0 && fields[at]?.write.every(({ may }) => may === 'no'),
  )
  return { section, warnings: [...openWrites(section, ruled), ...closed(section), ...refused.map(unwritable)] }
}

/** The fields that some operation or view names, so that they may leave although they are private. */
function shownFields(manifest: Manifest): ReadonlySet<string> {
  const found = new Set<string>()
  const plan = (answers: Shape) =>
    planOperation({ kind: 'read', auth: 'optional', input: {}, answers }, { manifest, system: true })
  const all: readonly Shape[] = [
    ...Object.values(manifest.views).map(
      ({ model, shape }): Shape => ({ kind: 'list', from: { model, as: 'row' }, item: shape }),
    ),
    ...Object.values(manifest.operations).flatMap((one) => (one.kind === 'read' && one.answers ? [one.answers] : [])),
  ]
  for (const shape of all) {
    const { answer } = plan(shape)
    if (answer) for (const name of fieldsShown(answer)) found.add(name)
  }
  return found
}

/** A table of Bede's own, which only Bede's own operations write. */
const isPlatforms = (model: string, { models }: Manifest): boolean => models[model]?.schema === platformSchema

/** One field, with its own rules and the names of the operations that take it from callers. */
interface Guarded {
  readonly model: string
  readonly field: string
  readonly hidden: boolean
  readonly read: { readonly rights: readonly Right[] }
  readonly write: { readonly rights: readonly Right[] }
  readonly takers: ReadonlySet<string>
}

function fieldsOf(model: string, ruled: readonly Ruled[], manifest: Manifest): readonly Guarded[] {
  const rules = manifest.policies[model]?.fields ?? {}
  const right = (field: string, verb: 'read' | 'write'): { readonly rights: readonly Right[] } => {
    const rule = rules[field]?.[verb]
    const place = `${model}.policy.fields.${field}.${verb}`
    return { rights: rule ? [{ place, rule: boundRule(rule, manifest, model), model, as: 'row', of: 'found' }] : [] }
  }
  return Object.entries(manifest.models[model]?.fields ?? {}).map(([field, definition]) => ({
    model,
    field,
    hidden: definition.private === true || definition.type.kind === 'secret',
    read: right(field, 'read'),
    write: right(field, 'write'),
    takers: new Set(ruled.filter(({ operation }) => takes(operation, model, field)).map(({ name }) => name)),
  }))
}

/** Whether a caller has a say in what the field becomes. */
function takes(operation: Operation, model: string, field: string): boolean {
  if (operation.kind === 'invoke' || operation.write?.model !== model) return false
  const { write } = operation
  const values = write.kind === 'create' ? write.values : write.kind === 'update' ? write.set : {}
  const value = Object.hasOwn(values, field) ? values[field] : undefined
  return value !== undefined && has<Source>(value, ({ kind }) => kind === 'input' || kind === 'item')
}

type Warning = PolicyMatrix['warnings'][number]

/** Handlers are not judged: signing in is for those who are not signed in. */
const openWrites = ({ operations }: Section, ruled: readonly Ruled[]): readonly Warning[] =>
  operations.flatMap(({ operation: name, cells }, at) =>
    ruled[at]?.operation.kind === 'write' && cells[0]?.may === 'yes'
      ? [{ place: name, message: 'Anybody may call it, signed in or not, and it writes' }]
      : [],
  )

const closed = ({ operations }: Section): readonly Warning[] =>
  operations.flatMap(({ operation: name, cells }) =>
    cells.every(({ may }) => may === 'no') ? [{ place: name, message: 'Nobody may call it' }] : [],
  )

const unwritable = ({ model, field, takers }: Guarded): Warning => ({
  place: `${model}.policy.fields.${field}.write`,
  message: `Nobody may write ${field}, and ${[...takers].join(', ')} ${takers.size === 1 ? 'takes' : 'take'} it`,
})
