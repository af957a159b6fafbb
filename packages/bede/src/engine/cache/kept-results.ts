import type { Outcome } from '../call.ts'
import type { Hearing } from './hearing.ts'
import { createResultCache, type ResultCache } from './result-cache.ts'

/** An outcome, but for how long it took. */
type Kept = Omit<Outcome, 'timings'>

/** The answers of one process that are kept. */
export interface KeptResults {
  readonly results: ResultCache<Kept>
  /** Begins to hear of changes, at the first read that could use it. Until then nothing is kept. */
  begin(): void
}

export interface KeptResultsOptions {
  readonly hearing: Hearing
  /** Bytes that answers may take. */
  readonly room: number
  readonly clock: () => number
}

export function keptResults({ hearing, room, clock }: KeptResultsOptions): KeptResults {
  const results = createResultCache<Kept>({ bytes: room, clock })
  hearing.keep(results)
  return { results, begin: hearing.begin }
}
