import { randomUUID } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { FileStorage } from '../../engine/files/storage.ts'
import { isKey } from '../../engine/files/storage.ts'
import { Problem } from '../../telemetry/problem.ts'

/** Where a file is while it is written. No key begins so. */
const incoming = '.incoming'

/**
 * Files in a folder of this machine. A file is written under a name of its own, flushed, and then put in its place: it
 * is there whole or not at all, whatever happens to the process or to the machine. Throws a Problem `invalid-setting`
 * where the folder cannot be written.
 */
export async function localFiles(folder: string): Promise<FileStorage> {
  const root = resolve(folder)
  const temporary = join(root, incoming)
  try {
    await mkdir(temporary, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new Problem('invalid-setting', {
      message: `Files cannot be kept in ${root}.`,
      hint: 'Name a folder that this user may write to.',
      cause,
    })
  }
  const pathOf = (key: string): string => {
    if (!isKey(key)) throw new TypeError('a key of a file is made by Bede')
    return join(root, key)
  }
  return {
    async write(key, source, signal) {
      const path = pathOf(key)
      const part = join(temporary, randomUUID())
      try {
        await writeWhole(part, source, signal)
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await rename(part, path)
        await flushFolder(dirname(path))
      } catch (error) {
        await rm(part, { force: true })
        throw error
      }
    },
    async read(key, span) {
      const file = await open(pathOf(key), constants.O_RDONLY | constants.O_NOFOLLOW).catch(absent)
      return file && createReadStream('', { fd: file, autoClose: true, ...span })
    },
    remove: (key) => rm(pathOf(key), { force: true }),
    async *list(prefix) {
      const names = await readdir(join(root, dirname(`${prefix}.`)), { recursive: true, withFileTypes: true }).catch(
        absent,
      )
      for (const entry of names ?? []) {
        if (!entry.isFile()) continue
        const key = join(entry.parentPath, entry.name).slice(root.length + 1)
        if (key.startsWith(prefix) && isKey(key)) yield key
      }
    },
    async tidy(before) {
      for (const name of await readdir(temporary)) {
        const path = join(temporary, name)
        const found = await stat(path).catch(absent)
        if (found && found.mtimeMs < before.valueOf()) await rm(path, { force: true })
      }
    },
    close: async () => {},
  }
}

async function writeWhole(path: string, source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    for await (const chunk of source) {
      signal?.throwIfAborted()
      await writeAll(file, chunk)
    }
    signal?.throwIfAborted()
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A write may take less than it was given. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
}

/** So that the name outlives a power failure, too; not every system opens folders. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

const absent = (error: unknown): undefined => {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return
  throw error
}
