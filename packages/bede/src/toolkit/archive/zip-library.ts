import { loadOptional } from '../optional-package.ts'
import type { Settled } from './source.ts'

/** What Bede uses of an entry that yauzl has read. */
export interface ZipEntry {
  readonly fileName: string
  readonly fileNameRaw: Buffer
  /** Bytes in the list at the end, beside a fixed number. */
  readonly fileNameLength: number
  readonly extraFieldLength: number
  readonly fileCommentLength: number
  readonly compressedSize: number
  readonly uncompressedSize: number
  readonly compressionMethod: number
  readonly crc32: number
  readonly externalFileAttributes: number
  readonly relativeOffsetOfLocalHeader: number
  isEncrypted(): boolean
  getLastModDate(): Date
}

/** And of a zip that it has opened. */
export interface ZipFile {
  readonly entryCount: number
  eachEntry(): AsyncIterable<ZipEntry>
  openReadStreamPromise(entry: ZipEntry): Promise<AsyncIterable<Uint8Array> & { destroy(): void }>
  readLocalFileHeaderPromise(entry: ZipEntry): Promise<{ readonly fileDataStart: number; readonly fileName: Buffer }>
  close(): void
}

interface Yauzl {
  openPromise(path: string, options: object): Promise<ZipFile>
  fromBufferPromise(bytes: Buffer, options: object): Promise<ZipFile>
}

/** Names are taken as they are, with a backslash refused; a file is never longer than it says. */
const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true }

/** Opens a zip. Throws what yauzl says of one that it cannot read, and the Problem `invalid-setting` where there is no yauzl. */
export async function loadYauzl(): Promise<{ open(settled: Settled): Promise<ZipFile> }> {
  const yauzl = await loadOptional<Yauzl>('yauzl', '3', 'Reading a zip', ['openPromise', 'fromBufferPromise'])
  return {
    open: (settled) =>
      'bytes' in settled ? yauzl.fromBufferPromise(settled.bytes, options) : yauzl.openPromise(settled.path, options),
  }
}

/** What Bede uses of a zip that yazl writes. */
export interface ZipWriter {
  readonly outputStream: NodeJS.ReadableStream & AsyncIterable<Uint8Array> & { destroy(error?: Error): void }
  addReadStream(stream: NodeJS.ReadableStream, name: string, options: object): void
  addEmptyDirectory(name: string, options: object): void
  end(): void
  on(event: 'error', f: (error: Error) => void): void
}

/** Throws the Problem `invalid-setting` where the package yazl is not installed. */
export async function createZipWriter(): Promise<ZipWriter> {
  const { ZipFile } = await loadOptional<{ readonly ZipFile: new () => ZipWriter }>('yazl', '3', 'Writing a zip', [
    'ZipFile',
  ])
  return new ZipFile()
}
