import type { Reading } from './reading.ts'

/** How many processes serve, and how many connections each may have. */
export interface Sharing {
  readonly workers: number
  /** For statements and transactions, in each process; one more listens and cancels. */
  readonly connections: number
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

const workersSaid = { variable: 'BEDE_WORKERS', option: 'workers' }
const connectionsSaid = { variable: 'BEDE_CONNECTIONS', option: 'connections' }

/**
 * Reads `--workers` and `--connections`, else `BEDE_WORKERS` and `BEDE_CONNECTIONS`. `connections` is the total of all
 * workers together, the listening ones included; each gets an equal part. `processors`: what `auto` stands for.
 * `embedded`: the database has one session, in one process.
 */
export function sharingSettings(reading: Reading, processors: () => number, embedded: boolean): Sharing {
  const workers = reading.value(workersSaid, workersFor(processors), 1)
  if (embedded && workers > 1) {
    reading.mistake(
      placeOf(reading, workersSaid),
      `The embedded database has one session, in one process: ${workers} workers cannot share it.`,
      'Set DATABASE_URL to a PostgreSQL server, or leave --workers out.',
    )
  }
  const total = reading.value(connectionsSaid, connections, usual(workers))
  const each = Math.floor(total / workers)
  if (each < possibleOfEach) {
    reading.mistake(
      placeOf(reading, connectionsSaid),
      `${total} connections are too few for ${workers} ${workers === 1 ? 'process' : 'processes'}: each needs ${possibleOfEach}, one to work with and one to listen with.`,
      `Say --connections ${workers * leastOfEach} or more, or fewer --workers.`,
    )
  }
  return { workers, connections: each - 1 }
}

const usual = (workers: number): number =>
  workers === 1 ? usualOfOne : Math.max(usualOfSeveral, workers * leastOfEach)

const placeOf = (reading: Reading, said: typeof workersSaid): string => reading.text(said)?.place ?? said.variable

const workersFor = (processors: () => number) => ({
  expected: `a whole number from 1 to ${mostWorkers}, or auto`,
  example: '4',
  parse: (text: string) => {
    if (text === 'auto') return Math.max(1, Math.min(processors(), mostWorkers))
    const count = whole(text)
    return count !== undefined && count <= mostWorkers ? count : undefined
  },
})

const whole = (text: string): number | undefined => (/^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined)
const connections = { expected: 'a whole number from 1', example: '40', parse: whole }
