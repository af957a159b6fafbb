import { setTimeout as wait } from 'node:timers/promises'
import type { Row, Statement } from '../../sql/statement.ts'

/** Any number will do, as long as every process of Bede takes the same: whoever changes a database's tables takes turns. */
const lockKey = 4_272_019_331

/**
 * Milliseconds between two looks. It is asked again and again instead of waited for: a statement that waits holds a
 * snapshot, and `create index concurrently` waits for every older snapshot, so that both would wait for ever.
 */
const between = 250

interface Asked {
  query(statement: Statement): Promise<readonly Row[]>
}

/**
 * Takes the turn of whoever changes the tables of this database, until the transaction or the session ends. `waiting` is
 * called once, when somebody else has it.
 */
export async function takeTurn(
  place: Asked,
  until: 'transaction' | 'session',
  waiting: (holder: string | undefined) => void = () => {},
): Promise<void> {
  const take = until === 'session' ? 'pg_try_advisory_lock' : 'pg_try_advisory_xact_lock'
  for (let told = false; ; await wait(between)) {
    const [row] = await place.query({ sql: `select ${take}(${lockKey})`, params: [], shape: ['taken'] })
    if (row?.[0] === 't') return
    if (told) continue
    told = true
    waiting(await holder(place))
  }
}

export async function endTurn(place: Asked): Promise<void> {
  await place.query({ sql: `select pg_advisory_unlock(${lockKey})`, params: [], shape: ['released'] })
}

/** The server's process that has the turn: a lock on a number of 64 bits is kept in two halves (PostgreSQL §54.12). */
async function holder(place: Asked): Promise<string | undefined> {
  const [row] = await place.query({
    sql: `select pid::text from pg_locks where locktype = 'advisory' and granted and objsubid = 1
      and (classid::int8 << 32 | objid::int8) = ${lockKey}
      and database = (select oid from pg_database where datname = current_database())`,
    params: [],
    shape: ['pid'],
  })
  return row?.[0] ?? undefined
}
