import { command } from './command.ts'
import { declaration } from './declaration.ts'
import { request } from './request.ts'
import { store } from './store.ts'

/** One kind of refusal. A code, once published, keeps its meaning for ever. */
export interface CatalogueEntry {
  /** HTTP status (RFC 9110 §15); 500 for what only ever stops a start. */
  readonly status: number
  /** What went wrong, the same for every occurrence (RFC 9457 §3.1.3 `title`). */
  readonly title: string
  /** The next thing to do, where one holds for every occurrence. */
  readonly hint?: string
}

export const catalogue = { ...request, ...declaration, ...store, ...command } satisfies Record<
  string,
  CatalogueEntry
> as {
  readonly [Code in
    | keyof typeof request
    | keyof typeof declaration
    | keyof typeof store
    | keyof typeof command]: CatalogueEntry
}

export type ProblemCode = keyof typeof catalogue
