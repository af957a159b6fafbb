import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../telemetry/problem.ts'
import { type NameOptions, nameParts } from './file-name.ts'
import { absoluteRoot } from './safe-path.ts'

export interface OpenOptions extends NameOptions {
  /** Makes a new file (0600) to write to, and the folders on its way (0700). A file that is there stays as it is: 409. */
  readonly create?: boolean
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants
// Windows has none of these; what they are for is looked at apart there.
const { O_NOFOLLOW = 0, O_DIRECTORY = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/**
 * Opens a regular file below `root` by a caller's name, through no symbolic link, as `openat2` does with
 * `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS`. On Linux each folder is opened from within the one above it, so nothing
 * changes between looking and opening. The handle is the caller's to close. Throws the Problems `unsafe-name` (400) for
 * a name that is none or that leads through a link or to what is no file, `not-found` (404), and `conflict` (409) where
 * a file to be made is there.
 */
export async function openBeneath(root: string, name: string, options: OpenOptions = {}): Promise<FileHandle> {
  const parts = nameParts(name, options)
  const base = absoluteRoot(root)
  const create = options.create === true
  const handle = await (process.platform === 'linux' ? stepByStep : lookedAt)(base, parts, create).catch((error) => {
    throw refusal(error)
  })
  const found = await handle.stat()
  if (found.isFile()) return handle
  await handle.close()
  throw new Problem('unsafe-name', { message: 'The name leads to what is not a file' })
}

const flagsOf = (create: boolean): number => O_NOFOLLOW | O_NONBLOCK | (create ? O_WRONLY | O_CREAT | O_EXCL : O_RDONLY)

const fileMode = 0o600
const folderMode = 0o700

async function stepByStep(base: string, parts: readonly string[], create: boolean): Promise<FileHandle> {
  let folder = await open(base, O_RDONLY | O_DIRECTORY)
  try {
    for (const part of parts.slice(0, -1)) {
      const path = within(folder, part)
      if (create) await mkdir(path, folderMode).catch(unlessThere)
      const next = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      await folder.close()
      folder = next
    }
    return await open(within(folder, parts.at(-1) ?? ''), flagsOf(create), fileMode)
  } finally {
    await folder.close()
  }
}

/** Node has no `openat`; the kernel's own name for an open folder does the same. */
const within = (folder: FileHandle, part: string): string => `/proc/self/fd/${folder.fd}/${part}`

/** For systems without that: every part is looked at before the file is opened, and the file once more after it. */
async function lookedAt(base: string, parts: readonly string[], create: boolean): Promise<FileHandle> {
  const root = await realpath(base)
  let path = root
  for (const part of parts.slice(0, -1)) {
    path = join(path, part)
    if (create) await mkdir(path, folderMode).catch(unlessThere)
    if (!(await lstat(path)).isDirectory()) throw linked
  }
  const last = join(path, parts.at(-1) ?? '')
  if (!create && (await lstat(last)).isSymbolicLink()) throw linked
  const handle = await open(last, flagsOf(create), fileMode)
  try {
    const [opened, there] = [await handle.stat(), await lstat(last)]
    if (opened.ino !== there.ino || opened.dev !== there.dev || (await realpath(last)) !== last) throw linked
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

const linked = Object.assign(new Error('a link'), { code: 'ELOOP' })

const unlessThere = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error
}

function refusal(error: NodeJS.ErrnoException): unknown {
  switch (error.code) {
    case 'ENOENT':
      return new Problem('not-found', { cause: error })
    case 'EEXIST':
      return new Problem('conflict', { message: 'There is a file with that name', cause: error })
    // ENOTDIR: what is in the place of a folder is a link (with O_DIRECTORY) or a file; ENXIO: a pipe or a socket.
    case 'ELOOP':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ENXIO':
    case 'EMLINK':
      return new Problem('unsafe-name', {
        message: 'The name leads through a link, or to what is not a file',
        cause: error,
      })
    default:
      return error
  }
}
