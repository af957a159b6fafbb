import { Problem } from '../../telemetry/problem.ts'
import { type CopySource, copySettings } from '../copy/source.ts'
import { databaseFailure } from '../failure.ts'

/** Releases of the embedded database by their major version of PostgreSQL. */
const releases: Readonly<Record<number, string>> = { 16: '0.2.17', 17: '0.3.16', 18: '0.5.14' }

export interface OlderEngine extends CopySource {
  close(): Promise<void>
}

/** As much of an older release as is used; what it answers is checked. */
interface OlderPglite {
  query(sql: string, params: readonly unknown[], options: object): Promise<unknown>
  exec(sql: string): Promise<unknown>
  close(): Promise<void>
}

/**
 * Opens a folder with the release of the embedded database that belongs to it, where that is installed under the name
 * `pglite-<major>`; throws the Problem `store-version` that says how to install it.
 */
export async function openOlder(folder: string, data: string, major: number, current: number): Promise<OlderEngine> {
  const name = `pglite-${major}`
  const loaded: unknown = await import(name).catch(() => undefined)
  const create = creatorOf(loaded)
  if (!create) {
    const release = releases[major]
    throw new Problem('store-version', {
      message: `The database in ${folder} was made by PostgreSQL ${major}; this version of Bede carries PostgreSQL ${current}. Nothing was changed.`,
      hint:
        release === undefined
          ? 'Open it with the version of Bede that made it and copy the data over, or use another folder.'
          : `Install the engine that made it and start again: npm install --no-save ${name}@npm:@electric-sql/pglite@${release}. The data is then copied over, and the old folder stays beside it as data-${major}.`,
    })
  }
  const db = await create(data)
  await db.exec(`${copySettings}; begin isolation level repeatable read read only`)
  return {
    async rows(sql) {
      try {
        const answer = await db.query(sql, [], { rowMode: 'array' })
        return rowsIn(answer)
      } catch (error) {
        throw databaseFailure(error instanceof Error ? error : { message: String(error) })
      }
    },
    close: () => db.close(),
  }
}

function creatorOf(loaded: unknown): ((data: string) => Promise<OlderPglite>) | undefined {
  const found = typeof loaded === 'object' && loaded !== null && 'PGlite' in loaded ? loaded.PGlite : undefined
  if (typeof found !== 'function' || !('create' in found) || typeof found.create !== 'function') return undefined
  const { create } = found
  return (data) => Reflect.apply(create, found, [data])
}

function rowsIn(answer: unknown): readonly (string | null)[][] {
  const rows = typeof answer === 'object' && answer !== null && 'rows' in answer ? answer.rows : undefined
  if (!Array.isArray(rows)) throw new TypeError('The older engine does not answer with rows.')
  return rows.map((row: unknown) => {
    if (!Array.isArray(row)) throw new TypeError('The older engine does not answer with rows.')
    return row.map((value: unknown) => {
      if (value === null || typeof value === 'string') return value
      throw new TypeError('The older engine answers with something else than text.')
    })
  })
}
