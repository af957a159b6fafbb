import type { CompiledOperation } from '../manifest.ts'

/** What a handler's `db` asks for: an operation that is in no manifest, with its input. */
export interface AdhocCall {
  readonly operation: CompiledOperation
  /** Not yet validated, as from any caller. */
  readonly input: Readonly<Record<string, unknown>>
  /** Of an update: the versions one of which the row must have, as `If-Match` says them. */
  readonly ifMatch?: readonly string[]
}
