import type { Outcome } from '../../engine/call.ts'
import type { HttpBinding, Operation, Shape, Write } from '../../manifest/manifest.ts'
import type { HttpAnswer } from '../http/answer/answer.ts'
import { jsonAnswer } from '../http/answer/answer.ts'
import { checkHeaders } from '../http/answer/header-value.ts'
import type { Page } from '../http/answer/security-headers.ts'
import { queryOf } from '../http/request/request-target.ts'

export interface AnswerOptions {
  readonly binding: HttpBinding
  /** What every answer of this binding says: see {@link deprecationHeaders}. */
  readonly headers: Readonly<Record<string, string>>
  /** How its answers are tagged: those of a read, and of a write whose answer is the row's representation from now on. */
  readonly tag: ((body: string | Uint8Array) => string) | undefined
  readonly timed: boolean
}

/** Whether the body of a write is the representation whose tag a later `If-Match` is compared with. */
export const answersRepresentation = (operation: Operation): boolean =>
  operation.kind === 'write' &&
  operation.write !== undefined &&
  operation.write.kind !== 'delete' &&
  operation.write.each === undefined &&
  !('represents' in operation.write && operation.write.represents !== undefined)

/** Whether there is a representation that `If-Match` can be compared with before this operation writes. */
export const isComparable = (operation: Operation): boolean =>
  operation.kind === 'write' &&
  operation.write !== undefined &&
  operation.write.each === undefined &&
  comparedIn(operation.write, operation.answers) !== undefined

/** A create compares the row that is there, where it would change one. */
const comparedIn = (write: Write, answers: Shape | undefined): Shape | undefined =>
  write.kind === 'update' || write.kind === 'delete'
    ? (write.represents ?? answers)
    : write.kind === 'create' && write.exists?.then === 'update'
      ? answers
      : undefined

/** Whether `If-None-Match: *` can be asked: it makes at most one row. */
export const isCreation = (operation: Operation): boolean =>
  operation.kind === 'write' && operation.write?.kind === 'create' && operation.write.each === undefined

/** Writes an outcome as HTTP. JSON goes out as it came. */
export function outcomeAnswer(outcome: Outcome, target: string, minimal: boolean, options: AnswerOptions): HttpAnswer {
  const { answer, status } = outcome
  const headers: Record<string, string> = { ...options.headers }
  const location = locationOf(options.binding, outcome)
  if (location !== undefined) headers.Location = location
  if (outcome.consistency !== undefined) headers['Bede-Consistency'] = outcome.consistency
  if (outcome.replayed) headers['Idempotent-Replayed'] = 'true'
  if (options.timed && outcome.timings.length > 0) headers['Server-Timing'] = serverTiming(outcome.timings)
  if (answer.headers) checkHeaders(answer.headers)
  if (answer.kind === 'none') {
    if (minimal) headers['Preference-Applied'] = 'return=minimal'
    return { status, page: 'data', headers: { ...headers, ...answer.headers }, body: null }
  }
  if (answer.kind === 'raw') {
    const length = answer.length === undefined ? {} : { length: answer.length }
    const page = answer.strangers ? 'file' : pageOf(answer.headers)
    return { status, page, headers: { ...headers, ...answer.headers }, body: answer.body, ...length }
  }
  const body = answer.bytes ?? answer.text
  if (options.tag && answer.headers?.ETag === undefined) headers.ETag = options.tag(answer.stored ?? body)
  const next = outcome.next ? nextLink(options.binding, target, outcome.next) : undefined
  if (next) headers.Link = headers.Link ? `${headers.Link}, ${next}` : next
  return jsonAnswer(status, body, { ...headers, ...answer.headers })
}

/** `Deprecation: @1767225600` (RFC 9745 §2), `Sunset` as an HTTP date (RFC 8594 §3), `Link` with `rel="deprecation"`. */
export function deprecationHeaders({ deprecated }: HttpBinding): Readonly<Record<string, string>> {
  if (!deprecated) return {}
  const { since, sunset, link } = deprecated
  return {
    Deprecation: `@${Date.parse(since) / 1000}`,
    ...(sunset === undefined ? {} : { Sunset: new Date(sunset).toUTCString() }),
    ...(link === undefined ? {} : { Link: `<${encodeURI(link)}>; rel="deprecation"` }),
  }
}

/** Where what was created is read (RFC 9110 §10.2.2): a path of this server. */
const locationOf = ({ location }: HttpBinding, { created }: Outcome): string | undefined =>
  location === undefined || created === undefined
    ? undefined
    : location.replace(/:[A-Za-z_]\w*/, encodeURIComponent(created))

function pageOf(headers: Readonly<Record<string, string>>): Page {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  if (/^text\/html\b/i.test(type)) return 'html'
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(type) ? 'data' : 'file'
}

/** `Link` with the address of the next page (RFC 8288): this one's, with its cursor. */
function nextLink(binding: HttpBinding, target: string, cursor: string): string | undefined {
  const name = Object.keys(binding.query).find((parameter) => binding.query[parameter]?.at(-1) === 'cursor')
  if (name === undefined) return undefined
  const mark = target.indexOf('?')
  const kept = queryOf(target)
    .split('&')
    .filter((pair) => pair !== '' && pair.split('=', 1)[0] !== name)
  const query = [...kept, `${encodeURIComponent(name)}=${encodeURIComponent(cursor)}`].join('&')
  // What could end the address early in this header is encoded; the rest is what the caller sent.
  const path = (mark < 0 ? target : target.slice(0, mark)).replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
  return `<${`${path}?${query}`.replace(/[<>"\\^`{|}]/g, encodeURIComponent)}>; rel="next"`
}

/** Server Timing §3: one metric per stage, in milliseconds. */
const serverTiming = (timings: Outcome['timings']): string =>
  timings.map(([stage, milliseconds]) => `${stage.replace(/[^\w-]/g, '-')};dur=${milliseconds.toFixed(2)}`).join(', ')
