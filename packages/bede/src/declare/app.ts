import type { Models, Schema } from '../model/schema.ts'
import { Problem } from '../telemetry/problem.ts'
import type { OnError } from '../telemetry/report.ts'
import { knownPrograms, type Programs } from '../toolkit/exec/program.ts'
import { wrongOrigin } from '../toolkit/http/destination.ts'
import type { FilesDeclaration } from './files.ts'
import { type AppLimits, type RecordedAppLimits, recordAppLimits } from './limits.ts'
import type { MailDeclaration } from './mail.ts'
import { declaredWith } from './resource.ts'
import type { ActorDeclaration } from './scope.ts'

/** What the edge needs to know and no manifest holds. */
export interface AppOptions {
  /** Another form for refusals. Absent: RFC 9457 problem details. */
  readonly problem?: (problem: Problem) => {
    readonly status: number
    readonly body: unknown
    readonly headers?: Readonly<Record<string, string>>
  }
  /**
   * Origins whose pages may read answers (Fetch §3.3), as browsers send them: `https://app.example`; `*`, alone, for all.
   * Absent: none. `credentials`: those pages act with a session in a cookie, too. `maxAge`: seconds that a browser may
   * remember a preflight, 600 without it.
   */
  readonly cors?: {
    readonly origins: readonly string[]
    readonly credentials?: boolean
    readonly maxAge?: number
  }
  /** Told of each failure of ours (status 500 and above), once: for whoever keeps track of errors. It changes no answer. */
  readonly onError?: OnError
  /** Whom the handlers' `http` may call. Absent: nobody. */
  readonly http?: HttpDeclaration
  /** The programs that handlers may run with `exec`, by name. Absent: none. */
  readonly exec?: Programs
  /** The scheme of the Authorization header; default `Bearer` (RFC 6750). */
  readonly authorization?: { readonly scheme: string }
}

/** Where a backend calls. */
export interface HttpDeclaration {
  /** Origins: `https://api.example.com`, or `https://*.example.com` for every name below it. */
  readonly allow?: readonly string[]
  /** Whether `http.public` calls addresses that callers give. Default: it does not. */
  readonly public?: boolean
}

/** Modules by a name for messages: `import * as articles from './services/articles.ts'`. */
export type Modules = Readonly<Record<string, object>>

/** Statements that an empty database needs beside the models' own tables: types, domains and views that were there before. */
export interface DatabaseDeclaration {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export interface AppDeclaration<S> extends AppOptions {
  readonly name: string
  readonly schema: S
  /** What a database that was taken over holds beside its tables; made where a database is empty, never changed. */
  readonly database?: DatabaseDeclaration
  /** What the mails say, and in which languages. */
  readonly mail?: MailDeclaration
  /** How often one caller may call. What is not said is limited as `bede start` does by itself. */
  readonly limits?: AppLimits
  /** Handlers keep files (`files.put`), and what one account may keep. A model with a `file()` field needs no word here. */
  readonly files?: FilesDeclaration
  readonly use: Modules
}

/** A backend, declared. Nothing has been linked or run. */
export class App {
  readonly name: string
  readonly models: Models
  readonly actor: ActorDeclaration
  readonly modules: Modules
  readonly options: AppOptions
  readonly database: DatabaseDeclaration | undefined
  readonly mail: MailDeclaration | undefined
  readonly limits: RecordedAppLimits | undefined
  readonly files: FilesDeclaration | undefined
  constructor(
    name: string,
    models: Models,
    actor: ActorDeclaration,
    modules: Modules,
    options: AppOptions,
    database?: DatabaseDeclaration,
    mail?: MailDeclaration,
    limits?: RecordedAppLimits,
    files?: FilesDeclaration,
  ) {
    this.name = name
    this.models = models
    this.actor = actor
    this.modules = modules
    this.options = options
    this.database = database
    this.mail = mail
    this.limits = limits
    this.files = files
  }
}

/** `app({ name, schema: models, use: { articles, profiles } })`: every declaration those modules export. */
export const app = <S extends Schema<S>>(declaration: AppDeclaration<S>): App => {
  const { name, schema, use, database, mail, files, limits, ...options } = declaration
  complete({ name, schema, use })
  checkDestinations(options.http)
  knownPrograms(options.exec ?? {})
  const { models, actor } = declaredWith(schema) ?? { models: { ...(schema as Models) }, actor: {} }
  return new App(name, models, actor, use, options, database, mail, recordAppLimits(limits), files)
}

/** An app without one of these has nothing else that could be wrong with it yet. */
const complete = ({ name, schema, use }: { readonly [part: string]: unknown }): void => {
  const missing = (part: string, hint: string) =>
    new Problem('invalid-declaration', { message: `app() has no ${part}`, hint })
  if (typeof name !== 'string' || name === '') throw missing('name', "Write app({ name: 'blog', … }).")
  if (!isRecord(schema)) throw missing('schema', 'Pass what defineSchema() gave: app({ schema: models, … }).')
  const how = "Write use: { notes, users }, each a module: import * as notes from './services/notes.ts'."
  if (!isRecord(use)) throw missing('use', `It lists the modules whose exports are the backend. ${how}`)
  for (const [module, exports] of Object.entries(use))
    if (!isRecord(exports)) throw missing(`module use.${module}`, how)
}

function checkDestinations({ allow = [] }: HttpDeclaration = {}): void {
  const details = allow.flatMap((origin, at) => {
    const message = wrongOrigin(origin)
    return message === undefined
      ? []
      : [{ place: `app.http.allow.${at}`, code: 'invalid-declaration' as const, message }]
  })
  if (details.length > 0)
    throw new Problem('invalid-declaration', { message: 'app() names places to call that are none', details })
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null
