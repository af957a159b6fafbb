import { Problem } from '../telemetry/problem.ts'
import type { Driver } from './driver.ts'
import { type PgliteOptions, pgliteDriver } from './pglite/driver.ts'
import { addressHint, addressInWords } from './postgres/address.ts'
import { postgresDriver } from './postgres/driver.ts'
import type { PoolLimits } from './postgres/options.ts'
import type { SessionLimits } from './settings.ts'

export interface StoreOptions {
  /** `postgres://…`, `pglite://<folder>` or `memory://`. Absent: `memory://`. */
  readonly url?: string | undefined
  readonly limits?: SessionLimits
  /** Of a PostgreSQL server. */
  readonly pool?: Partial<PoolLimits>
  /** Of the embedded database: see {@link PgliteOptions}. */
  readonly cache?: PgliteOptions['cache']
}

/**
 * The driver for a database address; nothing is opened yet. `pglite://data` is a folder beside where the process
 * runs, `pglite:///var/lib/app` an absolute one. Throws the Problem `store-unavailable` for any other address.
 */
export function openStore(store?: string | StoreOptions): Driver {
  const {
    url = 'memory://',
    limits = {},
    pool = {},
    cache,
  } = typeof store === 'string' ? { url: store } : (store ?? {})
  const embedded: PgliteOptions = { limits, ...(cache === undefined ? {} : { cache }) }
  if (/^postgres(?:ql)?:/.test(url)) {
    if (addressInWords(url) !== undefined) return postgresDriver({ url, limits, pool })
    throw new Problem('store-unavailable', {
      message: 'The database address is not one of PostgreSQL: it needs a host and the name of a database.',
      hint: addressHint,
    })
  }
  if (url === 'memory://') return pgliteDriver(embedded)
  const folder = /^pglite:\/\/(.+)$/s.exec(url)?.[1]
  if (folder !== undefined) return pgliteDriver({ ...embedded, folder })
  throw new Problem('store-unavailable', {
    message: `The database address begins with ${JSON.stringify(url.split('://')[0])}, which is not a kind of database Bede knows.`,
    hint: 'Write postgres://user:password@host:5432/database, pglite://folder or memory://.',
  })
}
