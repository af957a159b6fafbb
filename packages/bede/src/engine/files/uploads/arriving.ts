import { createHash, type Hash } from 'node:crypto'
import { Problem } from '../../../telemetry/problem.ts'

/** The body of a `PATCH` as it comes, to be cut into parts. */
export interface Arriving {
  /** Whether another byte is there. */
  more(): boolean
  /**
   * The next bytes, about so many. It ends where the body does, and where the line broke: what has come by then counts.
   * Whoever stops before the end has no use for the rest.
   */
  part(size: number): AsyncGenerator<Uint8Array>
  /** Bytes that have been given out. */
  taken(): number
  /** Why no more comes, where that is not the end: the line broke, or there is more than there was to be. */
  failure(): { readonly error: unknown; readonly tooMuch: boolean } | undefined
  close(): Promise<void>
}

/**
 * Begins to read. `most`: bytes that it may have. `hash` is told of all that comes. Nothing is read ahead but one piece as
 * the network gives it.
 */
export async function arriving(source: AsyncIterable<Uint8Array>, most: number, hash?: Hash): Promise<Arriving> {
  const chunks = source[Symbol.asyncIterator]()
  let next: Uint8Array | undefined
  let failure: { readonly error: unknown; readonly tooMuch: boolean } | undefined
  let taken = 0
  const pull = async (): Promise<void> => {
    next = undefined
    try {
      const { done, value } = await chunks.next()
      if (done) return
      if (taken + value.length > most) failure = { error: tooMuch(), tooMuch: true }
      else next = value
    } catch (error) {
      failure = { error, tooMuch: false }
    }
  }
  await pull()
  return {
    more: () => next !== undefined,
    async *part(size) {
      for (let given = 0; next && given < size; ) {
        const chunk = next
        given += chunk.length
        taken += chunk.length
        hash?.update(chunk)
        yield chunk
        await pull()
      }
    },
    taken: () => taken,
    failure: () => failure,
    close: async () => void (await chunks.return?.()),
  }
}

const tooMuch = (): Problem =>
  new Problem('too-large', { message: 'There are more bytes than Upload-Length said at the beginning' })

/** Of the checksum extension of tus: SHA-1 must be, the others are for whoever wants to be sure. */
export const checksumAlgorithms = ['sha1', 'sha256', 'sha512'] as const

/** What a `PATCH` says of its bytes. */
export interface Checksum {
  readonly hash: Hash
  readonly expected: Buffer
}

/** `Upload-Checksum`: an algorithm and, behind a space, a digest in base64. Throws a Problem `malformed-request`. */
export function readChecksum(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined
  const [algorithm = '', encoded = '', ...more] = header.trim().split(' ')
  const known = checksumAlgorithms.find((one) => one === algorithm)
  const expected = Buffer.from(encoded, 'base64')
  const hash = known && createHash(known)
  const length = hash?.copy().digest().length
  if (hash && more.length === 0 && expected.length === length && expected.toString('base64') === encoded)
    return { hash, expected }
  throw new Problem('malformed-request', {
    message: 'Upload-Checksum is not an algorithm and a digest of it in base64.',
    hint: `The algorithms are ${checksumAlgorithms.join(', ')}.`,
  })
}
