import { setTimeout as pause } from 'node:timers/promises'
import { check, type Verdict } from './check.ts'
import { startLoad } from './clients.ts'
import { createCluster, serverBinaries } from './cluster.ts'
import { faultsFor } from './faults.ts'
import { createNetwork } from './network.ts'
import { createServer } from './server.ts'

export interface FaultReport extends Verdict {
  readonly faults: Readonly<Record<string, number>>
  /** Kinds of fault that this machine cannot have, and why. */
  readonly leftOut: readonly string[]
  readonly requests: number
  readonly repeated: number
  readonly strange: readonly string[]
  readonly seconds: number
  /** The version of the server that was broken. */
  readonly postgres: string
}

/** Why there is no run; undefined where there can be one. */
export const reasonAgainst = (): string | undefined =>
  serverBinaries() ? undefined : 'the programs of a PostgreSQL server (initdb, pg_ctl) are not installed'

/**
 * Breaks things `count` times, every kind in turn, under a load that goes on all the while; then holds what clients were
 * told against what is there.
 */
export async function runFaults(count: number, say: (line: string) => void = () => {}): Promise<FaultReport> {
  const binaries = serverBinaries()
  if (!binaries) throw new Error(reasonAgainst())
  const begun = performance.now()
  const cluster = await createCluster(binaries)
  const network = await createNetwork(cluster.url)
  const server = await createServer(network.url)
  try {
    await server.revive()
    const sheets = await Promise.all(['a', 'b', 'c'].map((name) => makeSheet(server.url, name)))
    const load = startLoad(server.url, sheets)
    const kinds = faultsFor(cluster)
    const faults: Record<string, number> = {}
    await pause(500)
    for (let n = 0; n < count; n++) {
      const fault = kinds[n % kinds.length]
      if (!fault) break
      say(`${n + 1}/${count} ${fault.name}`)
      await fault.strike({ cluster, network, server })
      faults[fault.name] = (faults[fault.name] ?? 0) + 1
      await pause(250)
    }
    await load.finish()
    const verdict = await check(cluster.url, load.told)
    return {
      ...verdict,
      faults,
      leftOut: cluster.smallDisk ? [] : ['the disk is full: only root can make a small one'],
      requests: load.requests,
      repeated: load.repeated,
      strange: load.strange,
      postgres: cluster.version,
      seconds: Math.round((performance.now() - begun) / 1000),
    }
  } finally {
    await server.stop()
    await network.close()
    cluster.remove()
  }
}

async function makeSheet(url: string, name: string): Promise<string> {
  const response = await fetch(`${url}/sheets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  const made: unknown = await response.json()
  if (typeof made === 'object' && made !== null && 'id' in made) return String(made.id)
  throw new Error(`no sheet was made: ${JSON.stringify(made)}`)
}
