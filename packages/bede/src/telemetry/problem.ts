import { catalogue, type ProblemCode } from './catalogue/catalogue.ts'

export type { ProblemCode }

/** Where in a request or a declaration a problem lies, and what was expected there. */
export interface ProblemDetail {
  /** JSON Pointer (RFC 6901) into the request (`/body/article/title`, `/query/limit`) or a declaration's place (`article.policy.update`). */
  readonly place: string
  readonly code: ProblemCode
  readonly message: string
  readonly hint?: string
  /** Of a declaration's mistake: the line it was noted at, `file:///…/services/notes.ts:12:5`. Never in an answer. */
  readonly source?: string
}

export interface ProblemOptions {
  /** One sentence about this occurrence. Defaults to the catalogue's title. */
  readonly message?: string
  readonly hint?: string
  readonly details?: readonly ProblemDetail[]
  /** Seconds after which trying again makes sense (`Retry-After`, RFC 9110 §10.2.3). */
  readonly retryAfter?: number
  /** What `WWW-Authenticate` says beside the realm (RFC 9110 §11.6.1): which credential would do. */
  readonly challenge?: Readonly<Record<string, string>>
  /** What the caller goes on with, as further members of the answer (RFC 9457 §3.2). No log holds them. */
  readonly members?: ProblemMembers
  /** For logs only; never leaves the process. */
  readonly cause?: unknown
}

/** By name. What every problem says by itself cannot be said otherwise in this way. */
export type ProblemMembers = Readonly<Record<string, string | number | readonly string[]>>

/**
 * A refusal. Every floor speaks it, every surface shows it: `code` for programs, `message` for people,
 * `details` for the places, `hint` for the next thing to do (law 9). `status` is HTTP's (RFC 9110 §15).
 */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly title: string
  readonly hint: string | undefined
  readonly details: readonly ProblemDetail[]
  readonly retryAfter: number | undefined
  readonly challenge: Readonly<Record<string, string>> | undefined
  readonly members: ProblemMembers

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    const entry = catalogue[code]
    super(options.message ?? entry.title, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.status = entry.status
    this.title = entry.title
    this.hint = options.hint ?? entry.hint
    this.details = options.details ?? []
    this.retryAfter = options.retryAfter
    this.challenge = options.challenge
    this.members = options.members ?? {}
  }
}

export const isProblem = (value: unknown): value is Problem => value instanceof Problem

/** The same problem with its places said otherwise: whoever passes it on knows them by other names. */
export const withPlaces = (problem: Problem, details: readonly ProblemDetail[]): Problem => {
  const { code, message, hint, retryAfter, challenge, members, cause } = problem
  return new Problem(code, {
    message,
    details,
    members,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(challenge === undefined ? {} : { challenge }),
    cause: cause ?? problem,
  })
}
