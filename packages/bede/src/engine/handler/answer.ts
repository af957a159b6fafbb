import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { OpenedFile } from '../../declare/files.ts'
import { FileReply, Reply, StreamReply } from '../../declare/reply.ts'
import type { InputField, InvokeOperation, ResponseDefinition } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { Html } from '../../toolkit/html/markup.ts'
import type { Answer } from '../call.ts'
import { attachment, fileBytes } from '../file.ts'
import { headersOf } from '../files/file-answer.ts'
import type { Shaped, Work } from '../work.ts'
import { headerMistake, outputMistakes, plainStatus, statedFor } from './stated.ts'

type Headers = Readonly<Record<string, string>>
type Raw = Extract<Answer, { readonly kind: 'raw' }>

/**
 * What a handler returned, as an answer: JSON, or what `html`, `sendFile`, `stream` and `answer` made. One that its operation
 * does not declare is a mistake of the handler: a Problem `internal`.
 */
export async function handlerAnswer({ name, operation }: Work<InvokeOperation>, returned: unknown): Promise<Shaped> {
  const reply = returned instanceof Reply ? returned : new Reply<unknown>(undefined, {}, returned)
  const status = reply.status ?? plainStatus(operation, reply.body === undefined)
  const stated = statedFor(operation, status)
  if (stated === 'never') throw wrong(name, `it answers ${status}, which is none of its responses`)
  if (stated === 'anything') return { status, answer: await bodyOf(name, {}, reply.body, reply.headers) }
  const badly = stated.headers && headerMistake(stated.headers, reply.headers)
  if (badly !== undefined) throw wrong(name, badly)
  const empty = stated.output === undefined && stated.produces === undefined
  if (empty !== (reply.body === undefined))
    throw wrong(name, empty ? `it has no body with ${status}, and returned one` : 'it returned nothing')
  return { status, answer: await bodyOf(name, stated, reply.body, reply.headers) }
}

async function bodyOf(
  name: string,
  { output, produces }: ResponseDefinition,
  body: unknown,
  headers: Headers,
): Promise<Answer> {
  const more = Object.keys(headers).length === 0 ? {} : { headers }
  if (body === undefined) return { kind: 'none', ...more }
  const page = Html.is(body)
  if (page || body instanceof StreamReply || body instanceof FileReply) {
    if (output) throw wrong(name, 'it returned something else than JSON')
    const type = (page ? 'text/html; charset=utf-8' : body.type) ?? produces ?? 'application/octet-stream'
    if (produces !== undefined && essence(type) !== essence(produces))
      throw wrong(name, `it returned ${essence(type)}, not ${produces}`)
    if (page) return raw(body.text, type, headers)
    if (body instanceof FileReply) return fileAnswer(name, body, type, headers)
    return raw(body.source instanceof Readable ? body.source : Readable.from(body.source), type, headers)
  }
  if (produces === undefined || output) {
    const said = produces === undefined ? more : { headers: { 'Content-Type': produces, ...headers } }
    return { kind: 'json', text: jsonText(name, output, body), ...said }
  }
  if (typeof body !== 'string') throw wrong(name, `it returned a ${typeof body}, not ${produces}`)
  // Markup is made by html``, which escapes; a text is never taken for it.
  if (essence(produces) === 'text/html') throw wrong(name, 'it returned a text as a page; html`…` makes one')
  return raw(body, produces.includes(';') ? produces : `${produces}; charset=utf-8`, headers)
}

/** A media type without its parameters (RFC 9110 §8.3.1). */
const essence = (type: string): string => type.split(';', 1)[0]?.trim().toLowerCase() ?? ''

const raw = (body: Raw['body'], type: string, headers: Headers): Raw => ({
  kind: 'raw',
  headers: { 'content-type': type, ...headers },
  body,
})

async function fileAnswer(name: string, reply: FileReply, type: string, headers: Headers): Promise<Raw> {
  const { source, name: saveAs } = reply
  const more = saveAs === undefined ? headers : { 'content-disposition': attachment(saveAs), ...headers }
  if (source instanceof OpenedFile) {
    const own = headersOf(source.file)
    return {
      kind: 'raw',
      headers: { ...own, ...headers },
      body: source.bytes,
      length: source.file.size,
      strangers: true,
    }
  }
  if (typeof source !== 'string') return raw(source, type, more)
  const found = await stat(source).catch(() => undefined)
  if (!found?.isFile()) throw wrong(name, 'the file it sends is not there')
  return { ...raw(Readable.from(fileBytes(source, found.size)), type, more), length: found.size }
}

/** Serialized once; what is checked is what is sent. */
function jsonText(name: string, output: InputField | undefined, body: unknown): string {
  const text: unknown = JSON.stringify(body)
  if (typeof text !== 'string') throw wrong(name, `it returned a ${typeof body}`)
  if (!output) return text
  const mistakes = outputMistakes(output, JSON.parse(text))
  if (mistakes.length > 0)
    throw wrong(
      name,
      mistakes.map(({ place, message }) => `${place.slice('/output'.length) || 'the answer'}: ${message}`).join('; '),
    )
  return text
}

/** The caller can do nothing about it: the details are for the log. */
const wrong = (name: string, what: string): Problem =>
  new Problem('internal', { cause: new Error(`The handler of '${name}' does not answer what it declares: ${what}`) })
