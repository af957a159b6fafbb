import { isProblem, Problem } from '../../telemetry/problem.ts'
import type { Connection, Driver } from '../driver.ts'
import { inTransaction, refuseOutside } from '../transaction.ts'
import { type Control, createControl } from './control.ts'
import type { Member } from './member.ts'
import { defaultConnectTimeout, defaultPool, type PostgresOptions, spreadOf } from './options.ts'
import { createPaces } from './paces.ts'
import { createPool, type Pool } from './pool.ts'

/** The oldest PostgreSQL that Bede's statements run on. */
const oldestMajor = 15

interface Opened {
  readonly connection: Connection
  close(): Promise<void>
}

/**
 * A PostgreSQL server, 15 or newer. `open` throws the Problems `store-unavailable` and `store-version`; afterwards a
 * server that goes away makes statements fail as `unavailable` and is found again by later ones.
 */
export function postgresDriver(options: PostgresOptions): Driver {
  let opened: Promise<Opened> | undefined
  return {
    name: 'postgres',
    async open(): Promise<Connection> {
      opened ??= openPool(options).catch((error) => {
        opened = undefined
        throw error
      })
      return (await opened).connection
    },
    async close(): Promise<void> {
      const open = opened
      opened = undefined
      await (await open?.catch(() => undefined))?.close()
    },
  }
}

async function openPool(options: PostgresOptions): Promise<Opened> {
  // Loaded here and not at the top: whoever runs on the embedded database must not pay for it.
  const { connectMember } = await import('./member.ts')
  const paces = createPaces()
  const common = {
    paces,
    url: options.url,
    limits: options.limits ?? {},
    connectTimeout: options.connectTimeout ?? defaultConnectTimeout,
    cancel: (pid: number) => control.cancel(pid),
  }
  const control: Control = createControl(() =>
    connectMember({ ...common, changed: control.changed, notified: control.notified }),
  )
  const pool: Pool = createPool(
    () => connectMember({ ...common, changed: pool.changed }),
    { ...defaultPool, spread: spreadOf(options.url), ...options.pool },
    paces,
  )
  const close = async () => {
    await Promise.all([pool.close(), control.close()])
  }
  try {
    checkVersion(await pool.warm())
  } catch (error) {
    await close()
    throw isProblem(error) ? error : unreachable(options.url, error)
  }
  return { connection: pooledConnection(pool, control), close }
}

function checkVersion(member: Member): void {
  const major = Math.floor(member.version / 10_000)
  if (major >= oldestMajor) return
  throw new Problem('store-version', {
    message: `The server runs PostgreSQL ${major}; Bede needs ${oldestMajor} or newer.`,
    hint: 'Upgrade the server, or leave DATABASE_URL out to use the embedded database.',
  })
}

/** Says where it was looked for, never with which password. */
function unreachable(url: string, cause: unknown): Problem {
  const said = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : 'unknown'
  return new Problem('store-unavailable', {
    message: `No PostgreSQL connection to ${placeOf(url)}: ${said}.`,
    hint: 'Check that the server runs and that the address, the user, the password and the database name are right.',
    cause,
  })
}

function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'the given address, which is not a URL'
  const { host, pathname } = new URL(url)
  return `${host || 'localhost'}${pathname}`
}

/** What everybody uses: each statement takes any connection, each transaction one of its own. */
function pooledConnection(pool: Pool, control: Control): Connection {
  const store = pool
  return {
    async query(statement, options = {}) {
      refuseOutside(store)
      return pool.shared((member) => member.query(statement, options), options.signal, statement.name)
    },
    async body(statement, options = {}) {
      refuseOutside(store)
      return pool.shared((member) => member.body(statement, options), options.signal, statement.name)
    },
    async transaction(f, options = {}) {
      refuseOutside(store)
      return pool.alone((member) => inTransaction(store, member, f, options), options.signal)
    },
    async script(sql) {
      refuseOutside(store)
      return pool.alone((member) => member.script(sql))
    },
    async session(f) {
      refuseOutside(store)
      return pool.alone(f)
    },
    async listen(channel, f, listening) {
      refuseOutside(store)
      return control.listen(channel, f, listening)
    },
  }
}
