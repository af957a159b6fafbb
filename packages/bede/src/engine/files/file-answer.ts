import { hash } from 'node:crypto'
import type { KeptFile } from '../../model/file.ts'
import { isDisplayed } from '../../toolkit/content/displayed.ts'
import type { Wanted } from '../call.ts'
import { disposition } from '../file.ts'
import type { Shaped } from '../work.ts'
import { bytesOf } from './bytes.ts'
import type { FileStorage, Span } from './storage.ts'

/**
 * The bytes of a file as an answer: all, or the part that was asked for (RFC 9110 §14), or the word that they have not
 * changed. What a browser could run it is told to save, whatever the file was called (class 115).
 */
export async function fileAnswer(
  storage: FileStorage,
  file: KeptFile,
  { range, ifRange, ifNoneMatch }: Wanted,
  { etag = tagOf(file), saved = false }: Saying,
): Promise<Shaped> {
  const always = { ETag: etag, 'Cache-Control': 'private, no-cache' }
  if (names(ifNoneMatch, etag)) return { status: 304, answer: { kind: 'none', headers: always } }
  const headers = { ...headersOf(file, saved), ETag: etag, 'Accept-Ranges': 'bytes' }
  const span = ifRange === undefined || ifRange.trim() === etag ? spanOf(range, file.size) : undefined
  if (span === 'outside') {
    return { status: 416, answer: { kind: 'none', headers: { ...always, 'Content-Range': `bytes */${file.size}` } } }
  }
  const body = await bytesOf(storage, file, span)
  if (!span) return { status: 200, answer: { kind: 'raw', headers, body, length: file.size, strangers: true } }
  const partial = { ...headers, 'Content-Range': `bytes ${span.start}-${span.end}/${file.size}` }
  return {
    status: 206,
    answer: { kind: 'raw', headers: partial, body, length: span.end - span.start + 1, strangers: true },
  }
}

interface Saying {
  /** What tells it from the file that was there before; absent: what its bytes are. */
  readonly etag?: string
  readonly saved?: boolean
}

/**
 * The entity tag of a row's file, by what the database says of it: a write can ask for it inside its statement
 * (`If-Match`), which compares with the MD5 of the same text. It tells versions apart and protects nothing.
 */
export const versionOf = (told: string): string => `"${hash('md5', told)}"`

/** The bytes of a file never change: its tag is what they are. */
const tagOf = ({ sha256 }: KeptFile): string => `"${sha256.slice(0, 32)}"`

/** What is said of its bytes, whoever asks for them and wherever. */
export function headersOf(file: KeptFile, saved = false): Readonly<Record<string, string>> {
  const isText = /^text\/|^application\/(?:json|x-ndjson)$/.test(file.type)
  return {
    ETag: tagOf(file),
    'Cache-Control': 'private, no-cache',
    'Content-Type': isText ? `${file.type}; charset=utf-8` : file.type,
    'Content-Disposition': disposition(
      !saved && isDisplayed(file.type) ? 'inline' : 'attachment',
      file.name ?? undefined,
    ),
  }
}

/** Whether an `If-None-Match` names this (RFC 9110 §13.1.2, weakly compared). */
const names = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag))

/** One range of bytes (RFC 9110 §14.1.2). Several, and what cannot be read, count as not asked for: all is an answer to that, too. */
function spanOf(range: string | undefined, size: number): Span | 'outside' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '') ?? []
  if (from === '' && to === '') return undefined
  if (from === '') {
    const length = Math.min(Number(to), size)
    return length === 0 ? 'outside' : { start: size - length, end: size - 1 }
  }
  const start = Number(from)
  const end = Math.min(to === '' ? Number.POSITIVE_INFINITY : Number(to), size - 1)
  if (to !== '' && Number(to) < start) return undefined
  return start >= size ? 'outside' : { start, end }
}
