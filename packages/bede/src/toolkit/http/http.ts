import type { Readable } from 'node:stream'
import type { Size } from '../size.ts'
import type { Span } from '../span.ts'

/** What can be said of one request. */
export interface HttpRequestOptions {
  /** By name. What frames the message (`Host`, `Content-Length`, …) is the client's to say. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Added to the query of the address, encoded. */
  readonly query?: Readonly<Record<string, QueryValue | readonly QueryValue[]>>
  /** The body, written as JSON. */
  readonly json?: unknown
  /** The body, as a form of a page would send it (`application/x-www-form-urlencoded`). */
  readonly form?: Readonly<Record<string, string>>
  /** The body as it is. */
  readonly body?: string | Uint8Array
  /**
   * `Idempotency-Key`: by it the other side knows a request that it has had already. With one, a POST or PATCH that
   * failed on its way is sent again.
   */
  readonly idempotencyKey?: string
  /** How long all of it may take: attempts, redirects and the body. Default `30s`, and never longer than the call. */
  readonly timeout?: Span
  /** How much the body of the answer may have, unpacked. Default `10mb`; of a stream `100mb`. */
  readonly max?: Size
  /** How many redirects are followed; default 5. With 0 the redirect itself is the answer. */
  readonly redirects?: number
  /** How often it is tried again where that does no harm; default 2. */
  readonly retries?: number
}

type QueryValue = string | number | boolean | undefined

/** An answer, whatever its status: a 404 of somebody else's is no failure of ours. */
export interface HttpResponse {
  readonly status: number
  /** A status from 200 to 299. */
  readonly ok: boolean
  readonly headers: Headers
  /** Where it came from in the end. */
  readonly url: string
  /** In the charset that its type names; UTF-8 without one. */
  text(): string
  /** Throws a Problem 502 `upstream-failed` for what is no JSON, or not as the JSON Schema (2020-12) says it. */
  json(schema?: object): unknown
  bytes(): Uint8Array
}

/** An answer whose body is still coming. Read it to its end, or destroy it; its time is bounded either way. */
export interface HttpStream extends Pick<HttpResponse, 'status' | 'ok' | 'headers' | 'url'> {
  /** Unpacked. Fails with a Problem when it is cut off, too large or too slow. */
  readonly body: Readable
}

/**
 * The one way out. It calls the origins that `app({ http: { allow } })` names and no others, on the Internet alone,
 * whatever notation, name server or redirect says otherwise.
 *
 * Every method throws a Problem: 422 `destination-refused` where the address may not be called, 502 `upstream-failed`
 * where no answer came or one that cannot be taken, 504 `upstream-timeout`, 503 `upstream-unavailable` where too many
 * before it failed or wait.
 */
export interface Http {
  get(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  head(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  post(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  put(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  patch(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  delete(url: string | URL, options?: HttpRequestOptions): Promise<HttpResponse>
  /** A GET whose body is not kept in memory. */
  stream(url: string | URL, options?: HttpRequestOptions): Promise<HttpStream>
  /**
   * For addresses that callers give: any on the Internet, at the usual port, and never what `BEDE_HTTP_PRIVATE` names.
   * Needs `app({ http: { public: true } })`.
   */
  readonly public: Http
}
