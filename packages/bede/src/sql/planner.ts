import type { Json, Scalar } from '../expr/value.ts'
import type { CompiledOperation } from '../manifest/manifest.ts'
import type { Asked } from '../plan/asked.ts'
import type { BoundScan, OperationPlan } from '../plan/plan.ts'
import type { Problem } from '../telemetry/problem.ts'
import type { Speaking } from './reasons.ts'
import type { Row, Statement } from './statement.ts'

/** What one call binds: everything is validated and complete (defaults applied, secrets hashed) before it comes here. */
export interface CallValues {
  readonly input: Readonly<Record<string, Json>>
  /** Null: nobody. A system call binds no policies. */
  readonly actor: Readonly<Record<string, Scalar | readonly Scalar[] | undefined>> | null
  readonly system: boolean
  /** RFC 3339, UTC, milliseconds. */
  readonly now: string
  /** The keys of a page's cursor, already verified. */
  readonly cursor?: readonly (string | null)[]
  /** `If-Match`: entity tags (MD5 of a representation, 32 hex digits). */
  readonly etags?: readonly string[]
  /** A row that is there already is not changed: its unique index refuses the write. */
  readonly onlyNew?: boolean
  /** Kept in the same statement as the write; its unique index decides who was first. */
  readonly idempotency?: {
    readonly scope: string
    readonly key: string
    readonly fingerprint: string
    readonly status: number
  }
  /** Who does it and how it came about. */
  readonly origin?: Origin
  /** The caller does not want the body. */
  readonly minimal?: boolean
  /** The rows that a write is about, where it writes what is bound to a row: those that {@link Planner.targets} gave. */
  readonly rows?: readonly TargetRow[]
}

/** A row by its id; of a bulk the number of its item, from 0. */
export interface TargetRow {
  readonly item?: number
  readonly id: string
}

/** What the history of a row tells about a change. */
export interface Origin {
  /** The operation's name; a handler's own for what it does with `db`. */
  readonly operation?: string
  /** Absent: nobody was signed in, or the system did it. */
  readonly actorId?: string
  /** Who really did it, where somebody acted as another. */
  readonly impersonatorId?: string
  /** Why the system did it. */
  readonly reason?: string
  /** The session in which it is done. */
  readonly session?: string
  readonly requestId?: string
}

/** A read as a question that may have been answered before. */
export interface Question {
  readonly statement: Statement
  /** Equal for two calls whose answers can differ only by what is stored and by the time. */
  readonly key: string
  /** All models whose rows the answer depends on, policies included. */
  readonly scans: readonly string[]
}

/** An explanation, and what it was asked about. */
export interface Explained {
  readonly plan: OperationPlan<BoundScan>
  readonly call: CallValues
  readonly rows: readonly Row[]
  /** In detail only: the rules, and who asks. */
  readonly asked?: { readonly rules: readonly Asked[]; readonly speaking: Speaking }
}

/** The question for which of several rows an operation may be called. */
export interface Rights {
  readonly statement: Statement
  /** By the ids of those rows that the actor sees. */
  read(rows: readonly Row[]): ReadonlyMap<string, boolean>
}

/**
 * Plans and compiles operations. Statements are made on first sight per shape of request and kept in a bounded cache.
 *
 * Result rows (exactly one, but for `read` without its required row, which gives none):
 * - read: `body`
 * - page: `body` (a JSON array), `cursor` (JSON array of the last item's keys, null when nothing follows), `total` (or null)
 * - write: `written` (rows written), `body` (null: none, or not readable); of a single create also `id`, of the row
 *   created (null: it was there already). Bulk: `body` is the array of outcomes
 *   `{"status":"created"|"updated"|"deleted"|"refused","code"?:…,"id"?:…}` in the order of the items.
 */
export interface Planner {
  statement(name: string, call: CallValues): Statement
  /**
   * Asked before a write that seals values for rows which nothing but the database knows: which rows those are
   * (columns `item`, `id`). Undefined: the write says by itself what it is about.
   */
  targets(name: string, call: CallValues): Statement | undefined
  /**
   * Asked before a write that gives a unique field an encrypted value while an earlier key is in use: which unique index
   * stands against it (columns `constraint`, `table`; no row: none). Undefined: nothing has to be asked.
   */
  taken(name: string, call: CallValues): Statement | undefined
  /** A read that is not the system's. */
  question(name: string, call: CallValues): Question
  /** The second statement (law 4): why the first one gave nothing. */
  explanation(name: string, call: CallValues, detailed: boolean): Statement
  /** Reads the explanation's rows. `detailed` (development): says which clause of which policy said no. */
  refusal(name: string, call: CallValues, rows: readonly Row[], detailed: boolean): Problem
  /** The same in full: every rule that the explanation, a detailed one, was asked about. */
  explained(name: string, call: CallValues, rows: readonly Row[]): Explained
  /** For which of the rows named by the input `ids` an operation may be called. Undefined: it is not about such rows. */
  rights(name: string, call: CallValues): Rights | undefined
  /** An operation that is not in the manifest (from a handler's `db`): literals become parameters; cached by form. */
  adhoc(operation: CompiledOperation): {
    statement(call: CallValues): Statement
    targets(call: CallValues): Statement | undefined
    taken(call: CallValues): Statement | undefined
    explanation(call: CallValues, detailed: boolean): Statement
    refusal(call: CallValues, rows: readonly Row[], detailed: boolean): Problem
  }
}
