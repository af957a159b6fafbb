import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Scratch } from '../scratch/scratch.ts'
import { refused } from './limits.ts'

/** An archive: its bytes, a stream of them, or the path of a file of the app's own. */
export type ArchiveSource = Uint8Array | AsyncIterable<Uint8Array> | { readonly path: string }

export type ArchiveFormat = 'zip' | 'tar' | 'tar.gz'

/** An archive that can be looked at from any place: bytes, or a file. */
export type Settled = { readonly bytes: Buffer } | { readonly path: string }

/** Bytes in which all formats say what they are. */
const telling = 512

/** What comes as a stream is written down first: what a zip holds stands at its end. At most `most` bytes. */
export async function settle(
  source: ArchiveSource,
  most: number,
  scratch: Scratch,
  signal: AbortSignal,
): Promise<Settled> {
  if (source instanceof Uint8Array) return { bytes: Buffer.from(source.buffer, source.byteOffset, source.byteLength) }
  if ('path' in source) return { path: source.path }
  return { path: await scratch.write(upTo(source, most), signal) }
}

async function* upTo(source: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > most) throw refused(`it is larger than ${most} bytes itself`)
    yield chunk
  }
}

/** By its first bytes, never by a name. Throws the Problem `invalid-archive` (422). */
export async function formatOf(settled: Settled): Promise<ArchiveFormat> {
  const head = 'bytes' in settled ? settled.bytes.subarray(0, telling) : await headOf(settled.path)
  if (head.subarray(0, 2).equals(Buffer.from('PK'))) return 'zip'
  if (head[0] === 0x1f && head[1] === 0x8b) return 'tar.gz'
  if (head.subarray(257, 262).toString('latin1') === 'ustar') return 'tar'
  throw refused('it is neither zip, tar nor tar.gz')
}

async function headOf(path: string): Promise<Buffer> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(telling), 0, telling, 0)
  return buffer.subarray(0, bytesRead)
}

export const streamOf = (settled: Settled): AsyncIterable<Uint8Array> =>
  'bytes' in settled ? pieces(settled.bytes) : createReadStream(settled.path)

const piece = 65_536

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
}
