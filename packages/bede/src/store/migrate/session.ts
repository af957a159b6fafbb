import { Problem } from '../../telemetry/problem.ts'
import type { Connection, Session } from '../driver.ts'
import type { Tell } from './progress.ts'
import { endTurn, takeTurn } from './turn.ts'

/**
 * Milliseconds that a statement waits for a lock. While it waits, everybody who comes after it waits behind it, even
 * those who would not have waited for the one in front: so this is what a migration may cost a caller at worst. Two
 * seconds are longer than nearly every transaction of a backend, and shorter than what callers give up after.
 */
export const lockTimeout = 2_000

const limits = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'] as const

/**
 * One session with the turn to change the tables: no limit on how long a statement may work, a small one on how long it
 * may wait. Afterwards the session is as it was.
 */
export async function migrating<T>(
  connection: Connection,
  tell: Tell,
  f: (session: Session) => Promise<T>,
): Promise<T> {
  if (!connection.session) throw new Problem('internal', { message: 'A migration needs a session of its own' })
  return connection.session(async (session) => {
    const sql = `select ${limits.map((limit) => `current_setting('${limit}')`).join(', ')}`
    const [earlier = []] = await session.query({ sql, params: [], shape: [...limits] })
    await session.command(`set statement_timeout = 0`)
    await session.command(`set idle_in_transaction_session_timeout = 0`)
    await session.command(`set lock_timeout = ${lockTimeout}`)
    await takeTurn(session, 'session', (holder) => tell({ event: 'waiting', holder }))
    try {
      return await f(session)
    } finally {
      try {
        await endTurn(session)
        for (const [i, limit] of limits.entries()) await session.command(`set ${limit} = '${earlier[i] ?? '0'}'`)
      } catch {
        // The session is gone, and its lock and settings with it.
      }
    }
  })
}

/** `f` between `begin` and `commit`; nothing of it when it throws. */
export async function within<T>(session: Session, f: () => Promise<T>): Promise<T> {
  await session.command('begin')
  let result: T
  try {
    result = await f()
  } catch (error) {
    await session.command('rollback').catch(() => {})
    throw error
  }
  await session.command('commit')
  return result
}
