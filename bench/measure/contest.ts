import { type Load, startLoad } from '../load/load.ts'
import { type Request, wireForm } from '../load/request.ts'
import { median } from '../report.ts'
import { type Backends, spent, watchBackends } from './backends.ts'
import { processorTime, residentMemory, withChildren } from './processor.ts'

/** One server that is measured: running already, asked over HTTP. */
export interface Contestant {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** The requests of each operation; one that is missing is not measured. */
  readonly requests: Readonly<Record<string, readonly Request[]>>
  /** The database that it works on, where that is not everybody's. */
  readonly database?: string
}

/** One operation of one contestant in one round. */
export interface Sample {
  readonly perSecond: number
  /** CPU microseconds per request of the server and of PostgreSQL. */
  readonly ours: number
  readonly database: number
  readonly p50: number
  readonly p99: number
  readonly megabytes: number
  /** Part of a core that the load took. */
  readonly load: number
}

export interface Rounds {
  readonly rounds: number
  readonly seconds: number
  readonly warm: number
  readonly connections: number
}

export type Samples = ReadonlyMap<string, ReadonlyMap<string, readonly Sample[]>>

/**
 * Every operation in turn, every contestant within each round, every second round in the opposite order: what else the
 * machine does meets all of them alike. Answers samples by operation and contestant.
 */
export async function contest(
  contestants: readonly Contestant[],
  operations: readonly string[],
  database: string,
  rounds: Rounds,
): Promise<Samples> {
  const load = startLoad()
  const watched = new Map<string, Backends>()
  const all = new Map<string, Map<string, Sample[]>>()
  try {
    for (const { database: url = database } of contestants) {
      if (!watched.has(url)) watched.set(url, await watchBackends(url))
    }
    for (const operation of operations) {
      const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]))
      all.set(operation, samples)
      for (let round = 0; round < rounds.rounds; round++) {
        for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
          if (!contestant.requests[operation]) continue
          const backends = watched.get(contestant.database ?? database)!
          samples.get(contestant.name)?.push(await sample(contestant, operation, { load, backends, ...rounds }))
        }
        process.stderr.write('.')
      }
    }
  } finally {
    process.stderr.write('\n')
    await load.stop()
    for (const backends of watched.values()) await backends.close()
  }
  return all
}

interface Tools extends Rounds {
  readonly load: Load
  readonly backends: Backends
}

async function sample({ name, port, pid, requests }: Contestant, operation: string, tools: Tools): Promise<Sample> {
  const { load, backends, warm, seconds, connections } = tools
  const own = (): number => withChildren(pid).reduce((sum, one) => sum + processorTime(one), 0)
  let before: Promise<readonly [number, ReadonlyMap<number, number>]> | undefined
  const counted = await load.run(
    { port, requests: (requests[operation] ?? []).map(wireForm), connections, warm, seconds },
    () => (before = backends.times().then((times) => [own(), times] as const)),
  )
  const [ownBefore, timesBefore] = (await before) ?? [0, new Map<number, number>()]
  const [ours, database] = [own() - ownBefore, spent(timesBefore, await backends.times())]
  const refused = Object.entries(counted.refused)
  if (refused.length > 0) {
    throw new Error(`${name} refused ${operation}: ${refused.map(([status, n]) => `${n} × ${status}`).join(', ')}`)
  }
  return {
    perSecond: counted.requests / counted.seconds,
    ours: ours / counted.requests,
    database: database / counted.requests,
    p50: counted.p50,
    p99: counted.p99,
    megabytes: withChildren(pid).reduce((sum, one) => sum + residentMemory(one), 0),
    load: counted.cpu / 1000 / counted.seconds,
  }
}

/** The medians of samples, figure by figure. */
export function typical(samples: readonly Sample[]): Sample {
  const of = (figure: keyof Sample): number => median(samples.map((one) => one[figure]))
  return {
    perSecond: of('perSecond'),
    ours: of('ours'),
    database: of('database'),
    p50: of('p50'),
    p99: of('p99'),
    megabytes: of('megabytes'),
    load: of('load'),
  }
}

/** The median over the rounds of one contestant's figure divided by the other's in the same round. */
export const ratio = (of: readonly Sample[], to: readonly Sample[], figure: keyof Sample): number =>
  median(of.map((one, round) => one[figure] / (to[round]?.[figure] ?? Number.NaN)))
