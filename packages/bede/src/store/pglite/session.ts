import type { PGlite } from '@electric-sql/pglite'
import type { Row, Statement } from '../../sql/statement.ts'
import { type QueryOptions, StoreError } from '../driver.ts'
import { databaseFailure, isStalePlan } from '../failure.ts'
import { canceled, checkStatement, type Session } from '../session.ts'
import { breathe } from './breathe.ts'
import { extensionsIn, loadExtension } from './extension.ts'
import { bind, closeStatement, executeAndSync, parse, query, sync } from './request.ts'
import { type Response, readResponse } from './response.ts'

/** Statements kept prepared. Each holds its plan in the database's memory; the one unused for longest goes first. */
const maxPrepared = 500

/** The one session of an embedded database, spoken to in its own protocol: parsed once, then bound and run. */
export interface PgliteSession extends Session {
  /** True once the database itself has crashed: nothing can be asked of it any more. */
  readonly broken: boolean
  /** Requests so far. */
  readonly requests: number
}

/**
 * Takes the session of an open database. The caller sees to it that statements come one after another and that
 * transactions are not mixed. `notify` gets what LISTEN brings.
 */
export function pgliteSession(db: PGlite, notify: (channel: string, payload: string) => void): PgliteSession {
  /** The name of each prepared text. */
  const prepared = new Map<string, string>()
  let namesUsed = 0
  let broken = false
  let requests = 0

  async function exchange(request: Buffer): Promise<Response> {
    if (broken) throw crashed()
    requests++
    const chunks: Buffer[] = []
    try {
      // The chunk is a window on the database's own memory: it must be copied before the database goes on.
      await db.execProtocolRawStream(request, {
        syncToFs: false,
        onRawData: (data) => {
          chunks.push(Buffer.from(data))
        },
      })
    } catch (error) {
      broken = true
      throw crashed(error)
    }
    const response = readResponse(chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks))
    for (const { channel, payload } of response.notifications) notify(channel, payload)
    await breathe()
    return response
  }

  async function simple(sql: string): Promise<Response> {
    for (const extension of extensionsIn(sql)) await loadExtension(db, extension)
    const response = await exchange(query(sql))
    if (response.error) throw databaseFailure(response.error)
    return response
  }

  /** Runs a statement under the name it has here, which goes with its text, whatever the caller calls it. */
  async function runPrepared({ sql, params }: Statement): Promise<Response> {
    const known = prepared.get(sql)
    const name = known ?? `bede_${namesUsed++}`
    const parts = [bind(name, params), executeAndSync]
    if (known === undefined) {
      parts.unshift(parse(name, sql))
      const oldest = prepared.size >= maxPrepared ? prepared.entries().next().value : undefined
      if (oldest) {
        prepared.delete(oldest[0])
        parts.unshift(closeStatement(oldest[1]))
      }
    }
    const response = await exchange(Buffer.concat(parts))
    if (known !== undefined || response.parsed) {
      prepared.delete(sql) // and in again at the end: the map is in the order of last use
      prepared.set(sql, name)
    }
    return response
  }

  async function runStatement(statement: Statement): Promise<Response> {
    const { name, sql, params } = statement
    if (name === undefined) return exchange(Buffer.concat([parse('', sql), bind('', params), executeAndSync]))
    const response = await runPrepared(statement)
    if (!response.error || !isStalePlan(response.error)) return response
    const stale = prepared.get(sql)
    prepared.delete(sql)
    if (stale !== undefined) await exchange(Buffer.concat([closeStatement(stale), sync]))
    // Inside a transaction the failure has ended it: only whoever began it can begin again.
    return db.isInTransaction() ? { ...response, error: { ...response.error, code: '40001' } } : runPrepared(statement)
  }

  return {
    get broken() {
      return broken
    },
    get requests() {
      return requests
    },
    async query(statement: Statement, options: QueryOptions = {}): Promise<readonly Row[]> {
      checkStatement(statement)
      if (options.signal?.aborted) throw canceled(options.signal)
      const response = await runStatement(statement)
      if (response.error) throw databaseFailure(response.error)
      return response.rows
    },
    async command(sql: string): Promise<string> {
      return (await simple(sql)).tag
    },
    async script(sql: string): Promise<void> {
      await simple(sql)
    },
  }
}

const crashed = (cause?: unknown): StoreError =>
  new StoreError('unavailable', { cause: new Error('The embedded database has crashed.', { cause }) })
