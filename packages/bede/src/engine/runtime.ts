import type { Db } from '../declare/db.ts'
import type { Auth, Handler } from '../declare/handler.ts'
import type { Json } from '../expr/value.ts'
import type { AdhocCall } from '../manifest/adhoc/call.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { OnError } from '../telemetry/report.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { Executor } from '../toolkit/exec/exec.ts'
import type { Outbound } from '../toolkit/http/outbound.ts'
import type { Tell } from './background.ts'
import type { KeptResults } from './cache/kept-results.ts'
import type { From, OperationCall } from './call.ts'
import type { Encryption } from './encryption/encryption.ts'
import type { Files } from './files/files.ts'
import type { Hasher } from './hasher.ts'
import type { KeptAnswers } from './idempotency/kept-answer.ts'
import type { Keys } from './keys/keys.ts'
import type { Limits } from './limits/limits.ts'

/** A handler's own transaction, for what signs people in within it. */
export interface Within {
  readonly connection: Connection
  /** For reading before the transaction needs to begin. */
  reader(): Connection
  readonly actor: OperationCall['actor']
  readonly now: string
  /** What log lines are found by. */
  readonly requestId?: string
  /** Where the call comes from; absent: from this process. */
  readonly from?: From
  /** What the caller says it is (`User-Agent`). */
  readonly agent?: string
  readonly signal: AbortSignal
  /**
   * A transaction of its own, which stays when the call is refused. To be asked before anything else is: within what the
   * call has begun, and in a batch, it is a part of that.
   */
  apart<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  /** Validates and runs an operation with the rights of an actor. */
  ask(call: AdhocCall, actor: OperationCall['actor']): Promise<Json>
  db(actor: OperationCall['actor']): Db
  /** The same, in a savepoint: what `f` throws undoes what it did, and nothing that was done before. */
  savepoint<T>(f: (within: Within) => Promise<T>): Promise<T>
}

/** All that a call needs beside itself. It holds nothing of any caller (class 35). */
export interface Runtime {
  readonly manifest: Manifest
  readonly planner: Planner
  readonly connection: Connection
  /** Of `invoke` operations, by the operation's name. */
  readonly handlers: ReadonlyMap<string, Handler>
  /** Names of fields that no handler's log line shows. */
  readonly concealed: ReadonlySet<string>
  /** Signs people in and out for handlers; absent: the app has no identity. */
  readonly auth?: (within: Within) => Auth<object>
  readonly hasher: Hasher
  /** What handlers call other services with. */
  readonly outbound: Outbound
  /** What handlers run programs with. */
  readonly executor: Executor
  readonly keys: Keys
  /** Absent: no field is encrypted. */
  readonly encryption?: Encryption
  readonly kept: KeptAnswers
  /** Absent: the app keeps no files. */
  readonly files?: Files
  /** Answers of views that may be kept; absent: there are none. */
  readonly results?: KeptResults
  /** How often one caller may call; absent: as often as they like. */
  readonly limits?: Limits
  readonly log: Logger
  /** Spans of what is done; absent: there are none. */
  readonly tracing?: Tracing
  /** Told of failures of ours. */
  readonly onError?: OnError
  /** Refusals say which clause of which policy said no. */
  readonly development: boolean
  /** Milliseconds a call may take when it does not say so itself. */
  readonly deadline: number
  readonly clock: () => Date
  /** Starts work that no caller waits for; it is finished before the database is closed, and its failure is logged. */
  background(what: string, work: () => Promise<void>): void
  readonly tell: Tell
}
