import type { IncomingMessage } from 'node:http'
import type { Json } from '../../../expr/value.ts'
import { bodyKind } from '../../../manifest/body-kind.ts'
import { Problem } from '../../../telemetry/problem.ts'
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

/** A body as text, and which of the accepted media types it is of. */
export interface TextBody {
  readonly media: string
  readonly text: string
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
  const body = await readTextBody(request, accepted, limits, keep)
  return body && parseJson(body.text, limits)
}

/** The text of a request in UTF-8, or undefined where there is no body. Throws as {@link readJsonBody}. */
export async function readTextBody(
  request: IncomingMessage,
  accepted: readonly string[],
  limits: BodyLimits,
  keep: (bytes: number) => boolean = () => true,
): Promise<TextBody | undefined> {
  if (!hasBody(request)) return undefined
  const type = request.headers['content-type']
  const media = type === undefined ? undefined : accepted.find((one) => isMediaType(type, one))
  if (media === undefined) throw notAccepted(type, accepted)
  refuseEncoded(request)
  refuseLong(request, limits.bytes)
  const bytes = await readBytes(request, limits.bytes, keep)
  if (bytes.length === 0) return undefined
  try {
    return { media, text: utf8.decode(bytes) }
  } catch {
    throw new Problem(bodyKind(media) === 'json' ? 'malformed-json' : 'invalid-text', {
      message: 'The body is not UTF-8.',
    })
  }
}

/** Refuses a body of none of these media types. */
export const notAccepted = (type: string | undefined, accepted: readonly string[]): Problem =>
  new Problem('unsupported-media-type', {
    message: type === undefined ? 'The body has no Content-Type.' : 'The Content-Type is not accepted here.',
    hint: `Send Content-Type: ${accepted.join(' or ')}`,
  })

/** Refuses a body that would first have to be unpacked. */
export function refuseEncoded({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') return
  throw new Problem('unsupported-media-type', {
    message: 'A compressed body is not accepted.',
    hint: 'Send the body as it is, without Content-Encoding.',
  })
}

/** Refuses a body that announces more bytes than these. */
export function refuseLong({ headers }: IncomingMessage, most: number): void {
  if (Number(headers['content-length'] ?? 0) > most) throw tooLarge(most)
}

function readBytes(request: IncomingMessage, most: number, keep: (bytes: number) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Whoever went away before anybody listened is told of no more.
    if (request.destroyed) {
      reject(canceled())
      return
    }
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
    const gone = () => reject(canceled())
    request.once('end', () => {
      // A request is closed when it is answered, too: a Problem that nobody hears of is a stack written for nothing.
      request.removeListener('close', gone)
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    })
    request.once('error', (cause) => reject(canceled(cause)))
    request.once('close', gone)
  })
}

/** The caller went away before the body was there. */
export const canceled = (cause?: unknown): Problem => new Problem('canceled', cause === undefined ? {} : { cause })

export const tooLarge = (most: number): Problem =>
  new Problem('too-large', { message: `The body may have at most ${most.toLocaleString('en')} bytes.` })
