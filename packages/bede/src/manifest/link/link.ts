import { ActionDeclaration } from '../../declare/action.ts'
import type { App, AppOptions } from '../../declare/app.ts'
import { EventDeclaration } from '../../declare/event.ts'
import { ExposureDeclaration } from '../../declare/expose.ts'
import { failedAbout } from '../../declare/failed.ts'
import type { Handler } from '../../declare/handler.ts'
import { HandlerDeclaration } from '../../declare/handler-declaration.ts'
import { IdentityDeclaration } from '../../declare/identity.ts'
import { noField } from '../../declare/inputs.ts'
import { PolicyDeclaration } from '../../declare/policy.ts'
import { RouteDeclaration } from '../../declare/route.ts'
import { ViewDeclaration } from '../../declare/shape.ts'
import { constrain } from '../constrain.ts'
import { signedFiles } from '../exposed/files.ts'
import {
  type ActorDefinition,
  type EventDefinition,
  type Manifest,
  manifestVersion,
  type Operation,
  type Policy,
  type Shape,
  type View,
} from '../manifest.ts'
import { Mistakes } from '../mistakes.ts'
import { accountModelOf } from '../platform/account.ts'
import { platformModels } from '../platform/platform.ts'
import { platformPolicies } from '../platform/policies.ts'
import { checkReadable } from '../readable.ts'
import { rememberVerified } from '../verified.ts'
import { verify } from '../verify.ts'
import { linkAction } from './action.ts'
import { type Collected, collect } from './collect.ts'
import { linkExclusive } from './exclusive.ts'
import { linkExposure } from './expose.ts'
import { linkFiles } from './files.ts'
import { finish } from './finish.ts'
import { type Accounts, accountsIn, type Brought, linkIdentity } from './identity.ts'
import { group, linkInputs } from './input.ts'
import { limitedAsAction, limitedBy, under } from './limits.ts'
import { linkMail } from './mail.ts'
import { linkModels } from './model.ts'
import { linkRoute } from './route.ts'
import { linkScopes } from './scopes.ts'
import { linkShape, type ShapeContext } from './shape.ts'
import { rememberGuarded, withStepUp } from './step-up.ts'

/** What an app is made of: all an engine needs. Only `invoke` operations have a handler. */
export interface Linked {
  readonly manifest: Manifest
  readonly handlers: Readonly<Record<string, Handler>>
  readonly options: AppOptions
}

/** The operations that a declared identity brings, by name. They are the identity floor's, which is above this one. */
export type Bring = (accounts: Accounts, account: Shape | undefined) => Readonly<Record<string, Brought>>

/**
 * Declarations → manifest: names every declaration by its export and checks every name it uses.
 * Throws one Problem `invalid-declaration` that lists all mistakes, each with its place, code and hint.
 */
export const linkApp = (app: App, bring: Bring): Linked => {
  const mistakes = new Mistakes()
  const collected = collect(app, mistakes)
  rememberGuarded(collected)
  const failed = linkFailures(app, collected, mistakes)
  const actor = linkActor(app, mistakes)
  const models = linkModels(app.models, actor, mistakes)
  const policies = linkPolicies(collected, mistakes)
  const context: ShapeContext = { nameOf: collected.nameOf }
  const operations: Record<string, Operation> = {}
  const handlers: Record<string, Handler> = {}
  const views: Record<string, View> = {}
  const events: Record<string, EventDefinition> = {}
  const scopes = linkScopes(declaredScopes(collected, failed), mistakes)
  const add = (name: string, operation: Operation | undefined, said: Partial<Operation> = {}): void => {
    if (operation === undefined) return
    if (Object.hasOwn(operations, name))
      mistakes.add(name, 'duplicate-name', `Two operations are named '${name}'`, 'Rename one of them.')
    operations[name] = { ...operation, ...said } as Operation
  }
  const said = (name: string, declaration: ActionDeclaration | HandlerDeclaration | RouteDeclaration) => ({
    ...scopes.said(`${name}.scope`, declaration.scope),
    ...limitedBy(declaration, name),
  })
  for (const { name, declaration } of collected.all) {
    if (declaration instanceof ViewDeclaration) {
      const shape = mistakes.attempt(name, () => linkShape(declaration.shape, context))
      views[name] = { model: declaration.model, shape: shape ?? { kind: 'object', members: {} } }
    } else if (failed.has(declaration)) {
      // Its mistakes are known; nothing of it is looked at further.
    } else if (declaration instanceof EventDeclaration) {
      if (Object.hasOwn(events, declaration.name))
        mistakes.add(name, 'duplicate-name', `Two events are named '${declaration.name}'`)
      events[declaration.name] = { name: declaration.name, payload: linkInputs(declaration.payload) }
    } else if (declaration instanceof ActionDeclaration) {
      add(
        name,
        mistakes.attempt(name, () => linkAction(declaration, context, name)),
        said(name, declaration),
      )
    } else if (declaration instanceof HandlerDeclaration) {
      add(name, linkHandler(declaration, name), said(name, declaration))
      handlers[name] = declaration.handler
    } else if (declaration instanceof RouteDeclaration) {
      add(
        name,
        mistakes.attempt(name, () => linkRoute(declaration, context)),
        said(name, declaration),
      )
      if (declaration.does.kind === 'run') handlers[name] = declaration.does.handler
    }
  }
  for (const { name, declaration } of collected.all) {
    if (!(declaration instanceof ExposureDeclaration)) continue
    const opened = linkExposure(name, declaration, {
      models,
      policies,
      unsettled: new Set([...failed].flatMap((one) => (one instanceof PolicyDeclaration ? [one.model] : []))),
      actor,
      mistakes,
      scopes,
      viewName: context.nameOf,
      actionName: collected.nameOf,
    })
    for (const [operation, compiled] of Object.entries(opened.operations)) {
      if (Object.hasOwn(operations, operation)) {
        const verb = operation.slice(operation.lastIndexOf('.') + 1)
        const message = `${declaration.model} is exposed twice with ${verb}`
        mistakes.add(name, 'duplicate-name', message, 'Take it out of one of them.')
      } else add(operation, compiled)
    }
    for (const [action, bound] of Object.entries(opened.bindings)) {
      const known = operations[action]
      if (known !== undefined)
        operations[action] = { ...bound, ...known, ...under(opened.around, known), http: bound.http }
    }
  }
  for (const { name, declaration } of collected.all) {
    const known = operations[name]
    if (known && declaration instanceof RouteDeclaration)
      operations[name] = { ...known, ...limitedAsAction(declaration, name, operations, collected.nameOf) }
  }
  const identity = linkIdentity(collected, actor, models, mistakes, (declared, definition) => {
    const accounts = accountsIn(models, actor, definition)
    const view = declared.view && linkShape({ kind: 'view', view: declared.view, row: 'row' }, context)
    if (accounts === undefined || !declared.routes) return
    for (const [name, brought] of Object.entries(bring(accounts, view))) {
      add(name, scopes.own(brought.operation))
      if (brought.handler) handlers[name] = brought.handler
    }
  })
  // What has mistakes may be what a scope opens.
  if (failed.size === 0) scopes.settle(operations)
  const account = accountModelOf(actor, models)
  const files = linkFiles(app.files, models, mistakes)
  for (const [name, operation] of Object.entries(files ? signedFiles : {})) add(name, operation)
  const own = platformModels(account, models, identity, files)
  for (const name of Object.keys(own).filter((name) => Object.hasOwn(models, name)))
    mistakes.add(name, 'reserved-name', `'${name}' is the platform's own model`, 'Choose another name.')
  const all = { ...models, ...own }
  const constrained = Object.fromEntries(
    Object.entries(withStepUp(operations, collected, mistakes)).map(([name, one]) => [
      name,
      one.kind === 'invoke' ? one : constrain(one, models),
    ]),
  )
  const manifest: Manifest = {
    version: manifestVersion,
    name: app.name,
    models: all,
    ...(app.database && { database: { before: [...app.database.before], after: [...app.database.after] } }),
    actor,
    ...(identity && { identity }),
    ...(app.limits && { limits: app.limits }),
    ...(app.mail && { mail: linkMail(app.mail, app.name, mistakes) }),
    ...(files && { files }),
    policies: { ...policies, ...platformPolicies(account, identity) },
    views,
    events: withUsed(events, collected),
    operations: constrained,
  }
  checkReadable(manifest, mistakes)
  const finished = finish(manifest)
  mistakes.include(verify(finished))
  mistakes.settle(app.name)
  rememberVerified(finished)
  return { manifest: finished, handlers, options: app.options }
}

/** What keys can be made for; undefined where there are none. */
const declaredScopes = ({ all }: Collected, failed: ReadonlySet<object>): Parameters<typeof linkScopes>[0] => {
  for (const { name, declaration } of all) {
    if (!(declaration instanceof IdentityDeclaration)) continue
    if (failed.has(declaration)) return 'unsettled'
    if (declaration.apiKeys) return { place: `${name}.apiKeys.scopes`, scopes: declaration.apiKeys.scopes }
  }
  return undefined
}

/** Declarations that could not be recorded; all their mistakes are noted, under the names they are exported with. */
const linkFailures = (app: App, collected: Collected, mistakes: Mistakes): ReadonlySet<object> => {
  const failed = new Set<object>()
  for (const { name, declaration } of collected.all) {
    const place = declaration instanceof PolicyDeclaration ? undefined : name
    if (mistakes.failed(declaration, place)) failed.add(declaration)
  }
  for (const declaration of failedAbout(app.models)) if (!failed.has(declaration)) mistakes.failed(declaration)
  return failed
}

const linkHandler = (handler: HandlerDeclaration, name: string): Operation => ({
  kind: 'invoke',
  auth: handler.auth,
  input: linkInputs(handler.input),
  ...(handler.allow && { allow: handler.allow }),
  ...(handler.output && { output: group(linkInputs(handler.output)) }),
  ...(handler.sensitive && { sensitive: true }),
  ...(handler.isolation && { isolation: handler.isolation }),
  ...linkExclusive(handler, name),
  ...(handler.summary !== undefined && { summary: handler.summary }),
})

/** One policy per model; one without any is refused by `verify` (law 3). */
const linkPolicies = (collected: Collected, mistakes: Mistakes): Record<string, Policy> => {
  const policies: Record<string, Policy> = {}
  for (const { name, declaration } of collected.all) {
    if (!(declaration instanceof PolicyDeclaration)) continue
    if (Object.hasOwn(policies, declaration.model))
      mistakes.add(name, 'duplicate-name', `${declaration.model} has a second policy`, 'Put both into one.')
    policies[declaration.model] = declaration.rules
  }
  return policies
}

/** Events that actions emit are part of the manifest, exported or not. */
const withUsed = (events: Record<string, EventDefinition>, collected: Collected): Record<string, EventDefinition> => {
  for (const { declaration } of collected.all) {
    if (!(declaration instanceof ActionDeclaration)) continue
    for (const { event } of declaration.write.emits) {
      events[event.name] ??= { name: event.name, payload: linkInputs(event.payload) }
    }
  }
  return events
}

const linkActor = (app: App, mistakes: Mistakes): ActorDefinition => {
  const model = app.actor.id?.type?.model
  const fields = Object.entries(app.actor).flatMap(([name, declared]) => {
    if (declared?.face === 'field') {
      const { type, optional } = declared
      return [[name, { type, ...(optional && { optional }) }] as const]
    }
    const { message, hint } = noField(`actor.${name}`, declared)
    mistakes.add(`actor.${name}`, 'invalid-declaration', message, hint)
    return []
  })
  return { ...(model !== undefined && { model }), fields: Object.fromEntries(fields) }
}
