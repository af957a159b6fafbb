import { join, relative, resolve } from 'node:path'
import type { Driver } from '../../store/driver.ts'
import { pgliteDriver } from '../../store/pglite/driver.ts'
import { addressHint, addressInWords } from '../../store/postgres/address.ts'
import { postgresDriver } from '../../store/postgres/driver.ts'
import { replicatedDriver } from '../../store/postgres/replicas.ts'
import { Problem } from '../../telemetry/problem.ts'

/** Where a project's embedded database is, unless it is told otherwise. */
const DATA = join('.bede', 'data')

export interface Database {
  readonly driver: Driver
  /** For people; never holds a password. */
  readonly name: string
  /** The folder of the embedded database. */
  readonly place?: string
}

export interface DatabaseChoice {
  readonly url: string | undefined
  /** A folder for the embedded database. */
  readonly data: string | undefined
  readonly folder: string
  /** Connections for statements and transactions. */
  readonly connections?: number
  /** Addresses of servers that follow it, and how many milliseconds they may lag. */
  readonly replicas?: readonly string[]
  readonly maxLag?: number
}

/**
 * PostgreSQL where there is an address, else the embedded database in a folder of the project. Throws a Problem `usage`
 * when both are asked for, or when the address is none: a misspelt one must not end on an empty embedded database.
 */
export function chooseDatabase({
  url,
  data,
  folder,
  connections,
  replicas = [],
  maxLag = 5_000,
}: DatabaseChoice): Database {
  if (url !== undefined && data !== undefined) {
    throw new Problem('usage', {
      message: 'Both DATABASE_URL and --data say where the database is.',
      hint: 'Take one of them away: unset DATABASE_URL to use the embedded database in the folder of --data.',
    })
  }
  if (url !== undefined) {
    const name = `PostgreSQL at ${withoutPassword(url)}`
    const pool = connections === undefined ? {} : { pool: { connections } }
    if (replicas.length === 0) return { driver: postgresDriver({ url, ...pool }), name }
    for (const replica of replicas) withoutPassword(replica)
    const followers = replicas.map((replica) => ({ url: replica, ...pool }))
    return { driver: replicatedDriver({ primary: { url, ...pool }, replicas: followers, maxLag }), name }
  }
  const place = resolve(folder, data ?? DATA)
  const shown = relative(folder, place)
  const name = `embedded, in ${shown === '' || shown.startsWith('..') ? place : shown}`
  return { driver: pgliteDriver({ folder: place }), name, place }
}

function withoutPassword(url: string): string {
  const shown = addressInWords(url)
  if (shown !== undefined) return shown
  throw new Problem('usage', {
    message: 'DATABASE_URL is not the address of a PostgreSQL database: it needs a host and the name of a database.',
    hint: addressHint,
  })
}
