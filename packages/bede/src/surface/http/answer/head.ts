import type { Arrival } from '../arrival.ts'
import type { Cors } from './cors.ts'
import { type Page, securityHeaders } from './security-headers.ts'

/** Names and values in turn, as Node writes them without looking for anything. */
export type HeadLines = string[]

/** What an answer says of itself beside what every answer carries. */
export interface Own {
  readonly page: Page
  /** The Content-Security-Policy of a page that needs its own. */
  readonly policy: string | undefined
  /** What it depends on beside what every answer does. */
  readonly varies: readonly string[] | undefined
  /** These come instead of what every answer carries by the same name; `Vary` beside it. */
  readonly headers: Readonly<Record<string, string>>
}

/** What every answer carries beside its own lines, made once for each kind of page. */
export interface Heads {
  lines(arrival: Arrival, own: Own): HeadLines
}

const notStored = 'no-store'
const varies = 'Authorization, Origin, Accept'
const variesByCookie = `Cookie, ${varies}`

export interface HeadOptions {
  readonly cors: Cors
  /** Answers may be read by pages of other origins. */
  readonly shared: boolean
  /** Who is asking may stand in a cookie. */
  readonly cookies: boolean
  readonly hsts: number | undefined
}

export function createHeads({ cors, shared, cookies, hsts }: HeadOptions): Heads {
  const vary = cookies ? variesByCookie : varies
  const made = new Map<string, readonly string[]>()
  const secured = (page: Page, https: boolean): readonly string[] => {
    const key = `${page} ${https}`
    const known = made.get(key)
    if (known) return known
    const lines = Object.entries(securityHeaders(page, { https, hsts, shared })).flat()
    made.set(key, lines)
    return lines
  }
  return {
    lines({ request, trace, https }, { page, policy, varies, headers }) {
      const { origin } = request.headers
      const fixed =
        policy === undefined
          ? secured(page, https)
          : Object.entries(securityHeaders(page, { https, hsts, shared, policy })).flat()
      const lines = [
        ...fixed,
        'Cache-Control',
        notStored,
        'Vary',
        varies ? [vary, ...varies].join(', ') : vary,
        'X-Request-Id',
        trace.requestId,
        'traceparent',
        trace.traceparent,
      ]
      const allowed = cors.answer(origin)
      for (const name in allowed) lines.push(name, allowed[name] ?? '')
      for (const name in headers) {
        const value = headers[name] ?? ''
        // What an answer depends on is added to what every answer does, and never stands instead of it (class 58).
        if (isNamed(name, 'Vary')) put(lines, name, `${lineOf(lines, name)}, ${value}`)
        else put(lines, name, value)
      }
      return lines
    },
  }
}

/** Sets a line, in the place of one of the same name. */
export function put(lines: HeadLines, name: string, value: string): void {
  const at = find(lines, name)
  if (at < 0) lines.push(name, value)
  else lines[at + 1] = value
}

export const lineOf = (lines: HeadLines, name: string): string | undefined => {
  const at = find(lines, name)
  return at < 0 ? undefined : lines[at + 1]
}

export function without(lines: HeadLines, name: string): void {
  const at = find(lines, name)
  if (at >= 0) lines.splice(at, 2)
}

/** Whether one of these lines has this name. */
export function isSaid(headers: Own['headers'], name: string): boolean {
  for (const one in headers) if (isNamed(one, name)) return true
  return false
}

/** Names are compared without their case (RFC 9110 §5.1). */
const isNamed = (one: string, other: string): boolean =>
  one.length === other.length && (one === other || one.toLowerCase() === other.toLowerCase())

function find(lines: HeadLines, name: string): number {
  for (let at = 0; at < lines.length; at += 2) if (isNamed(lines[at]!, name)) return at
  return -1
}
