import { ActionDeclaration } from '../../declare/action.ts'
import type { ExposedOperation, ExposureDeclaration } from '../../declare/expose.ts'
import type { ViewDeclaration } from '../../declare/shape.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import { kebab, plural } from '../exposed/address.ts'
import { aggregate } from '../exposed/aggregate.ts'
import { deletedOperations } from '../exposed/deleted.ts'
import { exposed } from '../exposed/exposed.ts'
import { filesOf } from '../exposed/files.ts'
import { linksOf } from '../exposed/links.ts'
import { pastOperations } from '../exposed/past.ts'
import type { Exposed } from '../exposed/row.ts'
import { searchFilter } from '../exposed/search.ts'
import { isUpload } from '../exposed/uploads.ts'
import type { ActorDefinition, HttpBinding, Operation, Policy } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'
import { keepsHistory } from '../verify/policy.ts'
import { linkFilters } from './filter.ts'
import { type LimitedPart, limitedAround, limitedIn } from './limits.ts'
import type { Scopes } from './scopes.ts'

export interface ExposureContext {
  readonly models: Readonly<Record<string, ModelDefinition>>
  readonly policies: Readonly<Record<string, Policy>>
  /** Models whose policy could not be recorded: what it states is not known. */
  readonly unsettled: ReadonlySet<string>
  readonly actor: ActorDefinition
  readonly mistakes: Mistakes
  readonly scopes: Scopes
  readonly viewName: (view: ViewDeclaration) => string | undefined
  readonly actionName: (action: ActionDeclaration) => string | undefined
}

export interface LinkedExposure {
  readonly operations: Readonly<Record<string, Operation>>
  /** Where the listed actions are reached, and what opens them where they do not say it. */
  readonly bindings: Readonly<Record<string, { readonly http: HttpBinding; readonly scope?: string }>>
  /** What the listed actions cost where they do not say it, and what they may cost with all others of the exposure. */
  readonly around: LimitedPart
}

/** What an exposure opens: operations named after the model (`article.list`), and addresses for its actions. */
export const linkExposure = (
  place: string,
  exposure: ExposureDeclaration,
  context: ExposureContext,
): LinkedExposure => {
  const { models, policies, mistakes, scopes } = context
  const model = models[exposure.model]
  const view = context.viewName(exposure.view)
  if (view === undefined) {
    mistakes.add(
      `${place}.view`,
      'not-exported',
      `The view of ${exposure.model} that this shows is not exported`,
      'Export it from a module that app({ use }) lists.',
    )
  }
  const around = limitedAround(exposure, place)
  if (model === undefined || view === undefined) return { operations: {}, bindings: {}, around }
  const filters = linkFilters(models, exposure.model, exposure.filter, `${place}.filter`, mistakes)
  if (exposure.search) searchFilter(exposure.model, model, filters, `${place}.search`, mistakes)
  const base = exposure.path ?? `/${plural(exposure.model)}`
  if (exposure.scope !== undefined) scopes.exposure(`${place}.scope`, exposure.scope)
  const resource = exposure.scope ?? base.slice(base.lastIndexOf('/') + 1)
  const open: Exposed = {
    name: exposure.model,
    model,
    policy: policies[exposure.model] ?? {},
    view,
    base,
    place,
    exposure,
    around: { models, policies },
    rights: new Set(context.actor.model === exposure.model ? rightsOf(context.actor) : []),
    filters,
    mistakes,
  }
  for (const operation of exposure.operations) {
    if (!exposure.requireMatch || (operation !== 'updateMany' && operation !== 'deleteMany')) continue
    mistakes.add(
      `${place}.requireMatch`,
      'invalid-declaration',
      `${operation} changes rows without naming their versions`,
      `Take '${operation}' out of operations, or requireMatch away.`,
    )
  }
  const operations: Record<string, Operation> = {}
  const bindings: Record<string, { http: HttpBinding; scope?: string }> = {}
  for (const operation of exposure.operations) {
    if (operation instanceof ActionDeclaration) {
      const name = context.actionName(operation)
      const where = `${place}.operations`
      if (operation.model !== exposure.model) {
        mistakes.add(
          where,
          'invalid-declaration',
          `${name ?? 'An action'} changes ${operation.model}, not ${exposure.model}`,
          `List it in an exposure of ${operation.model}.`,
        )
      } else if (name === undefined)
        mistakes.add(where, 'not-exported', 'An action is listed that no module of use exports', 'Export it from one.')
      else bindings[name] = { ...scopes.exposed(resource, 'write'), http: actionBinding(base, name, operation) }
    } else if (Object.hasOwn(exposed, operation)) {
      stated(operation, exposure.model, place, context)
      const refusal = unreachable(operation, exposure.model, model)
      if (refusal !== undefined) {
        mistakes.add(`${place}.operations`, 'invalid-declaration', refusal, `Take '${operation}' out of operations.`)
        continue
      }
      if (operation in pastOperations && !model.history) {
        const message = `${operation} is exposed, and ${exposure.model} keeps no history`
        mistakes.add(`${place}.operations`, 'invalid-declaration', message, keepsHistory(exposure.model))
        continue
      }
      if (operation in deletedOperations && model.softDelete === undefined) {
        mistakes.add(
          `${place}.operations`,
          'invalid-declaration',
          `${operation} is exposed, and ${exposure.model} does not keep its deleted rows`,
          `Write softDelete: true in the options of the model ${exposure.model}.`,
        )
        continue
      }
      const compiled = exposed[operation](open)
      if (compiled !== undefined) operations[`${exposure.model}.${operation}`] = compiled
    } else {
      mistakes.unknown(
        `${place}.operations`,
        'invalid-declaration',
        'operation',
        String(operation satisfies ExposedOperation),
        Object.keys(exposed),
      )
    }
  }
  Object.assign(operations, linksOf(open), filesOf(open))
  if (exposure.aggregate) {
    const compiled = aggregate(open, exposure.aggregate, models)
    if (compiled !== undefined) operations[`${exposure.model}.aggregate`] = compiled
  }
  knownOperations(open, Object.keys(operations))
  // Nobody in particular is in no tenant, and there is nothing for them here.
  const opened = mapped(operations, (one, name) => ({
    ...one,
    ...limitedIn(exposure, place, verbOf(name), one),
    ...(model.tenant && { auth: 'required' as const }),
    ...scopes.exposed(resource, isReading(one) ? 'read' : one.kind),
  }))
  const { deprecated } = exposure
  if (deprecated === undefined) return { operations: opened, bindings, around }
  return {
    around,
    operations: mapped(opened, ({ http, ...rest }) => (http ? { ...rest, http: { ...http, deprecated } } : rest)),
    bindings: mapped(bindings, ({ http, ...rest }) => ({ ...rest, http: { ...http, deprecated } })),
  }
}

/** How far an upload is, is asked by whoever sends it. */
const isReading = (one: Operation): boolean =>
  one.http?.method === 'GET' && !(one.kind === 'invoke' && isUpload(one.file))

/** Why an operation has no rows to be about. */
const unreachable = (operation: ExposedOperation, name: string, model: ModelDefinition): string | undefined => {
  if (operation === 'list') return undefined
  if (model.fields[model.id]?.type.parts?.length === 0) return `The rows of ${name} have no id: they can only be listed`
  return model.readonly && operation !== 'get' ? `The rows of ${name} are only read` : undefined
}

/** What a policy must state for anybody to get through. */
const needs: Readonly<
  Record<ExposedOperation, readonly ('read' | 'create' | 'update' | 'delete' | 'restore' | 'purge' | 'history')[]>
> = {
  list: ['read'],
  get: ['read'],
  create: ['create'],
  createMany: ['create'],
  update: ['update'],
  updateMany: ['update'],
  delete: ['delete'],
  deleteMany: ['delete'],
  upsert: ['create', 'update'],
  listDeleted: ['read', 'restore'],
  restore: ['read', 'restore'],
  purge: ['read', 'purge'],
  history: ['read', 'history'],
  asOf: ['read', 'history'],
}

/** An operation that the policy does not state is refused to everybody: to open it is a mistake (law 3). */
const stated = (operation: ExposedOperation, model: string, place: string, context: ExposureContext): void => {
  const policy = context.policies[model]
  if (policy === undefined || context.unsettled.has(model)) return
  for (const rule of needs[operation].filter((one) => policy[one] === undefined)) {
    context.mistakes.add(
      `${place}.operations`,
      'invalid-declaration',
      `${operation} is exposed, and the policy of ${model} does not state ${rule}: everybody would be refused`,
      `State ${rule} in the policy of ${model}, or take '${operation}' out of operations.`,
    )
  }
}

/** The names of what the actor is known by, but for its id. */
const rightsOf = ({ fields }: ActorDefinition): readonly string[] => Object.keys(fields).filter((name) => name !== 'id')

const mapped = <V>(
  record: Readonly<Record<string, V>>,
  f: (value: V, name: string) => V,
): Readonly<Record<string, V>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]))

const verbOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** A limit of what is not there would hold nobody, and nobody would see it. */
function knownOperations({ exposure, place, mistakes }: Exposed, names: readonly string[]): void {
  const known = names.map(verbOf)
  for (const name of Object.keys(exposure.perOperation)) {
    // One that is listed and could not be opened has a mistake of its own.
    if (known.includes(name) || exposure.operations.some((one) => one === name)) continue
    mistakes.unknown(`${place}.perOperation`, 'invalid-declaration', 'operation of this exposure', name, known)
  }
}

const actionBinding = (base: string, name: string, action: ActionDeclaration): HttpBinding => {
  const { by } = action
  const body = Object.keys(action.input).some((input) => input !== by) ? { body: [] } : {}
  return by === undefined
    ? { method: 'POST', path: `${base}/${kebab(name)}`, params: {}, query: {}, ...body }
    : { method: 'POST', path: `${base}/:${by}/${kebab(name)}`, params: { [by]: [by] }, query: {}, ...body }
}
