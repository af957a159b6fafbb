import { Problem } from '../../telemetry/problem.ts'

/** How many processes serve, and how many connections each may have. */
export interface Sharing {
  readonly workers: number
  /** For statements and transactions, in each process; one more listens and cancels. */
  readonly connections: number
}

interface Asked {
  readonly workers?: string | undefined
  readonly connections?: string | undefined
}

/** More processes than this on one machine help nobody. */
const mostWorkers = 256
/** Connections of one process alone: ten for statements and transactions, one to listen and to cancel. */
const usualOfOne = 11
/** Of several together: the server has its hands full with as many, and the rest would wait inside it. */
const usualOfSeveral = 22
/** Below this a process has none left for single statements while a transaction runs. */
const leastOfEach = 3
/** One to work with and one to listen with. */
const possibleOfEach = 2

/**
 * Reads `--workers` and `--connections`, else `BEDE_WORKERS` and `BEDE_CONNECTIONS`. `connections` is the total of all
 * workers together, the listening ones included; each gets an equal part. `processors`: what `auto` stands for. Throws
 * a Problem `usage`.
 */
export function sharingOf(
  options: Asked,
  environment: Readonly<Record<string, string | undefined>>,
  processors: () => number,
): Sharing {
  const workers = workersOf(options.workers ?? (environment.BEDE_WORKERS || undefined), processors)
  const asked = options.connections ?? (environment.BEDE_CONNECTIONS || undefined)
  const total = asked === undefined ? usual(workers) : whole('--connections', asked)
  const each = Math.floor(total / workers)
  if (each >= possibleOfEach) return { workers, connections: each - 1 }
  throw new Problem('usage', {
    message: `${total} connections are too few for ${workers} ${workers === 1 ? 'process' : 'processes'}: each needs ${possibleOfEach}, one to work with and one to listen with.`,
    hint: `Say --connections ${workers * leastOfEach} or more, or fewer --workers.`,
  })
}

const usual = (workers: number): number =>
  workers === 1 ? usualOfOne : Math.max(usualOfSeveral, workers * leastOfEach)

function workersOf(asked: string | undefined, processors: () => number): number {
  if (asked === undefined) return 1
  if (asked === 'auto') return Math.max(1, Math.min(processors(), mostWorkers))
  const workers = whole('--workers', asked)
  if (workers <= mostWorkers) return workers
  throw new Problem('usage', { message: `--workers is at most ${mostWorkers}.`, hint: 'Say --workers auto.' })
}

function whole(option: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new Problem('usage', {
    message: `${option} is a whole number from 1.`,
    hint: option === '--workers' ? 'For example: --workers 4, or --workers auto.' : 'For example: --connections 40',
  })
}
