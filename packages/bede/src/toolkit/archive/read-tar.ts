import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { isProblem } from '../../telemetry/problem.ts'
import { room } from '../room.ts'
import { type ArchiveEntry, countedEntry } from './entry.ts'
import { EntryNames, isHere } from './entry-names.ts'
import { type Allowance, refused } from './limits.ts'
import { type Settled, streamOf } from './source.ts'
import { loadTar, type TarExtract } from './tar-library.ts'

/** What a file is filled up to (POSIX.1-2017 pax, ustar). */
const block = 512

/** The entries of a tar, packed by gzip or not, as they come. */
export async function* readTar(
  settled: Settled,
  gzip: boolean,
  allowance: Allowance,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry> {
  const { extract } = await loadTar()
  const extracting = extract()
  // Bytes that went by, less those of files: what is left are headers, which are kept in memory to be read.
  let beside = 0
  const packed = counted(streamOf(settled), (bytes) => {
    allowance.packed(bytes)
    signal.throwIfAborted()
  })
  let stopped: unknown
  // What the library says of an archive is about its bytes, unless something else has stopped it.
  const refusal = (error: unknown): unknown =>
    stopped ?? (isProblem(error) || signal.aborted ? error : refused('it is damaged', error))
  const feeding = feed(extracting, gzip ? unpacked(packed) : packed, (bytes) => {
    beside += bytes
    allowance.beside(beside)
  }).catch((error) => {
    stopped = isProblem(error) || signal.aborted ? error : refused('it is damaged', error)
    throw stopped
  })
  feeding.catch(() => {})
  try {
    const names = new EntryNames(allowance)
    for await (const found of extracting) {
      const { type, name, size = 0, mtime } = found.header
      const isFolder = type === 'directory'
      if (!isFolder && type !== 'file' && type !== 'contiguous-file') throw refused('it holds a link or a device')
      if (isFolder && size > 0) throw refused('a folder in it has bytes')
      allowance.entry(size)
      if (isFolder && isHere(name)) {
        for await (const _ of found);
        continue
      }
      const bare = names.take(name, isFolder)
      const contents = whole(
        counted(found, (bytes) => {
          beside -= bytes
        }),
        refusal,
      )
      const turn = countedEntry(
        { name: bare, folder: isFolder, size, modified: mtime, open: async () => contents },
        allowance,
        signal,
      )
      yield turn.entry
      if (isFolder) for await (const _ of contents);
      await turn.end(true)
      beside -= (block - (size % block)) % block
    }
    await feeding
  } catch (error) {
    throw refusal(error)
  } finally {
    extracting.destroy()
    await feeding.catch(() => {})
  }
}

async function* whole(
  source: AsyncIterable<Uint8Array>,
  refusal: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch (error) {
    throw refusal(error)
  }
}

async function* counted(source: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    count(chunk.length)
    yield chunk
  }
}

async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const through = pipeline(Readable.from(source), gunzip).catch((error) => gunzip.destroy(error))
  try {
    yield* gunzip
  } finally {
    gunzip.destroy()
    await through
  }
}

/** Writes all of a stream into the library, as fast as it takes it. What stops it is told to whoever reads from there. */
async function feed(to: TarExtract, source: AsyncIterable<Uint8Array>, count: (bytes: number) => void): Promise<void> {
  try {
    for await (const chunk of source) {
      if (to.destroyed) return
      count(chunk.length)
      if (!to.write(Buffer.from(chunk))) await room(to)
    }
    to.end()
  } catch (error) {
    to.destroy(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}
