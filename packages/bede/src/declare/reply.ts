import type { Readable } from 'node:stream'
import type { OpenedFile } from './files.ts'

/** A file on disk, by path, in memory, or kept. */
export class FileReply {
  readonly source: string | Uint8Array | OpenedFile
  /** Absent: what the route says it produces, or bytes of no known type. */
  readonly type: string | undefined
  readonly name: string | undefined
  constructor(source: string | Uint8Array | OpenedFile, type: string | undefined, name: string | undefined) {
    this.source = source
    this.type = type
    this.name = name
  }
}

/**
 * Sends a file: one on disk, by path, or bytes, with `type` as its media type; with `name` the browser saves it under that
 * name. A kept file (`files.open`) is sent as what it is, in a sandbox, and saved where a browser could run it.
 */
export function sendFile(file: OpenedFile): FileReply
export function sendFile(
  source: string | Uint8Array,
  options?: { readonly type?: string; readonly name?: string },
): FileReply
export function sendFile(
  source: string | Uint8Array | OpenedFile,
  options: { readonly type?: string; readonly name?: string } = {},
): FileReply {
  return new FileReply(source, options.type, options.name)
}

export class StreamReply {
  readonly source: Readable | AsyncIterable<string | Uint8Array>
  readonly type: string | undefined
  constructor(source: Readable | AsyncIterable<string | Uint8Array>, type: string | undefined) {
    this.source = source
    this.type = type
  }
}

/** Sends what a stream gives, as it comes. */
export const stream = (
  source: Readable | AsyncIterable<string | Uint8Array>,
  options: { readonly type?: string } = {},
): StreamReply => new StreamReply(source, options.type)

/** What a header line says: a list is written with commas. */
export type HeaderValue = string | number | boolean | readonly (string | number | boolean)[]
export interface HeaderValues {
  readonly [name: string]: HeaderValue | undefined
}

declare const lines: unique symbol
/**
 * An answer with its own status and headers. `S`: its status, `undefined` where it has that of success. `H`: the lines
 * that it was given.
 */
export class Reply<B = unknown, S extends number | undefined = number | undefined, H = unknown> {
  declare readonly [lines]: H
  readonly status: S
  readonly headers: Readonly<Record<string, string>>
  readonly body: B
  constructor(status: S, headers: Readonly<Record<string, string>>, body: B) {
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** `answer({ status: 202, body: { queued: true } })`: the body is JSON, `html`, `sendFile`, a `stream` or `byMedia`. */
export const answer = <
  const B = undefined,
  const S extends number | undefined = undefined,
  const H extends HeaderValues = Record<never, never>,
>(options: {
  readonly status?: S
  readonly headers?: H
  readonly body?: B
  // What is answered says what it is: it is not taken for what it ought to be.
}): Reply<NoInfer<B>, NoInfer<S>, NoInfer<H>> =>
  new Reply(options.status as S, linesOf(options.headers ?? {}), options.body as B)

const linesOf = (headers: HeaderValues): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? listed(name, value) : String(value)]],
    ),
  )

function listed(name: string, values: readonly unknown[]): string {
  // A browser takes the comma, and all behind it, for a part of the first cookie (RFC 6265 §3).
  if (name.toLowerCase() === 'set-cookie' && values.length > 1)
    throw new TypeError('An answer sets one cookie: a list of them cannot stand in one line of Set-Cookie')
  return values.join(', ')
}

/** How each media type of a body is made: `F` says what of. */
export type Making<F> = { readonly [M in keyof F]: () => F[M] | Promise<F[M]> }

/** An answer in several media types. */
export class ByMedia<F = Readonly<Record<string, unknown>>> {
  readonly forms: Making<F>
  constructor(forms: Making<F>) {
    this.forms = forms
  }
}

/**
 * The same answer in each of the media types that its route declares (`also`), of which the one is made that the caller
 * wants most: `byMedia({ 'application/json': () => rows, 'text/csv': () => csv.write(rows) })`.
 */
export const byMedia = <const F extends Readonly<Record<string, unknown>>>(forms: Making<F>): ByMedia<F> =>
  new ByMedia(forms)
