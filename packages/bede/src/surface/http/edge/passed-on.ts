import type { IncomingMessage } from 'node:http'
import { lastForwarded } from './forwarded.ts'

type Headers = IncomingMessage['headers']

/** In which headers proxies say who called: `X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded` (RFC 7239). */
export type ProxyHeader = 'x-forwarded' | 'forwarded'
export const proxyHeaders: readonly ProxyHeader[] = ['x-forwarded', 'forwarded']

/** The header that names callers, of each. */
export const namesCallers = { 'x-forwarded': 'x-forwarded-for', forwarded: 'forwarded' } as const

/** What proxies say of a request. Each reads one family of headers and never looks at the other. */
export interface PassedOn {
  /** All that is said of who called. */
  hops(headers: Headers): string
  /** The last address of it that ends at `end`, as it was written, and where the one before it ends. */
  hop(hops: string, end: number): { readonly address: string; readonly before: number }
  proto(headers: Headers): string | undefined
  host(headers: Headers): string | undefined
}

const xForwarded: PassedOn = {
  hops: (headers) => textOf(headers, namesCallers['x-forwarded']),
  hop(hops, end) {
    const start = hops.lastIndexOf(',', end - 1) + 1
    return { address: hops.slice(start, end).trim(), before: start - 1 }
  },
  proto: (headers) => lastOf(headers, 'x-forwarded-proto'),
  host: (headers) => lastOf(headers, 'x-forwarded-host'),
}

const nearest = (headers: Headers) => {
  const text = textOf(headers, namesCallers.forwarded)
  return lastForwarded(text, text.length)
}

const forwarded: PassedOn = {
  hops: (headers) => textOf(headers, namesCallers.forwarded),
  hop(hops, end) {
    const element = lastForwarded(hops, end)
    return { address: element?.for ?? '', before: element?.before ?? 0 }
  },
  proto: (headers) => nearest(headers)?.proto || undefined,
  host: (headers) => nearest(headers)?.host || undefined,
}

export const passedOnBy: Readonly<Record<ProxyHeader, PassedOn>> = { 'x-forwarded': xForwarded, forwarded }

const textOf = (headers: Headers, name: string): string => {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}

const lastOf = (headers: Headers, name: string): string | undefined => {
  const text = textOf(headers, name)
  return text.slice(text.lastIndexOf(',') + 1).trim() || undefined
}
