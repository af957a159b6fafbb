import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Dicer } from '@fastify/busboy'
import { Problem } from '../../../telemetry/problem.ts'
import { canceled, tooLarge } from './body.ts'
import { type Disposition, dispositionOf } from './disposition.ts'

/** One part of a form, whose bytes are read once. */
export interface FormPart extends Disposition {
  /** The media type that its sender says it has. */
  readonly type: string | undefined
  readonly bytes: Readable
}

export interface FormLimits {
  /** Bytes of the whole body. */
  readonly bytes: number
  readonly parts: number
}

/** Lines of the headers of one part: a name, a file's name, a type. */
const headerLines = 16
/** The parser drops lines beyond its own limit without a word: one more than is taken shows that there were more. */
const headerLimits = { maxHeaderPairs: headerLines + 1, maxHeaderSize: 8_192 }

const boundary =
  /^multipart\/form-data;[ ]?(?:charset=utf-8;[ ]?)?boundary=(?:"([\w'()+,./:=? -]{0,69}[\w'()+,./:=?-])"|([\w'()+,./:=?-]{1,70}))(?:;[ ]?charset=utf-8)?$/i

/** The boundary of a form's parts (RFC 2046 §5.1.1); undefined: the Content-Type is not that of a form, or says more. */
export const boundaryOf = (type: string | undefined): string | undefined => {
  const [, quoted, plain] = boundary.exec(type ?? '') ?? []
  return quoted ?? plain
}

/**
 * Reads a form with files (`multipart/form-data`, RFC 7578) part by part, as its bytes come, and gives each to `take`,
 * which reads it to its end. The next is not read before. The first that fails ends it all: nothing is read on. Throws
 * what `take` throws, or a Problem `malformed-request`, `too-large`, `too-many` or `canceled`.
 */
export async function readFormData(
  request: IncomingMessage,
  between: string,
  limits: FormLimits,
  take: (part: FormPart) => Promise<void>,
): Promise<void> {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(() => {})
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
  const open = new Set<Readable>()
  const taken: Promise<void>[] = []
  let parts = 0
  const parser = new Dicer({ boundary: between, ...headerLimits })
  parser.on('error', (cause: unknown) => fail(malformed('The form is not complete.', cause)))
  parser.on('finish', finish)
  parser.on('part', (part: Readable) => {
    parts += 1
    // What ends too early is said by the parser.
    part.on('error', () => {})
    // Counted as they begin: one without headers costs as much, and is never given to anybody.
    if (parts > limits.parts) {
      fail(tooMany(limits.parts))
      part.destroy()
      return
    }
    open.add(part)
    part.on('close', () => open.delete(part))
    part.on('header', (header: unknown) => {
      // One after the other, although one chunk may hold several.
      const work = (taken.at(-1) ?? Promise.resolve()).then(() => handed(part, header, take))
      taken.push(work)
      work.catch(fail)
    })
  })
  const write = (chunk: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      // What follows the end of a form is nothing (RFC 2046 §5.1.1).
      if (!parser.writable) resolve()
      else parser.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
  try {
    await pump(request, limits.bytes, (chunk) => Promise.race([write(chunk), failed]))
    parser.end()
    await Promise.race([finished, failed])
    if (taken.length < parts) throw malformed('A part of the form has no headers.')
    await Promise.all(taken)
  } catch (error) {
    for (const part of open) part.destroy()
    // Whatever a part was being written to is closed before anybody removes it.
    await Promise.allSettled(taken)
    throw error
  }
}

async function handed(part: Readable, header: unknown, take: (part: FormPart) => Promise<void>): Promise<void> {
  const lines = new Map(Object.entries(header as Readonly<Record<string, readonly string[]>>))
  if ([...lines.values()].some((values) => values.length !== 1))
    throw malformed('A part of the form says something twice.')
  if (lines.size > headerLines) throw malformed(`A part of the form may have ${headerLines} header lines.`)
  const disposition = dispositionOf(lines.get('content-disposition')?.[0] ?? '')
  if (!disposition) throw malformed('A part of the form has no name that can be read.')
  const encoding = lines.get('content-transfer-encoding')?.[0]?.trim().toLowerCase()
  // RFC 7578 §4.7: not to be used; these three change nothing.
  if (encoding !== undefined && !['7bit', '8bit', 'binary'].includes(encoding))
    throw malformed(`The part '${disposition.name}' is encoded; send it as it is.`)
  await take({ ...disposition, type: lines.get('content-type')?.[0]?.trim(), bytes: part })
}

/** Gives the body chunk by chunk, the next when `sink` is done with the one before. */
function pump(request: IncomingMessage, most: number, sink: (chunk: Buffer) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    // Whoever went away before anybody listened is told of no more.
    if (request.destroyed) {
      reject(canceled())
      return
    }
    let length = 0
    const leave = () => {
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onGone)
    }
    const stop = (error: unknown) => {
      leave()
      // What still comes is dropped, so that the refusal can be heard; the time for a request ends it.
      request.resume()
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      length += chunk.length
      if (length > most) {
        stop(tooLarge(most))
        return
      }
      request.pause()
      sink(chunk).then(() => request.resume(), stop)
    }
    const onEnd = () => {
      leave()
      resolve()
    }
    const onError = (cause: unknown) => stop(canceled(cause))
    const onGone = () => stop(canceled())
    request.on('data', onData).once('end', onEnd).once('error', onError).once('close', onGone)
  })
}

const malformed = (message: string, cause?: unknown): Problem =>
  new Problem('malformed-request', {
    message,
    details: [{ place: '/body', code: 'malformed-request', message }],
    ...(cause !== undefined && { cause }),
  })

const tooMany = (most: number): Problem => new Problem('too-many', { message: `The form may have ${most} parts.` })
