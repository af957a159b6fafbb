import type { MemoryRow } from '../../../expr/evaluate.ts'

/** What somebody shows: the header lines of a request. */
export interface Shown {
  readonly kind: 'session' | 'cookie' | 'key'
  readonly headers: Readonly<Record<string, string>>
  /** Of a key. */
  readonly scopes?: readonly string[]
}

/** Somebody who calls. */
export interface Person {
  /** `ada`, `bob`, `role editor`, `suspended true`, `nobody`. */
  readonly name: string
  /** Null: nobody is signed in. */
  readonly actor: MemoryRow | null
  /** The account's id as text; of nobody the empty text. */
  readonly account: string
  /** What rules may let through because of who this is, and not because of whose the row is. */
  readonly privileged: boolean
  readonly credentials: readonly Shown[]
}

export const nobody: Person = { name: 'nobody', actor: null, account: '', privileged: false, credentials: [] }

/** The header lines of whoever this is, as most clients send them. */
export const headersOf = (person: Person): Readonly<Record<string, string>> => person.credentials[0]?.headers ?? {}
