import type { AnyField } from '../model/field.ts'
import type { FieldName } from '../model/field-name.ts'
import type { JsonPaths } from '../model/json-path.ts'
import type { FieldNames } from '../model/model.ts'
import type { Many, One } from '../model/relation.ts'
import type { Models, Schema } from '../model/schema.ts'
import type { WithSearch } from '../model/search.ts'
import type { ActionDeclaration } from './action.ts'
import type { AggregateOptions, RecordedAggregate } from './aggregate.ts'
import { type Deprecated, deprecated } from './deprecated.ts'
import { recordedOr } from './failed.ts'
import type { FileNames, FileOperation } from './files.ts'
import { type Limited, type Limits, type RecordedLimited, recordLimited, recordPerOperation } from './limits.ts'
import type { LinkOptions, RecordedLinks } from './links.ts'
import type { NestedOptions, RecordedNested } from './nested.ts'
import type { ViewDeclaration } from './shape.ts'
import type { View } from './view.ts'

declare const exposure: unique symbol
export interface Exposure {
  readonly [exposure]: true
}

export const exposedOperations = [
  'list',
  'get',
  'create',
  'update',
  'delete',
  'upsert',
  'createMany',
  'updateMany',
  'deleteMany',
  'listDeleted',
  'restore',
  'purge',
  'history',
  'asOf',
] as const
export type ExposedOperation = (typeof exposedOperations)[number]

type TargetOf<S extends Schema<S>, M extends keyof S, F> =
  F extends Many<infer T>
    ? T
    : F extends One<infer B>
      ? S[M]['fields'][B] extends { readonly target: infer T }
        ? T
        : never
      : never

/** The operations of an exposure by the last part of their names: `create`, `aggregate`, `putCover`, `addTags`. */
export type OperationName<S extends Schema<S>, M extends keyof S> =
  | ExposedOperation
  | 'aggregate'
  | `${FileOperation}${Capitalize<FileNames<S, M>>}`
  | `${'add' | 'remove'}${string}`

/** A field, a field of a related row, or a path into a json field: `status`, `tags.name`, `settings.theme`. */
export type FieldPath<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields'] & string]: S[M]['fields'][F] extends AnyField
    ? F | JsonPaths<Pick<S[M]['fields'], F>>
    : TargetOf<S, M, S[M]['fields'][F]> extends infer T extends keyof S
      ? `${F}.${FieldNames<S[T]['fields']>}`
      : never
}[keyof S[M]['fields'] & string]

export interface ExposeOptions<S extends Schema<S>, M extends keyof S> {
  /** Absent: the model's name in the plural, `/articles`. */
  readonly path?: `/${string}`
  readonly view: View<S, M, unknown>
  /** Nothing else is reachable. A compiled action is reached below the row it changes: `POST /articles/:id/publish`. */
  readonly operations: readonly (ExposedOperation | Listed<S, M>)[]
  /** What a list may be filtered by. A path must have an index. */
  readonly filter?: readonly FieldPath<S, M>[]
  /** What a list may be sorted by; the first, newest first, is the order when none is asked for. */
  readonly sort?: readonly FieldName<S, M>[]
  /**
   * The list takes `?q=`, what a person types to search for (the model's `search`), and gives the best first
   * (`sort=relevance`).
   */
  readonly search?: S[M]['fields'] extends WithSearch ? true : never
  /** The fields a caller may write, when not the usual ones. */
  readonly accepts?: {
    readonly create?: readonly FieldName<S, M>[]
    readonly update?: readonly FieldName<S, M>[]
  }
  /** The fields of the unique by which `upsert` knows a row. */
  readonly key?: readonly FieldName<S, M>[]
  readonly limit?: { readonly default?: number; readonly max?: number }
  /** `update` and `delete` have to name the version they are about (`If-Match`), else 428. */
  readonly requireMatch?: true
  /** Rows in groups, counted and measured: `GET /articles/aggregate`. */
  readonly aggregate?: AggregateOptions<S, M>
  /** Children that `create` and `update` write with their parent: all or none, two levels deep. */
  readonly nested?: NestedOptions<S, M>
  /** Rows that join this model with another, added and removed by address: `PUT` and `DELETE /articles/:id/tags/:tagId`. */
  readonly links?: LinkOptions<S, M>
  /**
   * Files of its rows, each at an address below the row's: `files: { cover: ['get', 'put', 'delete'] }` opens
   * `/articles/:id/cover`. Reading one needs the row's `read`, changing one its `update`, and the field's own rules.
   */
  readonly files?: { readonly [F in FileNames<S, M>]?: readonly FileOperation[] }
  /** Said of every operation of this exposure. */
  readonly deprecated?: Deprecated
  /** Points that a call of each of its operations costs; a bulk and a page cost as often as that as they have rows. */
  readonly cost?: number
  /** What the calls of all its operations together may cost, actions included, beside what all calls of the app may. */
  readonly limits?: Limits
  /**
   * The same of single operations: `{ create: { limits: { perActor: { points: 10, per: '1h' } } } }`. What is said of
   * `create` holds for each row of `createMany` and for `upsert` too, of `update` and `delete` for theirs, unless they say
   * it themselves. An action says its own.
   */
  readonly perOperation?: { readonly [O in OperationName<S, M>]?: Limited }
  /** API keys read with the scope `<scope>:read` and write with `<scope>:write`. Absent: the path's last part. */
  readonly scope?: string
}
/** A compiled action of this model. */
interface Listed<S extends Schema<S>, M extends keyof S> {
  with(values: never): unknown
  readonly of?: { readonly models: S; readonly model: M }
}

export class ExposureDeclaration {
  readonly model: string
  readonly path: string | undefined
  readonly view: ViewDeclaration
  readonly operations: readonly (ExposedOperation | ActionDeclaration)[]
  readonly filter: readonly string[]
  readonly sort: readonly string[]
  readonly search: boolean
  readonly accepts: { readonly create?: readonly string[]; readonly update?: readonly string[] }
  readonly key: readonly string[] | undefined
  readonly limit: { readonly default: number; readonly max: number }
  readonly requireMatch: boolean
  readonly aggregate: RecordedAggregate | undefined
  readonly nested: RecordedNested
  readonly links: RecordedLinks
  readonly files: Readonly<Record<string, readonly string[]>>
  readonly deprecated: Deprecated | undefined
  readonly scope: string | undefined
  readonly limited: RecordedLimited | undefined
  readonly perOperation: Readonly<Record<string, RecordedLimited>>
  constructor(parts: ExposureDeclaration) {
    this.model = parts.model
    this.path = parts.path
    this.view = parts.view
    this.operations = parts.operations
    this.filter = parts.filter
    this.sort = parts.sort
    this.search = parts.search
    this.accepts = parts.accepts
    this.key = parts.key
    this.limit = parts.limit
    this.requireMatch = parts.requireMatch
    this.aggregate = parts.aggregate
    this.nested = parts.nested
    this.links = parts.links
    this.files = parts.files
    this.deprecated = parts.deprecated
    this.scope = parts.scope
    this.limited = parts.limited
    this.perOperation = parts.perOperation
  }
}

/** Twenty rows are a screen; a hundred are as many as anybody reads. */
const usualLimit = { default: 20, max: 100 }

type Loose = Partial<Omit<ExposureDeclaration, 'limit' | 'limited' | 'perOperation'>> & {
  readonly limit?: { readonly default?: number; readonly max?: number }
  readonly cost?: unknown
  readonly limits?: unknown
  readonly perOperation?: unknown
}

export const recordExposure = (_models: Models, model: string, options: object): ExposureDeclaration => {
  const {
    path,
    view,
    operations = [],
    filter = [],
    sort = [],
    search = false,
    accepts = {},
    key,
    limit,
    requireMatch = false,
    aggregate,
    nested = {},
    links = {},
    files = {},
    deprecated: said,
    scope,
    perOperation,
    ...limited
  } = options as Loose
  const max = limit?.max ?? Math.max(usualLimit.max, limit?.default ?? 0)
  const parts = {
    model,
    path,
    view: view as ViewDeclaration,
    operations,
    filter,
    sort,
    search,
    accepts,
    key,
    requireMatch,
    aggregate,
    nested,
    links,
    files,
    scope,
    limit: { default: limit?.default ?? Math.min(usualLimit.default, max), max },
  }
  return recordedOr(
    `${model} exposure`,
    undefined,
    () =>
      new ExposureDeclaration({
        ...parts,
        deprecated: deprecated(`The exposure of ${model}`, said),
        limited: recordLimited(limited),
        perOperation: recordPerOperation(perOperation),
      }),
    () =>
      new ExposureDeclaration({
        ...parts,
        operations: [],
        deprecated: undefined,
        limited: undefined,
        perOperation: {},
      }),
  )
}
