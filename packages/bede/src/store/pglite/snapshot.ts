import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'

/**
 * A new embedded database costs two seconds to initialize, so an empty one is kept as a file and loaded instead. It is
 * only ever a shortcut: when it cannot be read, or is not exactly what was written, the database is initialized anew.
 */
export interface SnapshotCache {
  read(): Promise<Uint8Array | undefined>
  write(tar: Uint8Array): Promise<void>
}

const checksumBytes = 32

/** Counted up when what an empty database is made of changes. */
const layout = 2

/** The cache in `folder`, for exactly this version of the embedded database. Undefined folder: no cache. */
export function snapshotCache(folder: string | undefined): SnapshotCache {
  if (folder === undefined) return { read: async () => undefined, write: async () => {} }
  const file = join(folder, `empty-pglite-${embeddedVersion()}-${layout}.tar`)
  return {
    async read() {
      const bytes = await readFile(file).catch(() => undefined)
      if (!bytes || bytes.length <= checksumBytes) return undefined
      const tar = bytes.subarray(checksumBytes)
      return checksum(tar).equals(bytes.subarray(0, checksumBytes)) ? tar : undefined
    },
    async write(tar) {
      const draft = `${file}.${randomUUID()}`
      try {
        await mkdir(folder, { recursive: true })
        await writeFile(draft, Buffer.concat([checksum(tar), tar]), { mode: 0o600 })
        await rename(draft, file)
      } catch {
        await rm(draft, { force: true }).catch(() => {}) // a read-only or full disk: the next start initializes again
      }
    },
  }
}

/** Where tools keep what they can make again: beside the packages, which nobody else may write to. */
export function defaultCacheFolder(): string | undefined {
  const parts = packageFile().split(sep)
  const modules = parts.lastIndexOf('node_modules')
  return modules < 0 ? undefined : join(parts.slice(0, modules + 1).join(sep), '.cache', 'bede')
}

const checksum = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
const packageFile = (): string => createRequire(import.meta.url).resolve('@electric-sql/pglite')

function embeddedVersion(): string {
  const require = createRequire(import.meta.url)
  const { version }: { version: string } = require(join(dirname(packageFile()), '..', 'package.json'))
  return version
}
