export { localFiles } from './adapters/files/local.ts'
export { type S3Options, s3Files } from './adapters/files/s3.ts'
export type { S3Credentials } from './adapters/files/s3-client.ts'
export { createMailbox, type KeptMail, type Mailbox } from './adapters/mailbox.ts'
export { redisChanges } from './adapters/redis-changes.ts'
export { redisLimits, type SharedCounter } from './adapters/redis-limits.ts'
export { type SmtpOptions, smtpMail } from './adapters/smtp.ts'
export type { Action, ActionCall, Auth, InputOfAction, Keyed, ResultOfAction } from './declare/action.ts'
export { App, type AppDeclaration, type AppOptions, app, type HttpDeclaration, type Modules } from './declare/app.ts'
export { coalesce, concat, given, greatest, least, readable, type When, when } from './declare/choose.ts'
export type { Db, RowChanged } from './declare/db.ts'
export { type Event, event } from './declare/event.ts'
export type { ExposedOperation, Exposure } from './declare/expose.ts'
export {
  type FileId,
  type FilesDeclaration,
  type FilesHand,
  OpenedFile,
  type PutOptions,
} from './declare/files.ts'
export type {
  Auth as HandlerAuth,
  Emit,
  Handler,
  HandlerLog,
  Hands,
  NewAccount,
  SignedIn,
  SignInOptions,
} from './declare/handler.ts'
export type { Identity, IdentityOptions } from './declare/identity.ts'
export type { AppLimits, Limited, Limits, Quota } from './declare/limits.ts'
export { and, anyone, nobody, not, or, signedIn } from './declare/logic.ts'
export type { MailDeclaration, MailTemplate, MailText } from './declare/mail.ts'
export type { Policy } from './declare/policy.ts'
export { answer, byMedia, Reply, sendFile, stream } from './declare/reply.ts'
export { type Resource, type Resources, resources } from './declare/resource.ts'
export type { Also, ResponseOptions, Responses } from './declare/responses.ts'
export type { Route, RouteVerb } from './declare/route.ts'
export type { ActorOf, ActorValue } from './declare/scope.ts'
export { type SystemActor, system } from './declare/system.ts'
export type { Uploaded, UploadOptions, Uploads } from './declare/uploads.ts'
export { type HandlerAction, type HandlerActionVerb, type Verbs, verbs } from './declare/verbs.ts'
export type { View, ViewScope } from './declare/view.ts'
export type { ExplainedClause, ExplainedRule, ExplainedScan, Explanation } from './engine/explanation.ts'
export type { FileStorage } from './engine/files/storage.ts'
export { link } from './identity/link.ts'
export type { MailSetup } from './identity/mail/delivery.ts'
export { type Mail, MailFailure, type MailMessage, type Sender } from './identity/mail/mail.ts'
export { type Backend, type StartOptions, start } from './identity/start.ts'
export type { Linked } from './manifest/link/link.ts'
export type { Answerable, Condition, Expression, TypeError } from './model/expression.ts'
export {
  type ArrayField,
  type Changes,
  type Field,
  type FromActor,
  fromActor,
  type IdField,
  type None,
  type ObjectField,
  type Received,
  type RefField,
} from './model/field.ts'
export {
  array,
  bigint,
  bool,
  bytes,
  choice,
  date,
  decimal,
  duration,
  email,
  float,
  id,
  integer,
  json,
  object,
  partial,
  point,
  ref,
  secret,
  slug,
  text,
  time,
  timestamp,
  url,
  vector,
} from './model/fields.ts'
export { type FileField, type FileOptions, file, type KeptFile } from './model/file.ts'
export type { Id } from './model/identifier.ts'
export { type Kept, type Model, model } from './model/model.ts'
export { type Many, many, type One, one } from './model/relation.ts'
export type { Answer, Row, Rows } from './model/row.ts'
export { defineSchema } from './model/schema.ts'
export type { SearchLanguage, WithSearch } from './model/search.ts'
export type { DeletedAt, WithDeletedAt } from './model/soft-delete.ts'
export { isProblem, Problem, type ProblemCode, type ProblemDetail } from './telemetry/problem.ts'
export type { Archive, Unpacked } from './toolkit/archive/archive.ts'
export type { ArchiveEntry } from './toolkit/archive/entry.ts'
export type { ArchiveLimits } from './toolkit/archive/limits.ts'
export type { ArchiveSource } from './toolkit/archive/source.ts'
export type { NewEntries, NewEntry } from './toolkit/archive/write-archive.ts'
export { csv } from './toolkit/csv/csv.ts'
export type { CsvLimits, CsvReadOptions, CsvRow } from './toolkit/csv/read-csv.ts'
export type { CsvValue, CsvWriteOptions } from './toolkit/csv/write-csv.ts'
export { type EvaluateLimits, type EvaluateOptions, evaluate } from './toolkit/evaluate/evaluate.ts'
export type { Exec, ExecOptions, ExecResult } from './toolkit/exec/exec.ts'
export type { Enforcement, Program, Programs } from './toolkit/exec/program.ts'
export type { ProgramInput } from './toolkit/exec/run-program.ts'
export type { GivenFile } from './toolkit/exec/scratch-files.ts'
export { addressFrom, type OriginAddress } from './toolkit/html/address-from.ts'
export { type Attributes, type AttributeValue, attributes } from './toolkit/html/attributes.ts'
export { type HtmlPart, html } from './toolkit/html/html.ts'
export { type Html, unsafe } from './toolkit/html/markup.ts'
export { type ScriptData, scriptData } from './toolkit/html/script-data.ts'
export type { Http, HttpRequestOptions, HttpResponse, HttpStream } from './toolkit/http/http.ts'
export type { ImageFormat } from './toolkit/image/codecs.ts'
export type { ConvertedImage, Image, ImageHeader, ImageOptions } from './toolkit/image/image.ts'
export type { Fit } from './toolkit/image/target-size.ts'
export type { NameOptions } from './toolkit/paths/file-name.ts'
export { type OpenOptions, openBeneath } from './toolkit/paths/open-beneath.ts'
export { safePath } from './toolkit/paths/safe-path.ts'
export {
  type Pattern,
  type PatternLimits,
  type PatternLine,
  type PatternMatch,
  type PatternOptions,
  pattern,
} from './toolkit/pattern/pattern.ts'
export type { UploadedFile } from './toolkit/uploaded.ts'
