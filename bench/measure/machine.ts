import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** What figures of a run belong to. */
export interface Machine {
  readonly when: string
  readonly cores: number
  readonly processor: string
  readonly memoryGigabytes: number
  readonly node: string
  readonly postgres: string
  /** Processes that wanted a core in the minute before, beside the measurement itself: above 1 the figures are noisy. */
  readonly loadBefore: number
}

/** As it was when the measurement began. */
const loadBefore = Number(readFileSync('/proc/loadavg', 'utf8').split(' ', 1)[0])

export const machine = (postgres: string): Machine => ({
  when: new Date().toISOString().slice(0, 16),
  cores: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  memoryGigabytes: Math.round(totalmem() / 1e9),
  node: process.versions.node,
  postgres,
  loadBefore,
})

export const machineInWords = ({
  when,
  cores,
  processor,
  memoryGigabytes,
  node,
  postgres,
  loadBefore,
}: Machine): string =>
  `${when} UTC, ${cores} cores (${processor}), ${memoryGigabytes} GB, Node ${node}, PostgreSQL ${postgres}; load average before the run: ${loadBefore}.`
