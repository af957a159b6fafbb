import type { Json } from '../expr/value.ts'
// biome-ignore lint/suspicious/noShadowRestrictedNames: what it is in messages of the compiler
import type { Answerable, Expected, TypeError } from '../model/expression.ts'
import type { Row } from '../model/row.ts'
import type { Schema } from '../model/schema.ts'
import type { WithDeletedAt } from '../model/soft-delete.ts'
import type { IdOf, PlainCreate, PlainNumbers, PlainSet } from '../model/writes.ts'
import type { ActionCall } from './action.ts'
import type { SystemActor } from './system.ts'
import type { View } from './view.ts'

/** A resource, as far as a handler's writes need it. */
export interface Stored<S extends Schema<S>, M extends keyof S> {
  readonly of: { readonly model: M; readonly models: S }
  /** For the types only: the rows it has. */
  some(where?: (row: Row<S, M>) => Expected['condition']): unknown
}

/** One change of one row, of a model with `history`. */
export interface RowChanged {
  /** By the database's clock, RFC 3339 in UTC. */
  readonly at: string
  readonly change: 'create' | 'update' | 'delete' | 'restore' | 'purge'
  readonly operation: string | null
  /** Null: nobody was signed in, or the system did it, and then `reason` says why. */
  readonly actorId: string | null
  /** Who really did it, where somebody acted as another. */
  readonly impersonatorId: string | null
  readonly reason: string | null
  readonly requestId: string | null
  /** Values by field, of the fields that changed. */
  readonly before: { readonly [field: string]: Json } | null
  readonly after: { readonly [field: string]: Json } | null
  /** Fields that changed and whose values are not kept. */
  readonly hidden: readonly string[]
}

/** Only of a model with `softDelete` there are deleted rows. */
export type KeepsDeleted<S extends Schema<S>, M extends keyof S> = S[M]['fields'] extends WithDeletedAt
  ? unknown
  : TypeError<`${M & string} does not keep its deleted rows: write softDelete: true in its options`>

/**
 * The database, in a handler. Everything runs with the rights of the caller, in the handler's transaction: policies
 * hold, and what a policy refuses throws a Problem.
 */
export interface Db {
  /** `db.run(articleView.one((a) => a.slug.eq(slug)))`: one statement. A required row that is not there is a Problem `not-found`. */
  run<R>(call: ActionCall<R>): Promise<R>
  run<T>(query: Answerable<T>): Promise<T>
  create<S extends Schema<S>, M extends keyof S>(
    into: Stored<S, M>,
    values: PlainCreate<S, M>,
  ): Promise<{ readonly id: IdOf<S, M> }>
  create<S extends Schema<S>, M extends keyof S, T>(
    into: Stored<S, M>,
    values: PlainCreate<S, M>,
    view: View<S, M, T>,
  ): Promise<T>
  update<S extends Schema<S>, M extends keyof S>(
    of: Stored<S, M>,
    id: IdOf<S, M>,
    values: PlainSet<S, M>,
  ): Promise<{ readonly id: IdOf<S, M> }>
  update<S extends Schema<S>, M extends keyof S, T>(
    of: Stored<S, M>,
    id: IdOf<S, M>,
    values: PlainSet<S, M>,
    view: View<S, M, T>,
  ): Promise<T>
  /**
   * Adds to numbers of a row, whatever they are by then: two that come at once both count. A negative number takes away;
   * the limits of the field hold for the result.
   */
  increment<S extends Schema<S>, M extends keyof S>(
    of: Stored<S, M>,
    id: IdOf<S, M>,
    by: PlainNumbers<S, M>,
  ): Promise<{ readonly id: IdOf<S, M> }>
  increment<S extends Schema<S>, M extends keyof S, T>(
    of: Stored<S, M>,
    id: IdOf<S, M>,
    by: PlainNumbers<S, M>,
    view: View<S, M, T>,
  ): Promise<T>
  delete<S extends Schema<S>, M extends keyof S>(of: Stored<S, M>, id: IdOf<S, M>): Promise<void>
  /** All rows or none, in one statement. */
  createMany<S extends Schema<S>, M extends keyof S>(
    into: Stored<S, M>,
    values: readonly PlainCreate<S, M>[],
  ): Promise<readonly { readonly id: IdOf<S, M> }[]>
  /** Brings a deleted row back, with what was deleted along with it. Of a model with `softDelete`. */
  restore<S extends Schema<S>, M extends keyof S>(
    of: Stored<S, M> & KeepsDeleted<S, M>,
    id: IdOf<S, M>,
  ): Promise<{ readonly id: IdOf<S, M> }>
  restore<S extends Schema<S>, M extends keyof S, T>(
    of: Stored<S, M> & KeepsDeleted<S, M>,
    id: IdOf<S, M>,
    view: View<S, M, T>,
  ): Promise<T>
  /** Removes a deleted row for good. */
  purge<S extends Schema<S>, M extends keyof S>(of: Stored<S, M> & KeepsDeleted<S, M>, id: IdOf<S, M>): Promise<void>
  /**
   * Removes for good what was deleted before an instant (RFC 3339), oldest ids first and at most `limit` rows (1000) at
   * once. Gives how many it removed: fewer than `limit` when nothing is left.
   */
  purgeDeleted<S extends Schema<S>, M extends keyof S>(
    of: Stored<S, M> & KeepsDeleted<S, M>,
    options: { readonly before: string; readonly limit?: number },
  ): Promise<number>
  /** The deleted rows that the caller may restore or purge, latest deletion first; at most `limit` (100). */
  deleted<S extends Schema<S>, M extends keyof S, T>(
    of: Stored<S, M> & KeepsDeleted<S, M>,
    view: View<S, M, T>,
    options?: { readonly limit?: number },
  ): Promise<readonly T[]>
  /**
   * The changes of one row, the latest first; at most `limit` (100). Of a model with `history`. A row that is gone for
   * good is seen by the system alone.
   */
  history<S extends Schema<S>, M extends keyof S>(
    of: Stored<S, M>,
    id: IdOf<S, M>,
    options?: { readonly limit?: number },
  ): Promise<readonly RowChanged[]>
  /** The row as it was at an instant (RFC 3339), through its relations what is there now; null when it was not there. */
  asOf<S extends Schema<S>, M extends keyof S, T>(
    of: Stored<S, M>,
    id: IdOf<S, M>,
    at: string,
    view: View<S, M, T>,
  ): Promise<T | null>
  /**
   * Runs `work` so that what it throws undoes its own writes and no others: for a refusal that the handler goes on from,
   * such as a value that is taken. Use the `db` it is given, in `work`. The refusal is thrown on.
   */
  attempt<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** The same database with the rights of the system: `db.as(system('why'))`. The reason is logged. */
  as(actor: SystemActor): Db
}
