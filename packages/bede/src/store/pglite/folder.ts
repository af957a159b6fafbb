import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../telemetry/problem.ts'
import { acquireLock, type Lock } from './lock.ts'

/** The major version of PostgreSQL inside the embedded database: its files are of no use to another one. */
export const embeddedMajor = 18

/** The form of the folder itself. */
const folderVersion = 1

const stampFile = 'bede.json'
const lockFile = 'bede.lock'
const dataFolder = 'data'

interface Stamp {
  readonly folder: number
  readonly postgres: number
  /** `creating` until the first database has been written whole: what is there before that is nobody's data. */
  readonly state: 'creating' | 'ready'
}

/** A folder that this process holds, and what is in it. */
export interface HeldFolder {
  /** Where the database's own files are. */
  readonly data: string
  readonly isNew: boolean
  /** The major version of PostgreSQL that made it, where that is an older one: it must be brought to this one first. */
  readonly madeBy?: number
  /** Says that the database stands and is of this version. */
  created(): Promise<void>
  release(): Promise<void>
}

/**
 * Takes a data folder for this process alone: its lock, its stamp and the database's files in `data/`.
 *
 * Throws the Problems `store-locked`, `store-version` (made by a newer major version of PostgreSQL) and `store-folder`
 * (there is something else in it); none of them changes the folder.
 */
export async function holdFolder(folder: string): Promise<HeldFolder> {
  await refuseForeign(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lock = await acquireLock(join(folder, lockFile))
  try {
    return await holdLocked(folder, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function holdLocked(folder: string, lock: Lock): Promise<HeldFolder> {
  const data = join(folder, dataFolder)
  const stamp = await readStamp(folder)
  const newer = stamp !== undefined && stamp.postgres > embeddedMajor
  if (stamp && (stamp.folder !== folderVersion || newer)) throw otherVersion(folder, stamp)
  const isNew = stamp?.state !== 'ready'
  if (isNew) {
    await writeStamp(folder, 'creating')
    await rm(data, { recursive: true, force: true })
    await mkdir(data, { mode: 0o700 })
  }
  const madeBy = stamp && !isNew && stamp.postgres < embeddedMajor ? { madeBy: stamp.postgres } : {}
  return { data, isNew, ...madeBy, created: () => writeStamp(folder, 'ready'), release: () => lock.release() }
}

/** A folder with something in it and no stamp may hold anything: it is left as it is. */
async function refuseForeign(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw new Problem('store-folder', { message: `The folder ${folder} cannot be read: ${error.code}.`, cause: error })
  })
  if (names.includes(stampFile) || names.every((name) => name.startsWith(lockFile))) return
  throw new Problem('store-folder', {
    message: names.includes('PG_VERSION')
      ? `The folder ${folder} holds a PostgreSQL database that Bede did not make.`
      : `The folder ${folder} holds other files and no database of Bede.`,
    hint: 'Name a folder that is empty or does not exist yet.',
  })
}

async function readStamp(folder: string): Promise<Stamp | undefined> {
  let text: string
  try {
    text = await readFile(join(folder, stampFile), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const value: unknown = JSON.parse(text)
    const { folder: form, postgres, state } = { folder: 0, postgres: 0, state: '', ...(value as object) }
    if (typeof form === 'number' && typeof postgres === 'number' && (state === 'creating' || state === 'ready')) {
      return { folder: form, postgres, state }
    }
  } catch {
    // falls through: whatever it is, it is not ours to overwrite
  }
  throw new Problem('store-folder', {
    message: `The file ${join(folder, stampFile)} is damaged, so the version of the database is not known.`,
    hint: `If the folder was made by this version of Bede, write {"folder":${folderVersion},"postgres":${embeddedMajor},"state":"ready"} into it.`,
  })
}

/** Written beside it and renamed: there is never half a stamp. */
async function writeStamp(folder: string, state: Stamp['state']): Promise<void> {
  const stamp: Stamp = { folder: folderVersion, postgres: embeddedMajor, state }
  const draft = join(folder, `${lockFile}.stamp`)
  await writeFile(draft, `${JSON.stringify(stamp)}\n`, { mode: 0o600 })
  await rename(draft, join(folder, stampFile))
}

function otherVersion(folder: string, stamp: Stamp): Problem {
  return new Problem('store-version', {
    message:
      stamp.folder === folderVersion
        ? `The database in ${folder} was made by PostgreSQL ${stamp.postgres}; this version of Bede carries PostgreSQL ${embeddedMajor}.`
        : `The folder ${folder} has the form ${stamp.folder}; this version of Bede knows the form ${folderVersion}.`,
    hint: 'Open it with the version of Bede that made it and copy the data over, or use another folder.',
  })
}
