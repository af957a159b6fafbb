import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { OpenedFile } from '../../declare/files.ts'
import { ByMedia, FileReply, Reply, StreamReply } from '../../declare/reply.ts'
import { essenceOf, formsOf } from '../../manifest/answered.ts'
import type { InputField, InvokeOperation, ResponseDefinition } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { Html } from '../../toolkit/html/markup.ts'
import { preferred } from '../accept.ts'
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
export async function handlerAnswer(
  { name, operation, call: { accept } }: Work<InvokeOperation>,
  returned: unknown,
): Promise<Shaped> {
  const reply = returned instanceof Reply ? returned : new Reply<unknown>(undefined, {}, returned)
  const status = reply.status ?? plainStatus(operation, reply.body === undefined)
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw wrong(name, `it answers ${status}, which is no status of an answer`)
  if (bodiless.has(status) && reply.body !== undefined) throw wrong(name, `it returned a body, which ${status} has not`)
  const stated = statedFor(operation, status)
  if (stated === 'never') throw wrong(name, `it answers ${status}, which is none of its responses`)
  if (stated === 'anything') {
    if (reply.body instanceof ByMedia) throw wrong(name, 'its route does not say which media types it has')
    return { status, answer: await bodyOf(name, {}, reply.body, reply.headers) }
  }
  const badly = stated.headers && headerMistake(stated.headers, reply.headers)
  if (badly !== undefined) throw wrong(name, badly)
  const empty = bodiless.has(status) || (stated.output === undefined && stated.produces === undefined)
  if (empty !== (reply.body === undefined))
    throw wrong(name, empty ? `it has no body with ${status}, and returned one` : 'it returned nothing')
  const made =
    (stated.also && !empty) || reply.body instanceof ByMedia
      ? await chosen(name, stated, reply.body, accept)
      : undefined
  const { form, body } = made ?? { form: stated, body: reply.body }
  return { status, answer: await bodyOf(name, form, body, reply.headers) }
}

/** Answers that end with their head, whatever is said of all of their hundred (RFC 9110 §15.3.5, §15.3.6, §15.4.5). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * The one media type of several that is answered, and its body: the one that the caller wants most, and the first where
 * they want none. Of a success, that was refused before there was anything to undo (406).
 */
async function chosen(name: string, stated: ResponseDefinition, body: unknown, accept: string | undefined) {
  const forms = formsOf(stated)
  const offered = [...forms.keys()]
  if (!(body instanceof ByMedia)) throw wrong(name, `it is answered as ${offered.join(' or ')}, and byMedia makes each`)
  const makers = new Map(Object.entries<unknown>(Object(body.forms)))
  const [odd] = [...makers.keys()].filter((media) => !forms.has(media))
  if (odd !== undefined) throw wrong(name, `it makes ${odd}, which is none of its media types`)
  const media = preferred(accept, offered) ?? offered[0] ?? ''
  const make = makers.get(media)
  if (typeof make !== 'function') throw wrong(name, `it does not make ${media}`)
  const { output } = forms.get(media) ?? {}
  const form: ResponseDefinition =
    output && media === 'application/json' ? { output } : { produces: media, ...(output && { output }) }
  const made: unknown = await make()
  if (made === undefined) throw wrong(name, `it made nothing as ${media}`)
  return { form, body: made }
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
    if (produces !== undefined && essenceOf(type) !== essenceOf(produces))
      throw wrong(name, `it returned ${essenceOf(type)}, not ${produces}`)
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
  if (essenceOf(produces) === 'text/html') throw wrong(name, 'it returned a text as a page; html`…` makes one')
  return raw(body, produces.includes(';') ? produces : `${produces}; charset=utf-8`, headers)
}

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
