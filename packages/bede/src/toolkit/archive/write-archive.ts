import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { Problem } from '../../telemetry/problem.ts'
import { EntryNames } from './entry-names.ts'
import { Allowance } from './limits.ts'
import { loadTar, type TarPack } from './tar-library.ts'
import { createZipWriter, type ZipWriter } from './zip-library.ts'

/** A file to be put into an archive. */
export interface NewEntry {
  /** A name below a folder, as `safePath` takes it: `photos/may.jpg`. */
  readonly name: string
  /** Its bytes or text, a stream of them, or the path of a file of the app's own. */
  readonly content: Uint8Array | string | AsyncIterable<Uint8Array> | { readonly path: string }
  /** How many bytes a stream has; a tar has to know it beforehand. */
  readonly size?: number
  /** When it was changed last; default: now. */
  readonly modified?: Date
}

export type NewEntries = Iterable<NewEntry> | AsyncIterable<NewEntry>

/** More than an archive of ours is read with: who packs knows what. */
const most = { entries: 1_000_000, size: '999999gb', depth: 64 } as const
/** `st_mode` of a file. */
const regularFile = 0o100000
const fileMode = 0o644

/** A zip as it is written, one entry after the other and no faster than it is read. */
export async function* writeZip(entries: NewEntries, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const zip = await createZipWriter()
  const current: { stream?: Readable } = {}
  const stop = (error: unknown): void => {
    zip.outputStream.destroy(error instanceof Error ? error : new Error(String(error)))
    current.stream?.destroy()
  }
  zip.on('error', stop)
  const left = whenAborted(signal, stop)
  fillZip(zip, entries, current).catch(stop)
  try {
    yield* zip.outputStream
  } finally {
    left()
    stop(new Error('nobody reads on'))
  }
}

async function fillZip(zip: ZipWriter, entries: NewEntries, current: { stream?: Readable }): Promise<void> {
  const names = new EntryNames(new Allowance(most))
  for await (const { name, content, modified = new Date() } of entries) {
    const stream = Readable.from(chunksOf(content), { objectMode: false })
    current.stream = stream
    zip.addReadStream(stream, named(names, name), { mtime: modified, mode: regularFile | fileMode })
    await finished(stream)
  }
  zip.end()
}

/** The same as a tar, packed by gzip where `gzip` says so. */
export async function* writeTar(entries: NewEntries, gzip: boolean, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { pack: create } = await loadTar()
  const pack = create()
  const stop = (error: unknown): void => pack.destroy(error instanceof Error ? error : new Error(String(error)))
  const left = whenAborted(signal, stop)
  const filling = fillTar(pack, entries)
  filling.catch(stop)
  try {
    if (gzip) yield* packed(pack)
    else yield* pack
    await filling
  } finally {
    left()
    pack.destroy()
  }
}

async function* packed(pack: TarPack): AsyncGenerator<Uint8Array> {
  const gzip = createGzip()
  pipeline(Readable.from(pack), gzip).catch((error) => gzip.destroy(error))
  try {
    yield* gzip
  } finally {
    gzip.destroy()
  }
}

async function fillTar(pack: TarPack, entries: NewEntries): Promise<void> {
  const names = new EntryNames(new Allowance(most))
  for await (const { name, content, size, modified = new Date() } of entries) {
    const bytes = await sizeOf(content, size)
    const { promise: written, resolve, reject } = Promise.withResolvers<void>()
    // Whoever waits for it is told; nobody may be waiting yet.
    written.catch(() => {})
    const header = { name: named(names, name), size: bytes, mtime: modified, mode: fileMode }
    const entry = pack.entry(header, (error) => (error ? reject(error) : resolve()))
    // The same as `written` is told.
    entry.once('error', () => {})
    for await (const chunk of chunksOf(content)) {
      const room = entry.write(Buffer.from(chunk))
      if (!room) await Promise.race([written, new Promise<void>((go) => entry.once('drain', go))])
    }
    entry.end()
    await written
  }
  pack.finalize()
}

/** Calls `stop` when the signal is aborted; what it gives ends that. */
function whenAborted(signal: AbortSignal, stop: (error: unknown) => void): () => void {
  const leave = () => stop(signal.reason)
  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  return () => signal.removeEventListener('abort', leave)
}

function named(names: EntryNames, name: string): string {
  try {
    return names.take(name, false)
  } catch (cause) {
    throw new Problem('unsafe-name', { message: 'The name cannot be one in an archive, or is there twice', cause })
  }
}

async function sizeOf(content: NewEntry['content'], said: number | undefined): Promise<number> {
  if (typeof content === 'string') return Buffer.byteLength(content)
  if (content instanceof Uint8Array) return content.length
  if ('path' in content) return (await stat(content.path)).size
  if (said !== undefined) return said
  throw new Problem('internal', { cause: new Error('A stream in a tar needs its size: a tar says it before the file') })
}

function chunksOf(content: NewEntry['content']): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content)]
  if (content instanceof Uint8Array) return [content]
  return 'path' in content ? createReadStream(content.path) : content
}
