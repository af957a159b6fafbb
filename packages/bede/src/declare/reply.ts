import type { Readable } from 'node:stream'

/** A file on disk, by path, or in memory. */
export class FileReply {
  readonly source: string | Uint8Array
  readonly type: string
  readonly name: string | undefined
  constructor(source: string | Uint8Array, type: string, name: string | undefined) {
    this.source = source
    this.type = type
    this.name = name
  }
}

/** Sends a file. `type` is its media type; with `name` the browser saves it under that name. */
export const file = (
  source: string | Uint8Array,
  options: { readonly type?: string; readonly name?: string } = {},
): FileReply => new FileReply(source, options.type ?? 'application/octet-stream', options.name)

export class StreamReply {
  readonly source: Readable | AsyncIterable<string | Uint8Array>
  readonly type: string
  constructor(source: Readable | AsyncIterable<string | Uint8Array>, type: string) {
    this.source = source
    this.type = type
  }
}

/** Sends what a stream gives, as it comes. */
export const stream = (
  source: Readable | AsyncIterable<string | Uint8Array>,
  options: { readonly type?: string } = {},
): StreamReply => new StreamReply(source, options.type ?? 'application/octet-stream')

/** An answer with its own status and headers. */
export class Reply<B = unknown> {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body: B
  constructor(status: number | undefined, headers: Readonly<Record<string, string>>, body: B) {
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** `answer({ status: 202, body: { queued: true } })`: the body is JSON, `html`, a `file` or a `stream`. */
export const answer = <B = undefined>(options: {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: B
}): Reply<B> => new Reply(options.status, options.headers ?? {}, options.body as B)
