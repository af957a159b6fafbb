import type { IncomingMessage } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { isProblem } from '../../telemetry/problem.ts'
import { failed } from './failure.ts'

/** What an answer may be compressed with; nothing else is taken, and nothing twice. */
export const codings = 'gzip, br'

/** One byte in, so many out: what people write does not shrink like that, and a bomb does. */
const mostRatio = 200
/** Below so many bytes nobody is hurt. */
const ratioFrom = 1024 * 1024

/** An answer whose body is to be read. */
export interface Incoming {
  /** That of the request. */
  readonly method: string
  readonly message: IncomingMessage
  readonly origin: string
  /** Bytes that the body may have, unpacked. */
  readonly max: number
  /** Ends it, with its reason. */
  readonly signal: AbortSignal
}

/** The whole body, unpacked. Throws a Problem as soon as it is too large, broken or late. */
export async function wholeBody(incoming: Incoming): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of unpacked(incoming)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The body as it comes. `over`: it has been read to its end, or destroyed. */
export function flowingBody(incoming: Incoming): { readonly body: Readable; readonly over: Promise<void> } {
  const { message, signal } = incoming
  const body = Readable.from(unpacked(incoming), { objectMode: false })
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const stop = (): void => {
    body.destroy(signal.reason)
  }
  signal.addEventListener('abort', stop)
  // Nobody may be looking at it when it fails, and that must not end the process.
  body.on('error', () => {})
  body.once('close', () => {
    signal.removeEventListener('abort', stop)
    message.destroy()
    resolve()
  })
  return { body, over }
}

/** Bounded on its way: what is one byte too large is not kept, and not asked for further. */
async function* unpacked({ method, message, origin, max, signal }: Incoming): AsyncGenerator<Uint8Array> {
  const coding = message.headers['content-encoding']?.trim().toLowerCase() || 'identity'
  const decoder = decoderOf(coding)
  let given = 0
  try {
    const hasBody = method !== 'HEAD' && message.statusCode !== 204 && message.statusCode !== 304
    if (hasBody && coding !== 'identity' && !decoder)
      throw failed(origin, 'answered in a coding that was not asked for')
    const source: AsyncIterable<Uint8Array> = hasBody && decoder ? pipeline(message, decoder, () => {}) : message
    for await (const chunk of source) {
      given += chunk.length
      if (given > max) throw failed(origin, `answered with more than ${max} bytes`)
      if (decoder && given > ratioFrom && given > decoder.bytesWritten * mostRatio)
        throw failed(origin, `answered with what grows more than ${mostRatio} times when it is unpacked`)
      yield chunk
    }
  } catch (error) {
    message.destroy()
    if (signal.aborted) throw signal.reason
    throw isProblem(error) ? error : failed(origin, 'broke off within its answer', { passing: true, cause: error })
  }
}

function decoderOf(coding: string) {
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip()
  return coding === 'br' ? createBrotliDecompress() : undefined
}
