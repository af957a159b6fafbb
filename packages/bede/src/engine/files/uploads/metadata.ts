import { Problem } from '../../../telemetry/problem.ts'

/** What a client of tus tells about a file: for people to read, and to tell one kind of text from another. */
export interface Told {
  readonly name?: string
  readonly type?: string
}

/** By the names that clients give them. Uppy tells `relativePath` of every file: a path from outside means nothing here. */
const meanings: ReadonlyMap<string, keyof Told | undefined> = new Map([
  ['filename', 'name'],
  ['name', 'name'],
  ['filetype', 'type'],
  ['type', 'type'],
  ['relativePath', undefined],
])

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * `Upload-Metadata` of tus 1.0.0: pairs with commas between them, each a key and, behind a space, a value in base64. Throws
 * a Problem `malformed-request` for what is none, `invalid-text` for a value that is no text, `unknown-field` for keys
 * that mean nothing here.
 */
export function readMetadata(header: string | undefined): Told {
  const told: { name?: string; type?: string } = {}
  if (header === undefined || header.trim() === '') return told
  const seen = new Set<string>()
  for (const pair of header.split(',')) {
    const [key = '', encoded = '', ...more] = pair.trim().split(' ')
    if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(key) || more.length > 0 || seen.has(key))
      throw malformed('It is pairs of a key and a value in base64, with commas between them, each key once.')
    seen.add(key)
    if (!meanings.has(key)) {
      throw new Problem('unknown-field', {
        message: `Upload-Metadata has '${key.slice(0, 100)}', which means nothing here`,
        hint: 'Send filename and filetype.',
      })
    }
    const meaning = meanings.get(key)
    const text = decoded(encoded)
    if (meaning !== undefined && text !== '') told[meaning] ??= text
  }
  return told
}

function decoded(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64')
  // Whatever else Node reads as base64 would be read otherwise by others.
  if (bytes.toString('base64') !== encoded) throw malformed('A value in it is not base64 (RFC 4648 §4).')
  try {
    const text = utf8.decode(bytes)
    if (!text.includes('\0')) return text
  } catch {}
  throw new Problem('invalid-text', { message: 'A value of Upload-Metadata is no text in UTF-8 that can be stored' })
}

const malformed = (message: string): Problem =>
  new Problem('malformed-request', { message: `Upload-Metadata cannot be read. ${message}` })
