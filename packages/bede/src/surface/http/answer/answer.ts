import type { Page } from './security-headers.ts'

/** One HTTP answer, before what every answer carries is added to it. */
export interface HttpAnswer {
  readonly status: number
  readonly page: Page
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | NodeJS.ReadableStream | null
  /** Header lines of the request that this answer depends on, beside those that every answer does. */
  readonly varies?: readonly string[]
  /** Bytes of a stream whose end is known before it begins. */
  readonly length?: number
  /** The Content-Security-Policy of a page that needs its own. */
  readonly policy?: string
}

export const jsonUtf8 = 'application/json; charset=utf-8'

/** An answer whose JSON is there, as text or in UTF-8. */
export function jsonAnswer(
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return { status, page: 'data', headers: { 'Content-Type': jsonUtf8, ...headers }, body }
}
