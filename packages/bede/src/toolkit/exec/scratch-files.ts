import { createReadStream } from 'node:fs'
import { chown, type FileHandle, lstat, opendir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { isSafeName, nameParts } from '../paths/file-name.ts'
import { openBeneath } from '../paths/open-beneath.ts'
import { otherUser } from './other-user.ts'

/** A file for a program: its bytes or text, a stream of them, or the path of a file of the app's own that is copied. */
export type GivenFile = Uint8Array | string | AsyncIterable<Uint8Array> | { readonly path: string }

/** What each file is counted as beside its bytes: a folder full of empty ones is full too. */
const perFile = 1_024
/** Files that are taken of one run. */
const mostTaken = 100
const chunkSize = 65_536

/**
 * Bytes in a scratch folder, counted up to a little more than `most`. No link is followed. What cannot be looked at is
 * more than anything: a program that closes a folder, or nests them past what a path can name, hides what it writes.
 */
export async function scratchSize(folder: string, most: number): Promise<number> {
  let bytes = 0
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined && bytes <= most; next = folders.pop()) {
    try {
      for await (const entry of await opendir(next)) {
        const path = join(next, entry.name)
        if (entry.isDirectory()) folders.push(path)
        // Blocks, not lengths: a file with holes is as large as what it holds.
        const blocks = entry.isFile() ? (await lstat(path)).blocks : 0
        bytes += perFile + blocks * blockSize
        if (bytes > most) break
      }
    } catch (error) {
      if (!isGone(error)) return Number.POSITIVE_INFINITY
    }
  }
  return bytes
}

const isGone = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Of `st_blocks` (POSIX), whatever the file system's own blocks are. */
const blockSize = 512

/** Puts files into a scratch folder. Throws the Problems `unsafe-name` (400) and `too-large` (413). */
export async function giveFiles(
  scratch: string,
  files: Readonly<Record<string, GivenFile>>,
  most: number,
  signal: AbortSignal,
): Promise<void> {
  const room = { left: most }
  const user = otherUser()
  for (const [name, file] of Object.entries(files)) {
    await using handle = await openBeneath(scratch, name, { create: true })
    for await (const chunk of chunksOf(file)) {
      signal.throwIfAborted()
      room.left -= chunk.length
      if (room.left < 0) throw new Problem('too-large', { message: `The program is given no more than ${most} bytes` })
      await writeAll(handle, chunk)
    }
    if (user) await handOver(scratch, name, handle, user)
  }
}

async function handOver(
  scratch: string,
  name: string,
  file: FileHandle,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  await file.chown(uid, gid)
  // The folders on its way were made for it, and nothing has run in here yet.
  for (let folder = dirname(name); folder !== '.'; folder = dirname(folder))
    await chown(join(scratch, folder), uid, gid)
}

function chunksOf(file: GivenFile): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (typeof file === 'string') return [Buffer.from(file)]
  if (file instanceof Uint8Array) return [file]
  return 'path' in file ? createReadStream(file.path) : file
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten
}

/**
 * Reads what a program has left, by names or patterns in which `*` stands for any letters: `out.png`, `page-*.png`.
 * A name that is not there is not in the answer. Throws the Problem `program-stopped` (422) for more than `most` bytes
 * or a hundred files, and for what is no plain file: a link may lead to somebody else's.
 */
export async function takeFiles(
  scratch: string,
  wanted: readonly string[],
  most: number,
): Promise<ReadonlyMap<string, Buffer>> {
  const taken = new Map<string, Buffer>()
  let left = most
  for (const name of await namesOf(scratch, wanted)) {
    const bytes = await readTaken(scratch, name, left)
    if (!bytes) continue
    if (taken.size >= mostTaken) throw leftBehind(`more than ${mostTaken} files`)
    left -= bytes.length
    taken.set(name, bytes)
  }
  return taken
}

async function readTaken(scratch: string, name: string, most: number): Promise<Buffer | undefined> {
  let handle: FileHandle
  try {
    handle = await openBeneath(scratch, name)
  } catch (error) {
    if (!isProblem(error)) throw error
    if (error.code === 'not-found') return undefined
    throw leftBehind('what is not a plain file')
  }
  try {
    const { size, nlink } = await handle.stat()
    if (nlink > 1) throw leftBehind('a file that has another name too')
    if (size > most) throw leftBehind('more than is taken')
    return await readUpTo(handle, most)
  } finally {
    await handle.close()
  }
}

async function namesOf(scratch: string, wanted: readonly string[]): Promise<ReadonlySet<string>> {
  const there = wanted.some((name) => name.includes('*')) ? (await readdir(scratch)).toSorted() : []
  const ofPattern = (pattern: string): readonly string[] =>
    there.filter((name) => isSafeName(name) && fits(pattern.split('*'), name))
  return new Set(wanted.flatMap((name) => (name.includes('*') ? ofPattern(name) : nameParts(name).join('/'))))
}

/** Whether a name has these pieces in their order, the first at its beginning and the last at its end. */
function fits([first = '', ...rest]: readonly string[], name: string): boolean {
  const last = rest.pop() ?? ''
  const end = name.length - last.length
  if (!name.startsWith(first) || !name.endsWith(last) || end < first.length) return false
  let at = first.length
  for (const piece of rest) {
    const found = name.indexOf(piece, at)
    if (found < 0 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}

/** The file may grow while it is read. */
async function readUpTo(handle: FileHandle, most: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for (;;) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize)
    if (bytesRead === 0) return Buffer.concat(chunks)
    bytes += bytesRead
    if (bytes > most) throw leftBehind('more than is taken')
    chunks.push(buffer.subarray(0, bytesRead))
  }
}

const leftBehind = (what: string): Problem => new Problem('program-stopped', { message: `The program left ${what}` })
