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

/** An answer with its own status and headers. `S`: its status, `undefined` where it has that of success. */
export class Reply<B = unknown, S extends number | undefined = number | undefined> {
  readonly status: S
  readonly headers: Readonly<Record<string, string>>
  readonly body: B
  constructor(status: S, headers: Readonly<Record<string, string>>, body: B) {
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** `answer({ status: 202, body: { queued: true } })`: the body is JSON, `html`, `sendFile` or a `stream`. */
export const answer = <const B = undefined, const S extends number | undefined = undefined>(options: {
  readonly status?: S
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: B
  // What is answered says what it is: it is not taken for what it ought to be.
}): Reply<NoInfer<B>, NoInfer<S>> => new Reply(options.status as S, options.headers ?? {}, options.body as B)
