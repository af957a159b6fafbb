import type { Metrics } from '../../telemetry/metrics/registry.ts'
import type { KeptResults } from './kept-results.ts'

/** The same kept answers; how often one was there is counted. */
export function countedResults(kept: KeptResults, metrics: Metrics): KeptResults {
  const { results } = kept
  const asked = metrics.counter({
    name: 'bede_cached_reads_total',
    help: 'Reads of cached views: answered by what was kept or being computed, or computed.',
    labels: ['answer'],
  })
  metrics.gauge({ name: 'bede_cache_bytes', help: 'What kept answers take.' }, () => results.bytes)
  return {
    ...kept,
    results: {
      ...results,
      get bytes() {
        return results.bytes
      },
      get entries() {
        return results.entries
      },
      async answer(question, compute, signal) {
        let found = 'kept'
        const counting: typeof compute = (stop) => {
          found = 'computed'
          return compute(stop)
        }
        try {
          return await results.answer(question, counting, signal)
        } finally {
          asked.add([found])
        }
      },
    },
  }
}
