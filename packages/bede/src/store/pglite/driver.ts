import { dirname, resolve } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import type { Connection, Driver } from '../driver.ts'
import { createListeners, type Listeners } from '../listeners.ts'
import { type SessionLimits, sessionSettings } from '../settings.ts'
import type { StopSignal } from '../stop.ts'
import { inTransaction, refuseOutside } from '../transaction.ts'
import { boot } from './boot.ts'
import { installedExtensions, loadExtension } from './extension.ts'
import { embeddedMajor, type HeldFolder, holdFolder } from './folder.ts'
import { createGate, type Gate } from './gate.ts'
import { type PgliteSession, pgliteSession } from './session.ts'
import { defaultCacheFolder, snapshotCache } from './snapshot.ts'
import { statementsBetweenTending, tend } from './tend.ts'

export interface PgliteOptions {
  /** The data folder; absent: in memory, gone when it closes. */
  readonly folder?: string
  /** Where the snapshot of an empty database is kept; false: nowhere. Default: `node_modules/.cache/bede`. */
  readonly cache?: string | false
  readonly limits?: SessionLimits
}

/** An open embedded database. */
interface Opened {
  readonly connection: Connection
  close(): Promise<void>
}

/**
 * The embedded database: PostgreSQL inside this process, one session behind one gate.
 *
 * What it cannot do: it works on this thread, so a running statement can neither be timed out nor canceled (a waiting
 * one can), and it does not force its files to the disk: a killed process loses nothing that was acknowledged, a power
 * cut may. `open` throws the Problems `store-locked`, `store-version`, `store-folder` and `store-unavailable`.
 */
export function pgliteDriver(options: PgliteOptions = {}): Driver {
  let opened: Promise<Opened> | undefined
  return {
    name: 'pglite',
    async open(): Promise<Connection> {
      opened ??= openDatabase(options).catch((error) => {
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

async function openDatabase(options: PgliteOptions): Promise<Opened> {
  const cache = snapshotCache(options.cache === false ? undefined : (options.cache ?? defaultCacheFolder()))
  const held = options.folder === undefined ? undefined : await holdFolder(resolve(options.folder))
  try {
    if (held?.madeBy !== undefined) {
      const { upgradeData } = await import('./upgrade.ts')
      const { data, madeBy: from } = held
      await upgradeData({ data, folder: dirname(data), from, to: embeddedMajor, cache })
    }
    const db = await boot(held?.data, held?.isNew ?? true, cache)
    const gate = createGate()
    const listeners = createListeners()
    const session = pgliteSession(db, listeners.notify)
    const shutDown = async () => {
      await gate.close()
      // A database that has crashed cannot shut down; its files are as after a killed process.
      if (!session.broken) await db.close().catch(() => {})
    }
    try {
      await session.script(sessionSettings(options.limits ?? {}))
      if (held && !held.isNew) await loadInstalled(db, session)
      await held?.created()
    } catch (error) {
      await shutDown()
      throw error
    }
    return {
      connection: gatedConnection(session, gate, listeners),
      async close() {
        await shutDown()
        await held?.release()
      },
    }
  } catch (error) {
    await held?.release()
    throw isProblem(error) ? error : unusable(held, error)
  }
}

async function loadInstalled(db: PGlite, session: PgliteSession): Promise<void> {
  const installed = await session.query({ sql: installedExtensions, params: [], shape: ['name'] })
  for (const [name] of installed) await loadExtension(db, String(name))
}

function unusable(held: HeldFolder | undefined, cause: unknown): Problem {
  return new Problem('store-unavailable', {
    message: held ? `The embedded database in ${held.data} does not start.` : 'The embedded database does not start.',
    hint: held
      ? 'The files may be damaged: restore them from a backup, or move the folder away to begin with an empty database.'
      : 'It needs some 300 MB of memory.',
    cause,
  })
}

/** What everybody uses: each statement and each transaction takes the gate. */
function gatedConnection(session: PgliteSession, gate: Gate, listeners: Listeners): Connection {
  const store = session
  let tended = 0

  async function admit<T>(f: () => Promise<T>, signal?: StopSignal): Promise<T> {
    refuseOutside(store)
    try {
      return await gate.run(f, signal)
    } finally {
      if (session.requests - tended > statementsBetweenTending) {
        tended = session.requests
        // Nobody waits for it; what it cannot do now it does the next time.
        gate.run(() => tend(session)).catch(() => {})
      }
    }
  }

  return {
    query: (statement, options = {}) => admit(() => session.query(statement, options), options.signal),
    transaction: (f, options = {}) => admit(() => inTransaction(store, session, f, options), options.signal),
    script: (sql) => admit(() => session.script(sql)),
    session: (f) => admit(() => f(session)),
    async listen(channel, f, listening) {
      refuseOutside(store)
      const leave = await listeners.add(channel, f, (sql) => gate.run(() => session.script(sql)))
      listening?.(true) // for as long as the process lives: there is no line that could be cut
      return leave
    },
  }
}
