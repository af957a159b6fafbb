import type { PGlite } from '@electric-sql/pglite'
import type { SnapshotCache } from './snapshot.ts'

/** One megabyte a segment instead of sixteen: an empty database is a third smaller, in memory as on disk. */
const initialize = ['--wal-segsize=1']

/**
 * What another database would be made from. There never is one, and they are two thirds of an empty database's files,
 * each of which is read at every start in memory.
 */
const templates = [
  'update pg_database set datistemplate = false',
  'drop database template0',
  'drop database template1',
  'checkpoint',
]

/** Of the log, little is kept for reuse after a checkpoint. */
const smallLog = ['-c', 'min_wal_size=2MB', '-c', 'max_wal_size=32MB']

/**
 * PostgreSQL's own cache of pages. All of it is touched at every start, and the default of 128 MB cost a quarter of a
 * second and 100 MB of memory. Behind it, pages are in the system's cache, or in this process's memory to begin with.
 */
const cacheInFolder = ['-c', 'shared_buffers=64MB']
const cacheInMemory = ['-c', 'shared_buffers=32MB']

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
    startParams: [
      ...parameters,
      ...smallLog,
      ...(folder === undefined ? [...cacheInMemory, ...inMemory] : cacheInFolder),
    ],
  }
  const place = folder === undefined ? {} : { dataDir: folder }
  if (!isNew) return PGlite.create({ ...options, ...place })

  let snapshot = await cache.read()
  if (!snapshot) {
    const db = await PGlite.create({ initDbStartParams: initialize })
    try {
      for (const statement of templates) await db.exec(statement)
      snapshot = new Uint8Array(await (await db.dumpDataDir('none')).arrayBuffer())
    } finally {
      await db.close()
    }
    await cache.write(snapshot)
  }
  return PGlite.create({ ...options, ...place, loadDataDir: new Blob([new Uint8Array(snapshot)]) })
}
