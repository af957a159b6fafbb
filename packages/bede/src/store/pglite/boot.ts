import type { PGlite } from '@electric-sql/pglite'
import type { SnapshotCache } from './snapshot.ts'

/** One megabyte a segment instead of sixteen: an empty database is a third smaller, in memory as on disk. */
const initialize = ['--wal-segsize=1']

/** Of the log, little is kept for reuse after a checkpoint. */
const smallLog = ['-c', 'min_wal_size=2MB', '-c', 'max_wal_size=32MB']

/** Whole pages are logged against writes that a crash cuts in half; what is in memory does not outlive one. */
const inMemory = ['-c', 'full_page_writes=off']

/** Allows changes of the database's own catalog; only its initialization needs that. */
const catalogChanges = '-O'

/**
 * Starts the embedded database. `folder` undefined: in memory. `isNew`: there is none yet in the folder; it comes from
 * the snapshot where there is one, else it is initialized and the snapshot is kept for the next time.
 */
export async function boot(folder: string | undefined, isNew: boolean, cache: SnapshotCache): Promise<PGlite> {
  // Loaded here and not at the top: whoever runs on a PostgreSQL server must not pay for it.
  const { PGlite } = await import('@electric-sql/pglite')
  const parameters = PGlite.defaultStartParams.filter((parameter) => parameter !== catalogChanges)
  const options = {
    startParams: [...parameters, ...smallLog, ...(folder === undefined ? inMemory : [])],
  }
  const place = folder === undefined ? {} : { dataDir: folder }
  if (!isNew) return PGlite.create({ ...options, ...place })

  let snapshot = await cache.read()
  if (!snapshot) {
    const db = await PGlite.create({ initDbStartParams: initialize })
    try {
      snapshot = new Uint8Array(await (await db.dumpDataDir('none')).arrayBuffer())
    } finally {
      await db.close()
    }
    await cache.write(snapshot)
  }
  return PGlite.create({ ...options, ...place, loadDataDir: new Blob([Uint8Array.from(snapshot)]) })
}
