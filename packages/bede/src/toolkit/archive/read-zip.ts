import { open as openFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { isProblem } from '../../telemetry/problem.ts'
import { type ArchiveEntry, countedEntry } from './entry.ts'
import { badName, EntryNames } from './entry-names.ts'
import { type Allowance, refused } from './limits.ts'
import type { Settled } from './source.ts'
import { loadYauzl, type ZipEntry, type ZipFile } from './zip-library.ts'

/** Of `externalFileAttributes`, where Unix keeps what a file is (`st_mode`). */
const modeShift = 16
const typeMask = 0o170000
const [regular, folder] = [0o100000, 0o040000]
/** APPNOTE §4.4.5. */
const [stored, deflated] = [0, 8]

interface Listed {
  readonly entry: ZipEntry
  readonly name: string
  readonly isFolder: boolean
}

/** The entries of a zip. All that it says of them is looked at before the first is given out. */
export async function* readZip(
  settled: Settled,
  allowance: Allowance,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry> {
  const length = await lengthOf(settled)
  allowance.packed(length)
  const zip = await opened(settled)
  try {
    for (const listed of await list(zip, length, allowance, signal)) {
      const { entry, name, isFolder } = listed
      const turn = countedEntry(
        {
          name,
          folder: isFolder,
          size: entry.uncompressedSize,
          modified: modifiedOf(entry),
          open: async () => checked(await zip.openReadStreamPromise(entry).catch(broken), entry.crc32),
        },
        allowance,
        signal,
      )
      yield turn.entry
      await turn.end(false)
    }
  } finally {
    zip.close()
  }
}

/** What yauzl says of a name that it gives to nobody (`validateFileName`). */
const aboutName = /^(?:invalid characters in fileName|absolute path|invalid relative path): /

const broken = (cause: unknown): never => {
  if (isProblem(cause)) throw cause
  if (cause instanceof Error && aboutName.test(cause.message)) throw badName(cause)
  throw refused('it is damaged', cause)
}

async function lengthOf(settled: Settled): Promise<number> {
  if ('bytes' in settled) return settled.bytes.length
  await using file = await openFile(settled.path)
  return (await file.stat()).size
}

async function opened(settled: Settled): Promise<ZipFile> {
  const yauzl = await loadYauzl()
  return await yauzl.open(settled).catch(broken)
}

async function list(
  zip: ZipFile,
  length: number,
  allowance: Allowance,
  signal: AbortSignal,
): Promise<readonly Listed[]> {
  allowance.said(zip.entryCount)
  const names = new EntryNames(allowance)
  const listed: Listed[] = []
  let beside = 0
  for await (const entry of damagedOr(zip.eachEntry())) {
    signal.throwIfAborted()
    const type = (entry.externalFileAttributes >>> modeShift) & typeMask
    const isFolder = entry.fileName.endsWith('/')
    if (type !== 0 && type !== (isFolder ? folder : regular)) throw refused('it holds a link or a device')
    if (entry.isEncrypted()) throw refused('it is encrypted')
    if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated)
      throw refused('it is packed in a way that is not read')
    if (isFolder && entry.uncompressedSize > 0) throw refused('a folder in it has bytes')
    allowance.entry(entry.uncompressedSize)
    // Each four bytes of it may be a field, which takes many times as much when it is read.
    beside += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
    allowance.beside(beside)
    listed.push({ entry, name: names.take(entry.fileName, isFolder), isFolder })
  }
  await apart(zip, length, listed)
  return listed
}

/**
 * Each entry lies in a place of its own, and has the same name there as in the list: entries that share their bytes make
 * a small file a large one, and readers that go by the one or the other see different files.
 */
async function apart(zip: ZipFile, length: number, listed: readonly Listed[]): Promise<void> {
  let end = 0
  const byPlace = listed.toSorted((a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader)
  for (const { entry } of byPlace) {
    const { fileDataStart, fileName } = await zip.readLocalFileHeaderPromise(entry).catch(broken)
    if (!fileName.equals(entry.fileNameRaw)) throw refused('an entry has two names')
    if (entry.relativeOffsetOfLocalHeader < end) throw refused('entries in it share their bytes')
    end = fileDataStart + entry.compressedSize
    if (end > length) throw refused('it is damaged')
  }
}

/** yauzl's own findings are findings about the archive. */
async function* damagedOr<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items
  } catch (error) {
    broken(error)
  }
}

/** The sum that the list has of each file (APPNOTE §4.4.7). */
async function* checked(contents: AsyncIterable<Uint8Array>, sum: number): AsyncGenerator<Uint8Array> {
  let found = 0
  try {
    for await (const chunk of contents) {
      found = crc32(chunk, found)
      yield chunk
    }
  } catch (error) {
    broken(error)
  }
  if (found !== sum) throw refused('a file in it is damaged')
}

function modifiedOf(entry: ZipEntry): Date | undefined {
  const date = entry.getLastModDate()
  return Number.isNaN(date.valueOf()) ? undefined : date
}
