import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { Problem } from '../telemetry/problem.ts'
import { admit, type FileRules } from './content/admit.ts'
import { givenName } from './content/given-name.ts'
import type { Dimensions } from './content/sides.ts'
import type { Scratch } from './scratch/scratch.ts'

/** A file that came with a call. It lies in a scratch folder and is gone when the call has been answered. */
export interface UploadedFile {
  /** What the sender calls it, for people to read: no path, and never a place to store it at. Null: it has no name. */
  readonly name: string | null
  /** Its media type, told by its bytes. */
  readonly type: string
  /** Bytes. */
  readonly size: number
  /** The SHA-256 of its bytes, in hex. */
  readonly sha256: string
  /** Of an image: how large it says it is, in pixels. */
  readonly dimensions: Dimensions | null
  /** Where it lies until the answer is sent, for a program that takes a path. */
  readonly path: string
  /** Its bytes as they are read from the disk. */
  stream(): Readable
  /** All of its bytes, in memory. */
  bytes(): Promise<Buffer>
  /** Its text. Throws a Problem `invalid-text` where it is not UTF-8. */
  text(): Promise<string>
}

/** What the sender says of a file: decides nothing but its name, and among texts which of them it is. */
export interface Described {
  readonly name?: string
  readonly type?: string
  /** Bytes, where they are announced. */
  readonly length?: number
}

/**
 * Takes a file into a scratch folder, if it is what the rules say. Throws the Problems of {@link admit}; then nothing of
 * it is left.
 */
export async function receive(
  source: AsyncIterable<Uint8Array>,
  rules: FileRules,
  { name, type, length }: Described,
  { scratch, signal }: { readonly scratch: Scratch; readonly signal: AbortSignal },
): Promise<UploadedFile> {
  const admitted = await admit(source, rules, {
    ...(type !== undefined && { type }),
    ...(length !== undefined && { length }),
  })
  const path = await scratch.write(admitted.body, signal).catch(async (error: unknown) => {
    await admitted.close()
    throw error
  })
  return uploadedFile({
    name: givenName(name),
    type: admitted.type,
    ...admitted.measured(),
    dimensions: admitted.dimensions ?? null,
    path,
  })
}

/** A file that lies at a path, with the means to read it. */
export const uploadedFile = (known: Omit<UploadedFile, 'stream' | 'bytes' | 'text'>): UploadedFile =>
  Object.freeze({
    ...known,
    stream: () => createReadStream(known.path),
    bytes: () => readFile(known.path),
    text: async () => {
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(known.path))
      } catch (cause) {
        if (!(cause instanceof TypeError)) throw cause
        throw new Problem('invalid-text', { message: 'The file is not text in UTF-8.', cause })
      }
    },
  })
