import type { CompiledOperation, InvokeOperation, Operation } from '../manifest/manifest.ts'
import type { Body } from '../sql/statement.ts'
import type { Connection } from '../store/driver.ts'
import type { Uploads } from './arriving.ts'
import type { OperationCall, Outcome } from './call.ts'
import type { Ran } from './compiled.ts'
import type { Deadline } from './deadline.ts'
import type { Use } from './idempotency/kept-answer.ts'
import type { Input } from './input/validate.ts'
import type { Runtime } from './runtime.ts'

/** Where a call runs: on its own, or with others in one transaction. */
export interface Place {
  readonly connection: Connection
  readonly inTransaction: boolean
}

/** One call on its way: found, admitted, validated and authorized. */
export interface Work<O extends Operation = Operation> {
  readonly name: string
  readonly operation: O
  readonly call: OperationCall
  readonly input: Input
  /** Of an operation with files: what came, by name. */
  readonly uploads?: Uploads
  /** RFC 3339, UTC, milliseconds. */
  readonly now: string
  readonly limit: Deadline
  readonly place: Place
  readonly runtime: Runtime
  /** The use of an `Idempotency-Key`; absent: the call has none, or needs none. */
  readonly use?: Use
}

/** An outcome, but for what only the end of the call knows. */
export type Shaped = Omit<Outcome, 'timings'>

/** What running gave. A handler's answer is shaped inside its transaction, because an answer that is wrong undoes it. */
export type Result =
  | { readonly kind: 'ran'; readonly ran: Ran<Body> }
  | { readonly kind: 'handled'; readonly shaped: Shaped }
  | { readonly kind: 'kept'; readonly status: number; readonly body: string | null }

export const isCompiled = (work: Work): work is Work<CompiledOperation> => work.operation.kind !== 'invoke'
export const isInvoke = (work: Work): work is Work<InvokeOperation> => work.operation.kind === 'invoke'
