import type { Of } from '../model/expression.ts'
import type { AnyField, Stored } from '../model/field.ts'
import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import { Recorded, standIn, typed } from './recorded.ts'
import { mistaken } from './recording.ts'

/** Fields of the actor. `id` names the account. */
export type ActorFields<A> = { readonly [N in keyof A]: AnyField }

/** `interface Actor extends ActorOf<typeof actor> {}`: the fields every actor of the app has. */
export type ActorOf<A extends ActorFields<A>> = { readonly [N in keyof A]: A[N] }

/** The actor in an expression. `N` is `null` where nobody may be signed in. */
export type ActorRow<A, N = null> = {
  readonly [F in keyof A]: A[F] extends AnyField ? Of<A[F]['family'], Stored<A[F]> | N> : never
}

/** The actor in a handler: plain values. */
export type ActorValue<A> = { readonly [F in keyof A]: A[F] extends AnyField ? Stored<A[F]> : never }

export interface ActorDeclaration {
  readonly [name: string]: AnyField
}

/** The actor's fields, recorded as they are read. */
export const actorRow = (fields: ActorDeclaration, present: boolean): object => {
  const row = Object.create(null) as object
  for (const [name, field] of Object.entries(fields)) {
    Object.defineProperty(row, name, {
      enumerable: true,
      get: () =>
        new Recorded({ kind: 'actor', field: name, type: field.type }, field.type, {
          nullable: !present || field.optional === true,
        }),
    })
  }
  return new Proxy(row, {
    get: (known, name) => {
      if (typeof name !== 'string' || Object.hasOwn(known, name)) return Reflect.get(known, name)
      const meant = nearest(name, Object.keys(fields))
      mistaken(
        new Problem('unknown-model-field', {
          message: `The actor has no field '${name}'`,
          hint: meant === undefined ? `It has: ${Object.keys(fields).join(', ')}.` : `Perhaps you meant '${meant}'.`,
        }),
      )
      return standIn()
    },
  })
}

/** The time of the call. */
export const now = (): Of<'timestamp', string> => typed(new Recorded({ kind: 'now' }, { kind: 'timestamp' }))
