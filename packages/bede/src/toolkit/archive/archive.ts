import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openBeneath } from '../paths/open-beneath.ts'
import { safePath } from '../paths/safe-path.ts'
import { createScratch, withScratch } from '../scratch/scratch.ts'
import { type ArchiveEntry, allowanceOf } from './entry.ts'
import { Allowance, type ArchiveLimits } from './limits.ts'
import { readTar } from './read-tar.ts'
import { readZip } from './read-zip.ts'
import { type ArchiveSource, formatOf, settle } from './source.ts'
import { type NewEntries, writeTar, writeZip } from './write-archive.ts'

/** What an archive was unpacked to. */
export interface Unpacked {
  /** A folder with its files, gone when `work` ends. */
  readonly folder: string
  /** The files in it, by the names that `safePath` and `openBeneath` take. */
  readonly names: readonly string[]
}

/**
 * Archives from strangers, and for them. What is read is a zip, a tar or a tar packed by gzip, by its first bytes. Each
 * name in it is one below a folder; links, devices, encrypted files, entries with the same name or the same bytes, and
 * whatever is larger than its limits or than it says are refused: the Problem `invalid-archive` (422).
 */
export interface Archive {
  /**
   * The entries, one after the other, each to be read when it is its turn. What is refused late is refused after earlier
   * entries were given out, so keep nothing of an archive before its end.
   */
  read(source: ArchiveSource | ArchiveEntry, limits?: ArchiveLimits): AsyncIterable<ArchiveEntry>
  /** Unpacks all of it into a folder, gives that to `work`, and removes it. Of one that is refused `work` sees nothing. */
  extract<T>(
    source: ArchiveSource | ArchiveEntry,
    limits: ArchiveLimits,
    work: (unpacked: Unpacked) => Promise<T> | T,
  ): Promise<T>
  /** A zip, as a stream to answer with. Throws the Problem `unsafe-name` while it is read. */
  zip(entries: NewEntries): Readable
  /** A tar. A stream in it needs its `size`. */
  tar(entries: NewEntries, options?: { readonly gzip?: boolean }): Readable
}

/** Bound to a call: what it reads and writes ends when the call does. */
export const boundArchive = (signal: () => AbortSignal): Archive => new Bound(signal)

/** One is made for every call of a handler, so it is made of nothing. */
class Bound implements Archive {
  readonly #signal: () => AbortSignal

  constructor(signal: () => AbortSignal) {
    this.#signal = signal
  }

  read(source: ArchiveSource | ArchiveEntry, limits: ArchiveLimits = {}): AsyncIterable<ArchiveEntry> {
    return entriesOf(source, limits, this.#signal())
  }

  extract<T>(
    source: ArchiveSource | ArchiveEntry,
    limits: ArchiveLimits,
    work: (unpacked: Unpacked) => Promise<T> | T,
  ): Promise<T> {
    return withScratch(async (scratch) => {
      const folder = join(await scratch.folder(), 'files')
      await mkdir(folder, { mode: folderMode })
      return await work({ folder, names: await unpackTo(folder, this.read(source, limits)) })
    })
  }

  zip(entries: NewEntries): Readable {
    return Readable.from(writeZip(entries, this.#signal()), { objectMode: false })
  }

  tar(entries: NewEntries, { gzip = false }: { readonly gzip?: boolean } = {}): Readable {
    return Readable.from(writeTar(entries, gzip, this.#signal()), { objectMode: false })
  }
}

const folderMode = 0o700

async function unpackTo(folder: string, entries: AsyncIterable<ArchiveEntry>): Promise<readonly string[]> {
  const names: string[] = []
  for await (const entry of entries) {
    if (entry.folder) {
      await mkdir(safePath(folder, entry.name, hidden), { recursive: true, mode: folderMode })
      continue
    }
    await using file = await openBeneath(folder, entry.name, { create: true, ...hidden })
    for await (const chunk of entry.stream()) await file.writeFile(chunk)
    names.push(entry.name)
  }
  return names
}

/** What begins with a dot is a name in an archive: whoever serves the files decides what they do. */
const hidden = { hidden: true } as const

async function* entriesOf(
  given: ArchiveSource | ArchiveEntry,
  limits: ArchiveLimits,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry> {
  const allowance = new Allowance(limits, allowanceOf(given))
  const source = 'stream' in given && typeof given.stream === 'function' ? given.stream() : (given as ArchiveSource)
  try {
    yield* scratched(source, allowance, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/** Like `withScratch`, for what gives out one thing after the other. */
async function* scratched(
  source: ArchiveSource,
  allowance: Allowance,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry> {
  const scratch = createScratch()
  try {
    const settled = await settle(source, allowance.room, scratch, signal)
    const format = await formatOf(settled)
    if (format === 'zip') yield* readZip(settled, allowance, signal)
    else yield* readTar(settled, format === 'tar.gz', allowance, signal)
  } finally {
    await scratch.remove()
  }
}
