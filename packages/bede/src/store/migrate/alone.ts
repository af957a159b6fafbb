import { type ScriptStatement, statementsOf } from '../../sql/migration/statements.ts'
import type { Session } from '../driver.ts'
import { inParts } from './in-parts.ts'
import { lockTimeout } from './session.ts'

/**
 * Runs the statements of a step outside a transaction, one by one. Whatever an attempt before it has left is put right
 * first: an index that was not finished is dropped, one that was is not made again. `again`: there was one.
 */
export async function runAlone(session: Session, sql: string, again: boolean): Promise<void> {
  for (const one of statementsOf(sql)) {
    const parted = one.words.includes('concurrently') ? await inParts(session, one.sql) : undefined
    if (parted) await runAll(session, statementsOf(parted.join(';\n')), again)
    else await runAll(session, [one], again)
  }
}

async function runAll(session: Session, statements: readonly ScriptStatement[], again: boolean): Promise<void> {
  for (const { sql: statement, words } of statements) {
    const index = concurrentIndex(words)
    if (index !== undefined) {
      const state = await indexState(session, index)
      if (state === 'unfinished') await unhurried(session, `drop index concurrently ${index}`)
      if (state === 'finished' && again) continue
    }
    if (words.includes('concurrently')) await unhurried(session, statement)
    else await session.command(statement)
  }
}

/**
 * `concurrently` waits for transactions that began before it, however long they take, and holds up nobody meanwhile: with
 * a limit on its wait it would leave an index behind that is not finished.
 */
async function unhurried(session: Session, statement: string): Promise<void> {
  await session.command('set lock_timeout = 0')
  try {
    await session.command(statement)
  } finally {
    await session.command(`set lock_timeout = ${lockTimeout}`)
  }
}

/** The index that `create [unique] index concurrently [if not exists] "name" on [only] "schema"."table"` makes, quoted as it is there. */
function concurrentIndex(words: readonly string[]): string | undefined {
  let at = words[1] === 'unique' ? 2 : 1
  if (words[0] !== 'create' || words[at] !== 'index' || words[at + 1] !== 'concurrently') return undefined
  at += words[at + 2] === 'if' ? 5 : 2
  const name = words[at]
  if (name === undefined || name === 'on' || words[at + 1] !== 'on') return undefined
  const table = words[at + 2] === 'only' ? at + 3 : at + 2
  return words[table + 1] === '.' ? `${words[table]}.${name}` : name
}

async function indexState(session: Session, index: string): Promise<'absent' | 'unfinished' | 'finished'> {
  const [row] = await session.query({
    sql: 'select indisvalid and indisready from pg_index where indexrelid = to_regclass($1::text)',
    params: [index],
    shape: ['finished'],
  })
  if (!row) return 'absent'
  return row[0] === 't' ? 'finished' : 'unfinished'
}
