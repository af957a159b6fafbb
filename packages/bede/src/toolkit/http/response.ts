import type { IncomingMessage } from 'node:http'
import { Compile } from 'typebox/schema'
import { failed } from './failure.ts'
import type { HttpResponse } from './http.ts'

/** What can be told of an answer before its body is there. */
export function headOf(message: IncomingMessage, url: URL): Pick<HttpResponse, 'status' | 'ok' | 'headers' | 'url'> {
  const status = message.statusCode ?? 0
  const headers = new Headers()
  const { rawHeaders } = message
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  // The body is unpacked.
  headers.delete('content-encoding')
  headers.delete('content-length')
  return { status, ok: status >= 200 && status < 300, headers, url: url.href }
}

export class WholeResponse implements HttpResponse {
  readonly status: number
  readonly ok: boolean
  readonly headers: Headers
  readonly url: string
  readonly #body: Buffer

  constructor({ status, ok, headers, url }: ReturnType<typeof headOf>, body: Buffer) {
    this.status = status
    this.ok = ok
    this.headers = headers
    this.url = url
    this.#body = body
  }

  bytes(): Uint8Array {
    return this.#body
  }

  text(): string {
    const [, charset = 'utf-8'] = /;\s*charset="?([\w-]{1,40})/i.exec(this.headers.get('content-type') ?? '') ?? []
    return decoderOf(charset).decode(this.#body)
  }

  json(schema?: object): unknown {
    const value = this.#parsed()
    if (schema !== undefined && !Compile(schema).Check(value))
      throw failed(new URL(this.url).origin, 'answered with JSON that is not as the schema says')
    return value
  }

  #parsed(): unknown {
    try {
      return JSON.parse(decoderOf('utf-8').decode(this.#body))
    } catch (cause) {
      throw failed(new URL(this.url).origin, 'answered with what is no JSON', { cause })
    }
  }
}

function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
