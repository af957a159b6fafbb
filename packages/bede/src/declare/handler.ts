import type { Json } from '../expr/value.ts'
import type { AnyField, Received } from '../model/field.ts'
import type { Archive } from '../toolkit/archive/archive.ts'
import type { Exec } from '../toolkit/exec/exec.ts'
import type { Http } from '../toolkit/http/http.ts'
import type { Image } from '../toolkit/image/image.ts'
import type { UploadedFile } from '../toolkit/uploaded.ts'
import type { Db } from './db.ts'
import type { Event } from './event.ts'
import type { FilesHand } from './files.ts'

/** Where a handler writes what happened. Secrets are never logged. */
export interface HandlerLog {
  debug(message: string, data?: object): void
  info(message: string, data?: object): void
  warn(message: string, data?: object): void
  error(message: string, data?: object): void
}

/** Writes an event beside the handler's own writes: both are kept, or neither. */
export type Emit = <P>(event: Event<P>, payload: Received<P & { readonly [N in keyof P]: AnyField }>) => Promise<void>

/** Somebody who has just signed in. */
export interface SignedIn<Actor> {
  /** The credential to send from now on. It is shown this once: only its hash is kept. */
  readonly token: string
  /** When it ends, RFC 3339 in UTC. */
  readonly expiresAt: string
  /** What `POST /auth/refresh` gives the next signed token for; absent where tokens are not signed. */
  readonly refreshToken?: string
  /** For the answer: of a session in a cookie, the line that sets it; else none. */
  readonly headers: Readonly<Record<string, string>>
  readonly actor: Actor
  /** The database with the rights of the one who has signed in, in the same transaction. */
  readonly db: Db
}

/** What somebody who signs in gets. */
export interface SignInOptions {
  /** `cookie`: a browser keeps the session, and its token is in `headers` alone. Needs `sessions: { cookie: true }`. */
  readonly session?: 'token' | 'cookie'
}

/** Values of a new account, by field: what it signs in with, its password, and anything else the model has. */
export interface NewAccount {
  readonly [field: string]: Json | undefined
}

/** Sign-in, in a handler: for an app whose routes have shapes of their own. Mark such a route `sensitive`. */
export interface Auth<Actor> {
  /** Makes an account and signs it in. The app's own code says which values a caller may give. Problems: 409 `already-exists`, 422. */
  register(account: NewAccount, options?: SignInOptions): Promise<SignedIn<Actor>>
  /**
   * Makes an account and signs nobody in: for an app that demands confirmed addresses. It tells nobody whether the
   * address was an account's already; a mail tells its owner. Problem: 422.
   */
  enroll(account: NewAccount): Promise<void>
  /** Problem `wrong-credentials` (401), the same for an unknown account and for a wrong password. */
  signIn(
    credentials: { readonly login: string; readonly password: string },
    options?: SignInOptions,
  ): Promise<SignedIn<Actor>>
  /** Ends the session the call came with. `headers`: what takes its cookie away, where it came in one. */
  signOut(): Promise<{ readonly headers: Readonly<Record<string, string>> }>
  /** The credential the call came with, for an answer whose contract repeats it; null when nobody is signed in. */
  readonly token: string | null
}

/** What a handler is given beside its input. One handler is one transaction. */
export interface Hands<Actor> {
  readonly actor: Actor
  readonly db: Db
  readonly log: HandlerLog
  readonly emit: Emit
  /** Keeps files and gives them back. */
  readonly files: FilesHand
  /** Signs people in and out, where the app has an `identity`. */
  readonly auth: Auth<NonNullable<Actor>>
  /** Calls other services: those that the app names, and nothing inside. */
  readonly http: Http
  /** Runs a program that the app declares: no shell, within limits. */
  readonly exec: Exec
  /** Reads archives from strangers within limits, and writes them. */
  readonly archive: Archive
  /** Sizes and formats of images from strangers, within limits. */
  readonly image: Image
  /** The time of the call, RFC 3339 in UTC. */
  readonly now: string
  /** Aborts when the caller goes away or the deadline passes. */
  readonly signal: AbortSignal
}

/** What the engine calls, by the operation's name. */
export type Handler = (
  context: Hands<unknown> & {
    readonly input: { readonly [name: string]: unknown }
    /** Of a route with files: what came, by name. */
    readonly uploads?: { readonly [name: string]: UploadedFile | readonly UploadedFile[] | null }
  },
) => unknown
