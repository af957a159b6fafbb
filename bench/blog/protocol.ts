import type { Request } from '../load/request.ts'

/** How a peer is asked for the four operations, and what it puts around their answers. */
export interface Protocol {
  /** A path that answers when it is up. */
  readonly alive: string
  requests(articleIds: readonly string[]): Readonly<Record<string, readonly Request[]>>
  /** The content of an answer, as the others give it. */
  content(json: unknown, operation: string): unknown
}
