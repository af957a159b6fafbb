import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import type { HeadLines } from './head.ts'

/**
 * Sends a stream as the body. Its head goes out with its first bytes: a stream that fails before is a refusal, which
 * `failed` gives; one that fails later cuts the connection, so that nobody takes a part for the whole. When the caller
 * goes away, the stream is ended.
 */
export function sendStream(
  response: ServerResponse,
  { status, lines }: { readonly status: number; readonly lines: HeadLines },
  body: NodeJS.ReadableStream,
  failed: (error: unknown) => void,
): void {
  response.statusCode = status
  for (let at = 0; at < lines.length; at += 2) response.setHeader(lines[at] ?? '', lines[at + 1] ?? '')
  let open = true
  finished(body, { readable: true, writable: false }, (error) => {
    open = false
    if (!error) return
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    failed(error)
  })
  finished(response, () => {
    if (open) endStream(body)
  })
  body.pipe(response)
}

/** Gives up whatever it holds: a file, a cursor. */
export function endStream(body: NodeJS.ReadableStream): void {
  if ('destroy' in body && typeof body.destroy === 'function') body.destroy()
}
