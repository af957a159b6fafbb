import type { IncomingMessage } from 'node:http'
import type { Json } from '../../expr/value.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type JsonLimits, parseJson } from './json-text.ts'
import { isMediaType } from './media-type.ts'

export interface BodyLimits extends JsonLimits {
  readonly bytes: number
}

export const jsonMedia = 'application/json'
/** RFC 7396 §4. */
export const mergePatchMedia = 'application/merge-patch+json'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Whether the request announces a body (RFC 9112 §6). */
export const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || (request.headers['content-length'] ?? '0') !== '0'

/** Refuses a body where none is taken: dropped without a word, it would make its sender believe that it counted. */
export function refuseBody(request: IncomingMessage): void {
  if (!hasBody(request)) return
  const message = 'No body is accepted here.'
  throw new Problem('malformed-request', {
    message,
    hint: 'Send the values in the path and the query.',
    details: [{ place: '/body', code: 'malformed-request', message }],
  })
}

/**
 * The JSON of a request, or undefined where there is no body. Nothing is read before the type and the announced length
 * are found good. `keep`: whether there is room for so many bytes more. Throws a Problem `unsupported-media-type`,
 * `too-large`, `unavailable`, `malformed-json` or another of `parseJson`.
 */
export async function readJsonBody(
  request: IncomingMessage,
  accepted: readonly string[],
  limits: BodyLimits,
  keep: (bytes: number) => boolean = () => true,
): Promise<Json | undefined> {
  if (!hasBody(request)) return undefined
  const type = request.headers['content-type']
  if (type === undefined || !accepted.some((media) => isMediaType(type, media))) {
    throw new Problem('unsupported-media-type', {
      message: type === undefined ? 'The body has no Content-Type.' : 'The Content-Type is not accepted here.',
      hint: `Send Content-Type: ${accepted.join(' or ')}`,
    })
  }
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Problem('unsupported-media-type', {
      message: 'A compressed body is not accepted.',
      hint: 'Send the body as it is, without Content-Encoding.',
    })
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.bytes) throw tooLarge(limits.bytes)
  const bytes = await readBytes(request, limits.bytes, keep)
  if (bytes.length === 0) return undefined
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new Problem('malformed-json', { message: 'The body is not UTF-8.' })
  }
  return parseJson(text, limits)
}

function readBytes(request: IncomingMessage, most: number, keep: (bytes: number) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const refuse = (problem: Problem): void => {
      request.pause()
      request.removeAllListeners('data')
      chunks.length = 0
      reject(problem)
    }
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > most) refuse(tooLarge(most))
      else if (!keep(chunk.length)) refuse(new Problem('unavailable', { retryAfter: 1 }))
      else chunks.push(chunk)
    })
    const gone = () => reject(new Problem('canceled'))
    request.once('end', () => {
      // A request is closed when it is answered, too: a Problem that nobody hears of is a stack written for nothing.
      request.removeListener('close', gone)
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    })
    request.once('error', (cause) => reject(new Problem('canceled', { cause })))
    request.once('close', gone)
  })
}

const tooLarge = (most: number): Problem =>
  new Problem('too-large', { message: `The body may have at most ${most.toLocaleString('en')} bytes.` })
