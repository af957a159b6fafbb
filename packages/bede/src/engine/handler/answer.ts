import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { FileReply, Reply, StreamReply } from '../../declare/reply.ts'
import type { InputField, InvokeOperation } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { Html } from '../../toolkit/html/markup.ts'
import { emptyStatus, successStatus } from '../answer.ts'
import type { Answer } from '../call.ts'
import { attachment, fileBytes } from '../file.ts'
import { schemaMistakes } from '../input/validate.ts'
import type { Shaped, Work } from '../work.ts'

type Headers = Readonly<Record<string, string>>
type Raw = Extract<Answer, { readonly kind: 'raw' }>

/** What a handler returned, as an answer: JSON, or what `html`, `file`, `stream` and `answer` made. */
export async function handlerAnswer({ name, operation }: Work<InvokeOperation>, returned: unknown): Promise<Shaped> {
  const reply = returned instanceof Reply ? returned : new Reply<unknown>(undefined, {}, returned)
  const answer = await bodyOf(name, operation.output, reply.body, reply.headers)
  const status = reply.status ?? successStatus(operation)
  return { status: answer.kind === 'none' && reply.status === undefined ? emptyStatus(status) : status, answer }
}

async function bodyOf(name: string, output: InputField | undefined, body: unknown, headers: Headers): Promise<Answer> {
  const more = Object.keys(headers).length === 0 ? {} : { headers }
  if (body === undefined) {
    if (output) throw wrong(name, 'it returned nothing')
    return { kind: 'none', ...more }
  }
  if (Html.is(body)) return raw(body.text, 'text/html; charset=utf-8', headers)
  if (body instanceof StreamReply)
    return raw(body.source instanceof Readable ? body.source : Readable.from(body.source), body.type, headers)
  if (body instanceof FileReply) return fileAnswer(name, body, headers)
  return { kind: 'json', text: jsonText(name, output, body), ...more }
}

const raw = (body: Raw['body'], type: string, headers: Headers): Raw => ({
  kind: 'raw',
  headers: { 'content-type': type, ...headers },
  body,
})

async function fileAnswer(name: string, { source, type, name: saveAs }: FileReply, headers: Headers): Promise<Raw> {
  const more = saveAs === undefined ? headers : { 'content-disposition': attachment(saveAs), ...headers }
  if (typeof source !== 'string') return raw(source, type, more)
  const found = await stat(source).catch(() => undefined)
  if (!found?.isFile()) throw wrong(name, 'the file it sends is not there')
  return { ...raw(Readable.from(fileBytes(source, found.size)), type, more), length: found.size }
}

const checks = new WeakMap<InputField, ReturnType<typeof schemaMistakes>>()

/** Serialized once; what is checked is what is sent. */
function jsonText(name: string, output: InputField | undefined, body: unknown): string {
  const text: unknown = JSON.stringify(body)
  if (typeof text !== 'string') throw wrong(name, `it returned a ${typeof body}`)
  if (!output) return text
  const find = checks.get(output) ?? schemaMistakes({ output })
  checks.set(output, find)
  const mistakes = find({ output: JSON.parse(text) })
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
