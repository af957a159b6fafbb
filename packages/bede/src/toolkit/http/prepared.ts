import { validateHeaderName, validateHeaderValue } from 'node:http'
import { Problem } from '../../telemetry/problem.ts'
import { readSize } from '../size.ts'
import { readSpan } from '../span.ts'
import { codings } from './body.ts'
import type { Destination } from './destination.ts'
import type { HttpRequestOptions } from './http.ts'

/** A message that can be sent, and sent again. */
export interface Prepared {
  readonly to: Destination
  readonly method: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
  /** Sending it twice is the same as once (RFC 9110 §9.2.2), or has a key by which the other side can tell. */
  readonly repeatable: boolean
}

/** How long it may take, how much may come, and how often it is tried. */
export interface Bounds {
  /** Milliseconds, with every attempt, redirect and byte. */
  readonly time: number
  /** Bytes of the body, unpacked. */
  readonly size: number
  readonly redirects: number
  readonly retries: number
}

const usual = { time: 30_000, redirects: 5, retries: 2 }
const most = { redirects: 20, retries: 10 }
/** Bytes that an answer may have where nothing else is said: one that is kept whole, and one that flows. */
const usualSize = { whole: 10 * 1024 ** 2, flowing: 100 * 1024 ** 2 }

/** What frames a message is not a handler's to say, nor a proxy's credential. */
const framing = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'accept-encoding',
  'proxy-authorization',
  'proxy-connection',
])
const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/** Throws a Problem `internal` for what a handler cannot have meant. */
export function prepared(to: Destination, method: string, options: HttpRequestOptions): Prepared {
  const { query, idempotencyKey } = options
  const url = new URL(to.url)
  url.hash = ''
  for (const [name, value] of Object.entries(query ?? {}))
    for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, String(one))
  const { type, body } = bodyOf(method, options)
  const headers: Record<string, string> = {
    accept: '*/*',
    'user-agent': 'bede',
    ...(type !== undefined && { 'content-type': type }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  }
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value === undefined) continue
    const lower = name.toLowerCase()
    if (framing.has(lower)) throw mistake(`the header ${lower} is made by the client and cannot be given`)
    headers[lower] = value
  }
  headers['accept-encoding'] = codings
  if (body !== undefined || !idempotent.has(method) || method === 'PUT')
    headers['content-length'] = String(body?.byteLength ?? 0)
  for (const [name, value] of Object.entries(headers)) checkHeader(name, value)
  const repeatable = idempotent.has(method) || headers['idempotency-key'] !== undefined
  return { to: { ...to, url }, method, headers, body, repeatable }
}

/** The bounds of one request; a mistake in them is the handler's. */
export function boundsOf(options: HttpRequestOptions, kind: keyof typeof usualSize): Bounds {
  const { timeout, max, redirects = usual.redirects, retries = usual.retries } = options
  const seconds = timeout === undefined ? usual.time / 1000 : readSpan(timeout)
  const size = max === undefined ? usualSize[kind] : readSize(max)
  if (seconds === undefined) throw mistake(`timeout is ${JSON.stringify(timeout)}, and not a length of time like '5s'`)
  if (size === undefined) throw mistake(`max is ${JSON.stringify(max)}, and not a size like '1mb'`)
  if (!isCount(redirects, most.redirects)) throw mistake(`redirects is not a number from 0 to ${most.redirects}`)
  if (!isCount(retries, most.retries)) throw mistake(`retries is not a number from 0 to ${most.retries}`)
  return { time: seconds * 1000, size, redirects, retries }
}

const isCount = (value: number, limit: number): boolean => Number.isInteger(value) && value >= 0 && value <= limit

function bodyOf(method: string, { json, form, body }: HttpRequestOptions) {
  const given = [json, form, body].filter((one) => one !== undefined)
  if (given.length > 1) throw mistake('json, form and body are three ways to say one thing: give one of them')
  if (given.length > 0 && (method === 'GET' || method === 'HEAD')) throw mistake(`${method} has no body`)
  if (json !== undefined) return { type: 'application/json', body: Buffer.from(JSON.stringify(json)) }
  if (form !== undefined)
    return { type: 'application/x-www-form-urlencoded', body: Buffer.from(String(new URLSearchParams(form))) }
  if (typeof body === 'string') return { type: 'text/plain; charset=utf-8', body: Buffer.from(body) }
  return { type: body && 'application/octet-stream', body }
}

/** No line of a header begins another (class 60). The value is not told: it may be a credential. */
function checkHeader(name: string, value: string): void {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  } catch {
    throw mistake(`the header ${JSON.stringify(name.slice(0, 64))} holds a character that no header may have`)
  }
}

const mistake = (what: string): Problem =>
  new Problem('internal', { cause: new Error(`A handler used http in a way that cannot be: ${what}`) })
