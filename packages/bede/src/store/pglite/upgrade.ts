import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { copyDatabase, sumsOf } from '../copy/copy.ts'
import { copySettings } from '../copy/source.ts'
import { boot } from './boot.ts'
import { type OlderEngine, openOlder } from './engines.ts'
import { pgliteSession } from './session.ts'
import type { SnapshotCache } from './snapshot.ts'

export interface Upgrade {
  /** Where the database's own files are: a folder in `folder`. */
  readonly data: string
  readonly folder: string
  readonly from: number
  readonly to: number
  readonly cache: SnapshotCache
}

/**
 * Brings a data folder to the current major version of PostgreSQL: everything is read with the engine that made it,
 * written into a new database beside it, and compared table by table. Only then the two change places; the old one stays
 * as `data-<major>`. Cut short at any point, it is repeated from the old one, or found finished.
 */
export async function upgradeData({ data, folder, from, to, cache }: Upgrade): Promise<void> {
  const aside = join(folder, `data-${from}`)
  const next = join(folder, 'data-next')
  if (existsSync(aside)) {
    if ((await majorOf(data)) === to) return // both have changed places: nothing is missing but the stamp
    if (!existsSync(data)) await rename(aside, data)
  }
  await rm(next, { recursive: true, force: true })
  let older: OlderEngine | undefined
  try {
    older = await openOlder(folder, data, from, to)
    await mkdir(next, { mode: 0o700 })
    const db = await boot(next, true, cache)
    try {
      const session = pgliteSession(db, () => {})
      const shape = await copyDatabase(older, session)
      await session.script(copySettings)
      const [was, is] = [
        await sumsOf(older, shape),
        await sumsOf({ rows: (sql) => session.query({ sql, params: [], shape: [] }) }, shape),
      ]
      if (!isDeepStrictEqual(was, is)) throw new Error('the copy does not hold the same rows')
    } finally {
      await db.close()
    }
  } catch (cause) {
    if (isProblem(cause)) throw cause
    await rm(next, { recursive: true, force: true })
    throw new Problem('store-version', {
      message: `The database in ${folder} was made by PostgreSQL ${from} and could not be brought to ${to}: ${cause instanceof Error ? cause.message : String(cause)}. It is as it was.`,
      hint: 'Open it with the version of Bede that made it, or use another folder.',
      cause,
    })
  } finally {
    await older?.close()
  }
  await rename(data, aside)
  await rename(next, data)
}

/** What a folder of PostgreSQL says of itself. */
async function majorOf(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')
  return text.trim() === '' ? undefined : Number(text)
}
