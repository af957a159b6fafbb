import type { Expected } from '../model/expression.ts'
import type { Answer, Row, Rows, ShapeValue } from '../model/row.ts'
import type { Models, Schema } from '../model/schema.ts'
import { type ActionVerb, recordAction } from './action.ts'
import { type ExposeOptions, type Exposure, recordExposure } from './expose.ts'
import { type Identity, type IdentityOptions, recordIdentity } from './identity.ts'
import { type Policy, type PolicyScope, type Rules, recordPolicy } from './policy.ts'
import { RecordedRows } from './rows.ts'
import type { ActorDeclaration, ActorFields } from './scope.ts'
import { recordView, type View, type ViewScope } from './view.ts'

/** What can be said about one model: its policy, views, actions and exposures, and queries over all its rows. */
export interface Resource<S extends Schema<S>, A, M extends keyof S> extends Rows<S, M> {
  /** The model's name, with the schema and the actor it is declared with: for whatever builds on a resource. */
  readonly of: { readonly model: M; readonly models: S; readonly actor: A }
  policy(rules: (scope: PolicyScope<S, A, M>) => Rules<S, M>): Policy
  view<const V extends ShapeValue>(shape: (scope: ViewScope<S, A, M>) => V): View<S, M, Answer<V>>
  readonly action: ActionVerb<S, A, M>
  expose(options: ExposeOptions<S, M>): Exposure
  /** The rows of this model are accounts that sign in: brings the routes under /auth, and `auth` in handlers. */
  identity<T = never, O extends keyof S = 'organization' & keyof S>(options?: IdentityOptions<S, M, T, O, A>): Identity
  /** The one row for which `where` holds, to read values of; none: what asks for it is refused. */
  one(where: (row: Row<S, M>) => Expected['condition']): Row<S, M>
  /** The same; its values are null when there is none. */
  maybe(where: (row: Row<S, M>) => Expected['condition']): Row<S, M, null>
}

export type Resources<S extends Schema<S>, A> = { readonly [M in keyof S]: Resource<S, A, M> }

export class RecordedResource extends RecordedRows {
  readonly of: { readonly model: string; readonly models: Models; readonly actor: ActorDeclaration }

  constructor(models: Models, model: string, actor: ActorDeclaration) {
    super(models, model)
    this.of = Object.freeze({ model, models, actor })
  }

  policy(rules: (scope: never) => unknown) {
    return recordPolicy(this.models, this.of.actor, this.model, rules)
  }
  view(shape: (scope: never) => unknown) {
    return recordView(this.models, this.of.actor, this.model, shape)
  }
  action(options: object) {
    return recordAction(this.models, this.of.actor, this.model, options)
  }
  identity(options?: object) {
    return recordIdentity(this.models, this.of.actor, this.model, options)
  }
  expose(options: object) {
    return recordExposure(this.models, this.model, options)
  }
  one(where: (row: object) => unknown) {
    return this.row(where, false)
  }
  maybe(where: (row: object) => unknown) {
    return this.row(where, true)
  }
}

const schemas = new WeakMap<object, { readonly models: Models; readonly actor: ActorDeclaration }>()
/** The models as they are declared about, and the actor they are declared with. */
export const declaredWith = (models: object) => schemas.get(models)

/**
 * `resources<Blog, Actor>(models, actor)`: one resource per model. The two type arguments are interfaces over
 * `typeof models` and `ActorOf<typeof actor>`; they keep hovers, errors and declaration files small.
 */
export const resources = <S extends Schema<S>, A extends ActorFields<A>>(models: S, actor: A): Resources<S, A> => {
  const known: Models = schemas.get(models)?.models ?? { ...models }
  const fields: ActorDeclaration = { ...actor }
  schemas.set(models, { models: known, actor: fields })
  const all = Object.keys(known).map((model) => [model, new RecordedResource(known, model, fields)] as const)
  return Object.freeze(Object.fromEntries(all)) as unknown as Resources<S, A>
}
