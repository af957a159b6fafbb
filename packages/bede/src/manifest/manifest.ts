import type { Expr, Source } from '../expr/expr.ts'
import type { Json, JsonSchema, ValueType } from '../expr/value.ts'
import type { Constraints, ModelDefinition } from '../model/definition.ts'
import type { IdentityDefinition } from './identity.ts'
import type { FilesDefinition } from './kept-files.ts'
import type { LimitsDefinition, OperationLimits } from './limits.ts'

export type {
  AdministrationDefinition,
  ApiKeysDefinition,
  EmailDefinition,
  IdentityDefinition,
  OrganizationsDefinition,
  SessionsDefinition,
} from './identity.ts'
export type { LimitsDefinition, OperationLimits, QuotaDefinition } from './limits.ts'

/** The version of this document's form. A reader refuses any other. */
export const manifestVersion = 1

/**
 * The whole backend as one frozen, language-free JSON document. Every floor below reads it and nothing else;
 * it is enough to serve every compiled operation (only `invoke` operations also need their handlers).
 */
export interface Manifest {
  readonly version: typeof manifestVersion
  readonly name: string
  readonly models: Readonly<Record<string, ModelDefinition>>
  readonly database?: DatabaseDefinition
  readonly actor: ActorDefinition
  /** How accounts sign in. Absent: nobody can. */
  readonly identity?: IdentityDefinition
  /** How often one caller may call. */
  readonly limits?: LimitsDefinition
  /** What the mails say, where it is something else than Bede's own templates say. */
  readonly mail?: MailDefinition
  /** Handlers keep files of their own. */
  readonly files?: FilesDefinition
  /** One per user model, by model name (law 3). Platform models have none and refuse everyone but the system. */
  readonly policies: Readonly<Record<string, Policy>>
  readonly views: Readonly<Record<string, View>>
  readonly events: Readonly<Record<string, EventDefinition>>
  /** Everything that can be called, by name: `article.list`, `publish`, `getArticle`. */
  readonly operations: Readonly<Record<string, Operation>>
}

/** What an empty database needs beside the tables, as statements of its own, word for word: types and views that were there before. */
export interface DatabaseDefinition {
  /** Made before the tables: types, domains, sequences. */
  readonly before: readonly string[]
  /** Made after them: views, comments, what belongs to what. */
  readonly after: readonly string[]
}

/** The fields every actor has. `id` names a row of `model`, the account. */
export interface ActorDefinition {
  readonly model?: string
  readonly fields: Readonly<Record<string, { readonly type: ValueType; readonly optional?: true }>>
}

/** Mails as data: `{{name}}` stands for a value, and nothing in a template is run. */
export interface MailDefinition {
  /** What the app is called in them. */
  readonly name: string
  /** The language of those who have none of their own (BCP 47). */
  readonly language: string
  /** The field of the accounts' model that says the language of each. */
  readonly languageField?: string
  /** By language, then by the template's name. */
  readonly templates: Readonly<
    Record<string, Readonly<Record<string, { readonly subject: string; readonly text: string; readonly html: string }>>>
  >
}

/** Who may do what. An operation that is not stated is refused. Row variable: `row`. */
export interface Policy {
  readonly read?: Expr
  readonly create?: Expr
  /** `from` is checked on the row as it is, `to` on the row as it will be. */
  readonly update?: { readonly from: Expr; readonly to: Expr }
  readonly delete?: Expr
  /** Of a model with `softDelete`: who may bring a deleted row back, and who may remove it for good. */
  readonly restore?: Expr
  readonly purge?: Expr
  /** Of a model with `history`: who may see what a row was, on top of seeing the row. */
  readonly history?: Expr
  /** Rules on single fields, on top of the row's: a field that may not be read is null, one that may not be written is a 403. */
  readonly fields?: Readonly<Record<string, { readonly read?: Expr; readonly write?: Expr }>>
}

/** What is seen of one row of `model`. Row variable: `row`. */
export interface View {
  readonly model: string
  readonly shape: Shape
}

/** The form of an answer; the database writes it as JSON. */
export type Shape =
  | { readonly kind: 'value'; readonly expr: Expr; readonly type: ValueType; readonly nullable?: true }
  | { readonly kind: 'object'; readonly members: Readonly<Record<string, Shape>> }
  /** One row or null; where `nullable` is absent and there is no row: below a row, that row is left out; at the top, 404. */
  | { readonly kind: 'one'; readonly from: Source; readonly item: Shape; readonly nullable?: true }
  | {
      readonly kind: 'list'
      readonly from: Source
      readonly item: Shape
      /** Each value once, in their order, which the source does not say; the item is a value. */
      readonly distinct?: true
    }
  /** A declared view of the row that `row` names. */
  | { readonly kind: 'view'; readonly view: string; readonly row: string }
  /** A page of a list (keyset): the top of a list operation and nowhere else. Item's row variable: the source's `as`. */
  | { readonly kind: 'page'; readonly from: Source; readonly item: Shape; readonly page: PageDefinition }
  /** Rows in groups, with measures of each: the top of an aggregate operation and nowhere else. */
  | { readonly kind: 'groups'; readonly from: Source; readonly groups: GroupsDefinition }

/**
 * What groups of rows are counted by and measured. Inputs: `groupBy` and `measure` (arrays of the names below), `sort` (one of
 * those asked for, `-` first for descending), `limit`. The answer: `{"items":[{"by":{…},"measures":{…}}],"more":false}`.
 */
export interface GroupsDefinition {
  readonly by: Readonly<Record<string, { readonly expr: Expr; readonly type: ValueType; readonly nullable?: true }>>
  readonly measures: Readonly<Record<string, MeasureDefinition>>
  readonly maxGroups: number
}

export interface MeasureDefinition {
  readonly fn: 'count' | 'sum' | 'avg' | 'min' | 'max'
  /** Of each row of a group; absent for `count`. */
  readonly of?: Expr
  /** What comes of it. All but a count are null for a group without values. */
  readonly type: ValueType
}

/** How a list may be asked for. Inputs: `sort` (text, `-` first for descending), `limit`, `cursor`, `count` (boolean). */
export interface PageDefinition {
  /** Sort paths by their public name; the row's id is always the last key. */
  readonly sort: Readonly<Record<string, Expr>>
  /** The order when none is asked for, e.g. `-createdAt`; an entry of `sort`, or `id`. */
  readonly defaultSort: string
  /** The order of what was searched, when none is asked for, and only then: an entry of `sort`, where `input` was sent. */
  readonly searched?: { readonly input: string; readonly sort: string }
  readonly defaultLimit: number
  readonly maxLimit: number
}

/** One named value of an input. */
export interface InputField extends Constraints {
  readonly type: ValueType
  /** May be absent. */
  readonly optional?: true
  /** May be null. */
  readonly nullable?: true
  readonly default?: Json
  /** `object`: its members. */
  readonly fields?: Readonly<Record<string, InputField>>
  /** `array`: each item. */
  readonly items?: InputField
}

export interface EventDefinition {
  readonly name: string
  readonly payload: Readonly<Record<string, InputField>>
}

export type Operation = CompiledOperation | InvokeOperation

interface OperationBase {
  /** `required`: an absent actor is a 401 before anything else. */
  readonly auth: 'required' | 'optional'
  readonly input: Readonly<Record<string, InputField>>
  readonly http?: HttpBinding
  readonly summary?: string
  readonly exclusive?: Exclusive
  /** Seconds: who proved who they are longer ago has to prove it again (401). */
  readonly stepUp?: number
  /** Only by the person themself: not by somebody who acts as them. */
  readonly personal?: true
  /** A credential with scopes needs this one. Absent: it cannot call this at all. */
  readonly scope?: string
  /** Points that a call of it costs; absent: one, or five where it hashes. What it takes or gives many of costs as often as that. */
  readonly cost?: number
  /** Its own, and those of what it is a part of. */
  readonly limits?: readonly OperationLimits[]
}

/** Calls that never run at the same time: each key is a lock, held until the transaction ends. */
export interface Exclusive {
  /** Operations of one group share their locks. */
  readonly group: string
  /** Over the actor and the input. Absent: one lock for the whole group. */
  readonly keys?: readonly Expr[]
  /** Who comes second is refused at once (423) instead of waiting. */
  readonly wait?: false
}

/** Compiled to one statement: first what it writes, then the answer, which sees the write. */
export interface CompiledOperation extends OperationBase {
  readonly kind: 'read' | 'write'
  readonly write?: Write
  /** A write that names no version of its row (`If-Match`) is refused (428). */
  readonly requireMatch?: true
  /** Rows below the one written, by relation, in the same transaction. */
  readonly nested?: Readonly<Record<string, NestedWrite>>
  /** Absent: no body (204). In a write, the variable `row` is the row written. */
  readonly answers?: Shape
  /** A read whose answer may be kept for so many seconds, until something it reads has changed. */
  readonly cache?: { readonly for: number }
}

/**
 * How the children of a row are written with it: bulk writes over the input `rows`, each `{ parent, item }`. What a caller
 * sends stands in the parent's item under the relation's name: a list of new rows where the parent is new, else
 * `{ create, update, delete }`.
 */
export interface NestedWrite {
  readonly create?: CompiledOperation
  readonly update?: CompiledOperation
  readonly delete?: CompiledOperation
  /** The children of the rows created, and of the rows changed. */
  readonly created?: Readonly<Record<string, NestedWrite>>
  readonly changed?: Readonly<Record<string, NestedWrite>>
}

/** Runs a handler of the user's in one transaction. The handler is found by the operation's name. */
export interface InvokeOperation extends OperationBase {
  readonly kind: 'invoke'
  /** Checked before the handler runs; over the actor and the input only. Absent: anyone that `auth` lets in. */
  readonly allow?: Expr
  /** Files that come with the call, by name, beside its input. */
  readonly files?: Readonly<Record<string, UploadDefinition>>
  /** The shape of a JSON answer, checked on its way out; absent: whatever the handler returns. */
  readonly output?: InputField
  /** The media type of what it answers when all is well: of its JSON, or of what is none. */
  readonly produces?: string
  /** Other media types of that answer. */
  readonly also?: Readonly<Record<string, MediaDefinition>>
  /** What else it answers, by status, `4XX` or `default`; with these, it answers nothing that is not declared. */
  readonly responses?: Readonly<Record<string, ResponseDefinition>>
  /** Its answer holds a secret: never kept for an idempotent replay, never logged. */
  readonly sensitive?: true
  /** It may change in which tenant the caller acts. */
  readonly moves?: true
  /** As if one ran after the other: what the database undoes because of another is run again. Absent: read committed. */
  readonly isolation?: 'serializable'
  /** It is about a file, and has no handler: Bede itself does it. */
  readonly file?: FileAccess
}

/** A file that comes with a call. */
export interface UploadDefinition {
  /** Media types, of which its bytes decide; `application/octet-stream`: anything. */
  readonly types: readonly string[]
  /** Bytes at most. */
  readonly max: number
  /** Pixels at most, of an image. */
  readonly pixels: number
  readonly optional?: true
  /** Up to so many under this name. */
  readonly many?: number
}

/** What a handler answers with one status. Without `output` and `produces`: no body. */
export interface ResponseDefinition {
  readonly output?: InputField
  readonly produces?: string
  /** Other media types of it: the caller's `Accept` decides. */
  readonly also?: Readonly<Record<string, MediaDefinition>>
  /** Header lines that it has. */
  readonly headers?: Readonly<Record<string, InputField>>
  readonly description?: string
}

/** One media type of an answer. `output`: of JSON, its shape. */
export interface MediaDefinition {
  readonly output?: InputField
}

/**
 * What is done with a row's file: its bytes are read (`get`), put in place of what was there (`put`) or taken away
 * (`delete`). The row is named by the input `id`. A resumable upload is begun (`begin`), asked how far it is (`find`),
 * gone on with (`append`) and given up (`abandon`): the input `upload` names it. `signed`: the input `token` is an
 * address that was signed.
 */
export type FileAccess =
  | { readonly does: 'get' | 'put' | 'delete'; readonly model: string; readonly field: string }
  | { readonly does: 'begin' | 'find' | 'append' | 'abandon'; readonly model: string; readonly field: string }
  | { readonly does: 'signed' }

/** One change of rows of one model (and of its children, at create), with the events it emits, in one statement. */
export type Write = CreateWrite | UpdateWrite | DeleteWrite | RestoreWrite | PurgeWrite

interface WriteBase {
  readonly model: string
  /** Outbox rows, one per row written; the payload's expressions see `row` as it is after the write (delete: as it was). */
  readonly emits?: readonly { readonly event: string; readonly payload: Readonly<Record<string, Expr>> }[]
}

export interface CreateWrite extends WriteBase {
  readonly kind: 'create'
  /** Values by field. A field that is left out takes its default. `row` is not in scope but for its id (`{kind:'field', row:'row', field:<id>}`). */
  readonly values: Readonly<Record<string, Expr>>
  /** One row per item of this input array (bulk); the answer is then a list of outcomes. */
  readonly each?: Each
  /** Children created with it, by relation name (kind `many`). */
  readonly children?: Readonly<Record<string, ChildCreate>>
  /** What to do when a row with the same `key` (fields of one unique index) is there. Absent: 409. */
  readonly exists?: {
    readonly key: readonly string[]
    readonly then: 'keep' | 'update'
    readonly set?: Readonly<Record<string, Expr>>
  }
}

export interface ChildCreate {
  readonly each: Each
  readonly values: Readonly<Record<string, Expr>>
}

/** An input array and the variable that names its current item. */
export interface Each {
  readonly path: readonly string[]
  readonly as: string
}

export interface UpdateWrite extends WriteBase {
  readonly kind: 'update'
  /** Which rows. None visible: 404. */
  readonly target: Expr
  /** `each`: bulk; `target` and `set` may use its item. */
  readonly each?: Each
  /** Must hold on the old row, else 409. */
  readonly where?: Expr
  /** New values by field; a `given` without `otherwise` leaves the field as it is when the input was not sent. */
  readonly set: Readonly<Record<string, Expr>>
  /** The representation whose entity tag `If-Match` compares, on the old row. Absent: the operation's answer. */
  readonly represents?: Shape
}

export interface DeleteWrite extends WriteBase {
  readonly kind: 'delete'
  readonly target: Expr
  readonly each?: Each
  readonly where?: Expr
  /** No row to delete is fine (absent: 404). */
  readonly absent?: 'ok'
  /** As for an update. */
  readonly represents?: Shape
}

/** Brings back deleted rows of a model with `softDelete`, and what was deleted along with them. */
export interface RestoreWrite extends WriteBase {
  readonly kind: 'restore'
  /** Which of the deleted rows. None visible: 404. */
  readonly target: Expr
  readonly each?: never
}

/** Removes deleted rows of a model with `softDelete` for good. */
export interface PurgeWrite extends WriteBase {
  readonly kind: 'purge'
  readonly target: Expr
  readonly each?: never
  /** At most this many rows; an integer expression without rows in it. */
  readonly limit?: Expr
  /** No row to remove is fine (absent: 404). */
  readonly absent?: 'ok'
}

/** How an operation is reached over HTTP. */
export interface HttpBinding {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/api/articles/:slug` */
  readonly path: string
  /** The status of success; default 200, 201 for create, 204 without a body. */
  readonly status?: number
  /** Path parameters: where in the input each goes, as text to be read by its type. */
  readonly params: Readonly<Record<string, readonly string[]>>
  /** Query parameters, likewise. `createdAt[gte]` is a parameter of that very name. */
  readonly query: Readonly<Record<string, readonly string[]>>
  /** Query parameters, lists all, that come once for each item. */
  readonly repeated?: readonly string[]
  /** Header lines, likewise: where in the input each goes. */
  readonly headers?: Readonly<Record<string, readonly string[]>>
  /** Media types of the body; absent: `application/json`, and `multipart/form-data` where there are files. */
  readonly accepts?: readonly string[]
  /** Where the JSON body goes (`[]`: merged at the top); absent: no body is accepted. */
  readonly body?: readonly string[]
  /** Cookies by name: where in the input each goes, as it is, where the body brings nothing to that place. */
  readonly cookies?: Readonly<Record<string, readonly string[]>>
  /** Callers should move on: days as `YYYY-MM-DD` (RFC 9745, RFC 8594). */
  readonly deprecated?: { readonly since: string; readonly sunset?: string; readonly link?: string }
  /** `merge-patch`: the body may also be `application/merge-patch+json` (RFC 7396). */
  readonly patch?: true
  /** The path of the row that was created, for `Location`; its parameter is the row's id. */
  readonly location?: string
}

/** A JSON Schema for a value of the manifest (used by validation, OpenAPI and later surfaces). */
export type { JsonSchema }
