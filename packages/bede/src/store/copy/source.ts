import type { Row } from '../../sql/statement.ts'
import type { Session } from '../driver.ts'

/** A database that is read: every column must be text, and is answered as such. One snapshot, for as long as it is used. */
export interface CopySource {
  rows(sql: string): Promise<readonly Row[]>
}

/** What both sides of a copy must agree on, so that a value's text means the same. */
const settings: Readonly<Record<string, string>> = {
  search_path: '',
  timezone: 'UTC',
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  check_function_bodies: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
}

export const copySettings = Object.entries(settings)
  .map(([name, value]) => `set ${name} = '${value}'`)
  .join('; ')

/** Settles a session for a copy; answers how it becomes as it was. */
export async function settleForCopy(session: Pick<Session, 'query' | 'script'>): Promise<() => Promise<void>> {
  const names = Object.keys(settings)
  const sql = `select ${names.map((name) => `current_setting('${name}')`).join(', ')}`
  const [earlier = []] = await session.query({ sql, params: [], shape: names })
  await session.script(copySettings)
  return async () => {
    const sql = `select ${names.map((name, i) => `set_config('${name}', $${i + 1}::text, false)`).join(', ')}`
    await session.query({ sql, params: earlier, shape: names })
  }
}
