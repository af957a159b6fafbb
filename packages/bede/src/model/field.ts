import type { Kind, ValueType } from '../expr/value.ts'
import type { Constraints, Default } from './definition.ts'
import type { Families, Family } from './family.ts'

declare const stored: unique symbol
declare const sent: unique symbol
declare const passed: unique symbol
declare const said: unique symbol

/** The value is taken from the actor when the row is created; a caller cannot send it. */
export interface FromActor {
  readonly actor: string
}

/** `authorId: ref('user', { default: fromActor('id') })`: the author is whoever is signed in. */
export const fromActor = (field: string): FromActor => {
  const value = Object.freeze({ actor: field })
  made.add(value)
  return value
}

// A default of a json field may look the same: only what `fromActor` made counts.
const made = new WeakSet<object>()
export const isFromActor = (value: unknown): value is FromActor =>
  typeof value === 'object' && value !== null && made.has(value)

/** What every field may say. `T`: the value as JSON writes it. */
export interface Options<T> {
  /** The value may be missing: null in a row; in an input it may be left out. */
  readonly optional?: true
  /** Inputs: the value may be null. A model's field says `optional`. */
  readonly nullable?: true
  readonly default?: T | FromActor
  /** Of a model with `tenant`, `true`: within each tenant, and `'global'`: over all of them. */
  readonly unique?: true | 'global'
  /** The database computes it, from what the model's `generated` says. */
  readonly generated?: true
  /** Leaves only through a view that names it. */
  readonly private?: true
  /** Set at create, never again. */
  readonly immutable?: true
  /** The name it had in the last migration: a rename, not a loss. */
  readonly was?: string
  /** The column's name, where it is not the field's in snake case. */
  readonly column?: string
  /** The column's type as the database writes it, of a table that was there before: `'character varying(45)'`. */
  readonly native?: string
  /** What the database puts where nothing is given, as SQL: `"nextval('film_film_id_seq'::regclass)"`. */
  readonly databaseDefault?: string
  /** What the database computes the column from, as SQL. It cannot be written. */
  readonly databaseComputed?: string
  /** The database numbers the column. */
  readonly identity?: 'always' | 'by default'
}

/**
 * Kept encrypted: AES-256-GCM, bound to its table, column and row. `search: 'exact'`: its values can be found, and be
 * unique, by a keyed hash of them, from which whoever reads the database sees which rows have the same value.
 */
export interface EncryptedOptions {
  readonly encrypted?: true | { readonly search?: 'exact' }
}
/** The kind of a field that may be kept encrypted. */
export type OrEncrypted<K extends Kind, O> = O extends { readonly encrypted: object | true } ? 'encrypted' : K

/** A field as plain data: what the field functions record. */
export interface FieldDeclaration extends Constraints {
  readonly face: 'field'
  readonly type: ValueType
  readonly optional?: true
  readonly nullable?: true
  readonly default?: Default
  readonly unique?: true | 'global'
  readonly private?: true
  readonly immutable?: true
  /** Written by the platform's own operations alone. */
  readonly managed?: true
  readonly generated?: true
  readonly onUpdate?: 'now'
  readonly onDelete?: 'cascade' | 'set-null'
  readonly was?: string
  readonly wasValues?: { readonly [choice: string]: string }
  readonly column?: string
  readonly native?: string
  readonly given?: true
  readonly identity?: 'always' | 'by default'
  readonly computed?: string
  readonly constraint?: string
  /** What the file may be, as it was declared. */
  readonly file?: { readonly types: readonly string[]; readonly max: number | string; readonly pixels?: number }
  /** `id`: the fields it is made of. */
  readonly of?: readonly string[]
  /** `object`: its members. */
  readonly members?: { readonly [name: string]: FieldDeclaration }
  /** `array`: each item. */
  readonly item?: FieldDeclaration
}

/** Any field; the types of its values are looked up on it and never computed again. */
export interface AnyField extends FieldDeclaration {
  readonly kind: Kind
  readonly family: Family
  /** As a row holds it. */
  readonly [stored]: unknown
  /** As an input arrives in an expression or a handler: `undefined` when it may be left out. */
  readonly [sent]: unknown
  /** How much a caller has to say: `needed`, or may be left out. */
  readonly [passed]: 'needed' | 'free'
}

type FreeToPass =
  | { readonly generated: true }
  | { readonly optional: true }
  | { readonly default: unknown }
  | { readonly databaseDefault: string }
  | { readonly databaseComputed: string }
  | { readonly identity: string }

/** One value of a model, an input, an actor or a payload. */
export interface Field<K extends Kind, T, O> extends AnyField {
  readonly kind: K
  readonly family: Families[K]
  readonly [stored]: O extends { readonly optional: true } | { readonly nullable: true } ? T | null : T
  readonly [sent]:
    | T
    | (O extends { readonly nullable: true } ? null : never)
    | (O extends { readonly default: unknown } ? never : O extends { readonly optional: true } ? undefined : never)
  readonly [passed]: O extends FreeToPass ? 'free' : 'needed'
  /** What the declaration said. */
  readonly [said]: O
}

/** A field that names a row of model `M`. */
export interface RefField<M extends string, T, O> extends Field<'ref', T, O> {
  readonly target: M
}

/** The identifier of its model's rows. */
export interface IdField<M extends string, T, O = { readonly default: never }> extends Field<'id', T, O> {
  readonly names: M
}

export interface ArrayField<F extends AnyField, O> extends Field<'array', readonly Stored<F>[], O> {
  readonly item: F
}

export interface ObjectField<F extends Inputs, O> extends Field<'object', Received<F>, O> {
  readonly members: F
}

/** Named inputs, payload members or actor fields. */
export interface Inputs {
  readonly [name: string]: AnyField
}

export type Stored<F extends AnyField> = F[typeof stored]
export type Sent<F extends AnyField> = F[typeof sent]
/** What a field's declaration said. */
export type Said<F extends AnyField> = F extends { readonly [said]: infer O } ? O : never
export type Passed<F extends AnyField> = F[typeof passed]

/** Values as a handler receives them: validated, with defaults applied. */
export type Received<I extends { readonly [N in keyof I]: AnyField }> = { readonly [N in keyof I]: Sent<I[N]> }

/** Values as a caller passes them: what has a default or is optional may be left out. */
export type Passable<I extends { readonly [N in keyof I]: AnyField }> = {
  readonly [N in keyof I as Passed<I[N]> extends 'needed' ? N : never]: Sent<I[N]>
} & { readonly [N in keyof I as Passed<I[N]> extends 'needed' ? never : N]?: Sent<I[N]> | undefined }

/** No inputs. */
export type None = Record<never, never>

/** Fields as a change takes them: each may be left out, and one that may be missing from a row may be null. */
export type Changes<F extends Inputs> = { readonly [N in keyof F]: Change<F[N]> }
type Change<F extends AnyField> = Field<
  F['kind'],
  NonNullable<Stored<F>>,
  Said<F> extends { readonly optional: true } | { readonly nullable: true }
    ? { readonly optional: true; readonly nullable: true }
    : { readonly optional: true }
>
