import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from './registry.ts'

/** Milliseconds between two looks at the event loop. */
const resolution = 20

/** How the process is: memory, processor, and how late its event loop is. Gives what ends the looking. */
export function measureProcess(metrics: Metrics): () => void {
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  metrics.gauge({ name: 'process_resident_memory_bytes', help: 'Memory of the process.' }, () =>
    process.memoryUsage.rss(),
  )
  metrics.gauge(
    { name: 'nodejs_heap_size_used_bytes', help: 'Memory of JavaScript objects.' },
    () => process.memoryUsage().heapUsed,
  )
  metrics.gauge(
    {
      name: 'bede_event_loop_lag_seconds',
      help: 'The longest that work has waited for the event loop since the last look.',
    },
    () => {
      const longest = delay.max / 1e9
      delay.reset()
      // The look itself comes once each resolution.
      return Math.max(0, longest - resolution / 1000)
    },
  )
  metrics.gauge({ name: 'process_uptime_seconds', help: 'Since the process began.' }, () => process.uptime())
  return () => delay.disable()
}
