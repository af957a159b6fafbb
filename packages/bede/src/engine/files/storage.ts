import type { Readable } from 'node:stream'

/**
 * Where the bytes of files are kept: a folder, or a service that keeps objects. It knows keys and bytes and nothing of
 * whose they are. A key is made by Bede: lowercase letters, digits, `-`, and `/` between its parts.
 */
export interface FileStorage {
  /**
   * Keeps all that `source` gives under a new key, or nothing of it: when the source fails or `signal` aborts, nothing
   * is left, and it rejects with that reason. It has been written for good when it resolves. Memory does not grow with the
   * file. With any other reason it is the place itself that has failed: then nobody knows what came of it, and may later.
   */
  write(key: string, source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>
  /** The bytes from `start` to `end`, both counted from 0 and included; all, without a span. Undefined: there is no such key. */
  read(key: string, span?: Span): Promise<Readable | undefined>
  /** It is fine where there is none. */
  remove(key: string): Promise<void>
  /** The keys that begin so. */
  list(prefix: string): AsyncIterable<string>
  /** Removes what writes have left that began before then and never ended, because their process did. */
  tidy(before: Date): Promise<void>
  close(): Promise<void>
}

export interface Span {
  readonly start: number
  readonly end: number
}

/** What a key may be; anything else never came from here. */
export const isKey = (key: string): boolean => /^[a-z0-9][a-z0-9-]*(?:\/[a-z0-9][a-z0-9-]*)*$/.test(key)
