import type { Logger } from '../../telemetry/logger.ts'
import type { Connection, Driver } from '../driver.ts'
import { postgresDriver } from './driver.ts'
import type { PostgresOptions } from './options.ts'

/** Reads that may be a little old go to servers that follow the primary (PostgreSQL's streaming replication). */
export interface ReplicaOptions {
  readonly primary: PostgresOptions
  readonly replicas: readonly PostgresOptions[]
  /** Milliseconds: a replica that is further behind than that is not read. Default 5,000. */
  readonly maxLag?: number
  readonly log?: Logger
}

const defaultLag = 5_000
/** Where it cannot be learnt how far the log is, no replica is far enough. */
const beyond = 'FFFFFFFF/FFFFFFFF'
/** The replicas are asked this many times within the lag that is allowed, with pauses between these, in milliseconds. */
const looks = 5
const leastPause = 20
const longestPause = 1_000

/** A place in the write-ahead log, as a number that can be compared. */
const placeOf = (position: string): bigint => {
  const [high = '0', low = '0'] = position.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

/** Whether this is a position as PostgreSQL writes it: `0/16B3748`. */
export const isPosition = (text: string): boolean => /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/.test(text)

interface Replica {
  readonly driver: Driver
  readonly index: number
  connection?: Connection | undefined
  /** How far it has replayed, when it was last asked. */
  replayed: bigint
  /** Everything that was committed before this moment of our own clock is on it. */
  asOf: number
  usable: boolean
}

/**
 * The primary, with `replica` and `position` beside. How old a replica is, is measured by our own clock alone: the
 * primary's position is noted with the time *before* it was asked for, and a replica that has replayed that position has
 * everything that was committed until then. So no two clocks are compared, and a primary that is idle makes no replica
 * look old. A replica that is away, promoted or of another cluster is not read; the primary is.
 */
export function replicatedDriver({ primary, replicas: others, maxLag = defaultLag, log }: ReplicaOptions): Driver {
  const main = postgresDriver(primary)
  const replicas = others.map(
    (options, index): Replica => ({
      driver: postgresDriver(options),
      index,
      replayed: -1n,
      asOf: Number.NEGATIVE_INFINITY,
      usable: false,
    }),
  )
  const marks: { readonly at: number; readonly position: bigint }[] = []
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let closed = false
  let turn = 0
  let cluster = ''

  const ask = async (connection: Connection, sql: string): Promise<readonly (string | null)[]> =>
    (
      await connection.query(
        { sql, params: [], shape: [], name: `replica ${sql.length}` },
        { signal: AbortSignal.timeout(maxLag) },
      )
    )[0] ?? []

  async function look(connection: Connection): Promise<void> {
    const at = performance.now()
    const [position] = await ask(connection, 'select pg_current_wal_insert_lsn()::text')
    marks.push({ at, position: placeOf(position ?? '0/0') })
    while (marks.length > 1 && (marks[0]?.at ?? 0) < at - maxLag) marks.shift()
    await Promise.all(replicas.map(lookAt))
  }

  async function lookAt(replica: Replica): Promise<void> {
    const before = replica.usable
    try {
      replica.connection ??= await replica.driver.open()
      const [following, replayed, of] = await ask(
        replica.connection,
        'select pg_is_in_recovery()::text, pg_last_wal_replay_lsn()::text, (select system_identifier::text from pg_control_system())',
      )
      replica.usable = following === 'true' && of === cluster
      replica.replayed = placeOf(replayed ?? '0/0')
      for (const { at, position } of marks) if (position <= replica.replayed) replica.asOf = Math.max(replica.asOf, at)
    } catch {
      replica.usable = false
    }
    if (replica.usable !== before && !closed)
      log?.[replica.usable ? 'info' : 'warn'](
        replica.usable ? 'a replica is read' : 'a replica is away or follows another server and is not read',
        { replica: replica.index + 1 },
      )
  }

  const begin = (connection: Connection): void => {
    const again = () => {
      looking = look(connection)
        .catch(() => {}) // without the primary's position no replica stays fresh
        .then(() => {
          if (!closed) timer = setTimeout(again, Math.min(longestPause, Math.max(leastPause, maxLag / looks))).unref()
        })
    }
    again()
  }

  return {
    name: 'postgres',
    async open() {
      const connection = await main.open()
      if (timer === undefined && !closed) {
        const [of] = await ask(connection, 'select system_identifier::text from pg_control_system()')
        cluster = of ?? ''
        begin(connection)
      }
      return {
        ...connection,
        async position() {
          const [position] = await ask(connection, 'select pg_current_wal_insert_lsn()::text').catch(() => [])
          return position ?? beyond
        },
        replica(after) {
          const wanted = placeOf(after)
          const oldest = performance.now() - maxLag
          for (let n = 0; n < replicas.length; n++) {
            const one = replicas[turn++ % replicas.length]
            if (one?.usable && one.connection && one.asOf >= oldest && one.replayed >= wanted) return one.connection
          }
          return undefined
        },
      }
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await Promise.all([main.close(), ...replicas.map(({ driver }) => driver.close())])
      await looking
    },
  }
}
