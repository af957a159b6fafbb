import type { Arrived } from '../../engine/call.ts'
import { formMedia, multipartMedia } from '../../manifest/body-kind.ts'
import type { HttpBinding, InputField, InvokeOperation, UploadDefinition } from '../../manifest/manifest.ts'
import { isProblem, Problem, withPlaces } from '../../telemetry/problem.ts'
import { createScratch, type Scratch } from '../../toolkit/scratch/scratch.ts'
import { receive, type UploadedFile } from '../../toolkit/uploaded.ts'
import type { HttpLimits } from '../http/options.ts'
import { hasBody, notAccepted, refuseEncoded, refuseLong, tooLarge } from '../http/request/body.ts'
import { boundaryOf, type FormPart, readFormData } from '../http/request/form-data.ts'
import { pointerToken } from '../http/request/json-pointer.ts'
import type { Exchange } from '../http/route.ts'
import { type FormField, formValues } from './form-values.ts'
import { readForm } from './read-form.ts'

/** How the body of an operation with files is read, once it is known that its caller may send it. */
export type Receiver = (exchange: Exchange) => () => Promise<Arrived>

/** What the headers and the lines between parts may add. */
const around = 65_536

/**
 * Compiled once. The files lie in a scratch folder of their own until the answer is sent, however the call ends
 * (class 117).
 */
export function receiver(operation: InvokeOperation, binding: HttpBinding, limits: HttpLimits): Receiver {
  const { files = {}, input } = operation
  const fields = input.body?.fields ?? {}
  const accepted = acceptedBy(operation, binding)
  const alone = aloneOf(files, fields)
  const counts = Object.values(files).map(({ many = 1 }) => many)
  const most = {
    bytes: Object.values(files).reduce((sum, { max, many = 1 }) => sum + max * many, 0) + limits.bytes + around,
    parts: counts.reduce((sum, count) => sum + count, 0) + limits.queryParameters,
  }
  return (exchange) => async () => {
    const { request, signal } = exchange
    if (!hasBody(request)) return { uploads: {} }
    const type = request.headers['content-type']
    const between = accepted.includes(multipartMedia) ? boundaryOf(type) : undefined
    const media = mediaOf(type, accepted)
    if (between === undefined && (media === undefined || media === multipartMedia)) throw notAccepted(type, accepted)
    refuseEncoded(request)
    if (media === formMedia) return { body: await readForm(exchange, fields, limits), uploads: {} }
    refuseLong(request, most.bytes)
    const scratch = createScratch()
    const stop = new AbortController()
    exchange.answered(() => {
      stop.abort()
      void scratch.remove()
    })
    const into = { scratch, signal: stop.signal }
    if (between === undefined) return { uploads: await exchange.receive(() => wholeBody(exchange, alone, into)) }
    signal.addEventListener('abort', () => stop.abort(), { once: true })
    const uploads = new Map<string, UploadedFile[]>()
    const sent: FormField[] = []
    let text = 0
    await exchange.receive((keep) => {
      const room = (bytes: number): void => {
        text += bytes
        // All fields together are no longer than any other body.
        if (text > limits.bytes) throw tooLarge(limits.bytes)
        if (!keep(bytes)) throw new Problem('unavailable', { retryAfter: 1 })
      }
      return readFormData(request, between, most, async (part) => {
        const definition = Object.hasOwn(files, part.name) ? files[part.name] : undefined
        if (definition) await takeFile(part, definition, uploads, into)
        else sent.push({ name: part.name, text: await textOf(part, Object.keys(files), room) })
      })
    })
    return {
      ...(sent.length > 0 && { body: formValues(sent, fields, limits) }),
      uploads: Object.fromEntries(uploads),
    }
  }
}

/** The one file that may be the whole body: where there is one, and nothing beside it. */
function aloneOf(
  files: Readonly<Record<string, UploadDefinition>>,
  fields: Readonly<Record<string, InputField>>,
): readonly [string, UploadDefinition] | undefined {
  const [only, ...more] = Object.entries(files)
  return only && more.length === 0 && only[1].many === undefined && Object.keys(fields).length === 0 ? only : undefined
}

/** The media types of the body of an operation with files: a form; and where one file is all there is, that file. */
export function acceptedBy({ files = {}, input }: InvokeOperation, { accepts }: HttpBinding): readonly string[] {
  if (accepts) return accepts.map((one) => one.toLowerCase())
  const alone = aloneOf(files, input.body?.fields ?? {})
  return [multipartMedia, ...(alone?.[1].types ?? [])]
}

/** Which of these a Content-Type names; a parameter of it is nobody's business but the file's own. */
function mediaOf(type: string | undefined, accepted: readonly string[]): string | undefined {
  const essence = type?.split(';', 1)[0]?.trim().toLowerCase()
  return accepted.find((one) => one === essence)
}

interface Into {
  readonly scratch: Scratch
  readonly signal: AbortSignal
}

async function wholeBody(
  { request }: Exchange,
  alone: readonly [string, UploadDefinition] | undefined,
  into: Into,
): Promise<Arrived['uploads']> {
  if (!alone) throw notAccepted(request.headers['content-type'], [multipartMedia])
  const [name, { types, max, pixels }] = alone
  refuseLong(request, max)
  const type = request.headers['content-type'] ?? ''
  try {
    const bytes = request.iterator({ destroyOnReturn: false })
    return { [name]: [await receive(bytes, { types, max, pixels }, { type }, into)] }
  } catch (thrown) {
    request.resume()
    if (request.destroyed && !request.complete) throw new Problem('canceled', { cause: thrown })
    throw placedAt('/body', thrown)
  }
}

async function takeFile(
  { name, filename, type, bytes }: FormPart,
  { types, max, pixels, many = 1 }: UploadDefinition,
  uploads: Map<string, UploadedFile[]>,
  into: Into,
): Promise<void> {
  const place = `/body/${pointerToken(name)}`
  const there = uploads.get(name) ?? []
  if (there.length >= many) {
    const message = many === 1 ? 'One file is accepted under this name.' : `${many} files are accepted under this name.`
    throw new Problem('too-many', { message, details: [{ place, code: 'too-many', message }] })
  }
  const described = { ...(filename !== undefined && { name: filename }), ...(type !== undefined && { type }) }
  try {
    uploads.set(name, [...there, await receive(bytes, { types, max, pixels }, described, into)])
  } catch (thrown) {
    throw placedAt(place, thrown)
  }
}

/** A refusal of a file, with where in the request it is. */
const placedAt = (place: string, thrown: unknown): unknown =>
  isProblem(thrown) && thrown.details.length === 0
    ? withPlaces(thrown, [{ place, code: thrown.code, message: thrown.message }])
    : thrown

/** Texts are UTF-8, and JSON for those that are read as it (RFC 7578 §5.1.2). */
const textMedia = /^(?:text\/plain|application\/json)(?:; ?charset="?(?:utf-8|us-ascii)"?)?$/i

/** The text of a field. `room`: throws where there is none for so many bytes more. */
async function textOf(
  { name, filename, type, bytes }: FormPart,
  taken: readonly string[],
  room: (bytes: number) => void,
): Promise<string> {
  const place = `/body/${pointerToken(name)}`
  const refused = (
    code: 'invalid-input' | 'unsupported-media-type' | 'invalid-text',
    message: string,
    hint?: string,
  ): Problem => new Problem(code, { message, details: [{ place, code, message }], ...(hint && { hint }) })
  if (filename !== undefined)
    throw refused(
      'invalid-input',
      'No file is accepted under this name.',
      taken.length > 0 ? `Files are accepted as: ${taken.join(', ')}.` : undefined,
    )
  if (type !== undefined && !textMedia.test(type))
    throw refused('unsupported-media-type', 'A field of a form is text in UTF-8.')
  const chunks: Buffer[] = []
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    room(chunk.length)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
  } catch {
    throw refused('invalid-text', 'The field is not UTF-8.')
  }
}
