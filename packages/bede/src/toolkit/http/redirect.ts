import type { IncomingMessage } from 'node:http'
import type { Destination } from './destination.ts'
import { failed } from './failure.ts'
import type { Prepared } from './prepared.ts'

const redirects = new Set([301, 302, 303, 307, 308])

/** Where an answer sends whoever asked; undefined: it is an answer. */
export const locationOf = ({ statusCode = 0, headers }: IncomingMessage): string | undefined =>
  redirects.has(statusCode) ? headers.location : undefined

/** Headers that say nothing of who asks: all that goes along to another origin. */
const harmless = new Set(['accept', 'accept-encoding', 'accept-language', 'user-agent'])
/** Of the body, which may go to the same origin alone. */
const ofBody = new Set(['content-length', 'content-type', 'content-encoding', 'content-language', 'content-location'])

/**
 * What is sent to where a redirect leads (RFC 9110 §15.4, Fetch §4.4). Another origin gets no credential, under whatever
 * name it travels, and no body: it was meant for somebody else. Throws an OutboundFailure where one would have to go.
 */
export function redirectedMessage(sent: Prepared, status: number, from: Destination, to: Destination): Prepared {
  const asGet =
    (status === 303 && sent.method !== 'GET' && sent.method !== 'HEAD') ||
    ((status === 301 || status === 302) && sent.method === 'POST')
  const same = from.url.origin === to.url.origin
  if (!same && !asGet && (sent.body !== undefined || !isSafe(sent.method)))
    throw failed(from.url.origin, `redirected a ${sent.method} to another origin, ${to.url.origin}`)
  const headers = Object.entries(sent.headers).filter(([name]) =>
    same ? !(asGet && ofBody.has(name)) : harmless.has(name),
  )
  return {
    ...sent,
    to,
    headers: Object.fromEntries(headers),
    ...(asGet && { method: 'GET', body: undefined }),
  }
}

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD'
