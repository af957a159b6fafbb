import { gunzipSync } from 'node:zlib'
import type { UploadDefinition } from '../../../manifest/manifest.ts'

/** A file that is sent along. */
export interface SentFile {
  /** Under which name of the form. */
  readonly field: string
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

const base64 = (text: string): Uint8Array => Buffer.from(text, 'base64')
const text = (content: string): Uint8Array => Buffer.from(content)

/** One page with one word on it. */
const page = `%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >> endobj
4 0 obj << /Length 32 >>
stream
BT /F 12 Tf 9 50 Td (ada) Tj ET
endstream
endobj
5 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj
trailer << /Root 1 0 R >>
%%EOF
`
/** One file, `a.txt`, in a tar, packed. */
const tar =
  'H4sIAAAAAAACA0vUK6koYaAtMDAwMDMxUQDRBgYG6DQIGCog2AYKBoYGhsamCgwGDHQApcUliUUMBgZU8CSK54YISGQYBaNgFIyCUTASAQA62Mg5AAgAAA=='

/** The smallest file of each type that bytes tell, and that a reader of that type finds something in. */
const smallest: Readonly<Record<string, () => Uint8Array>> = {
  'image/png': () =>
    base64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  'image/gif': () => base64('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'),
  'image/webp': () => base64('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=='),
  'image/jpeg': () =>
    base64(
      '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
    ),
  'application/pdf': () => text(page),
  'application/zip': () =>
    base64(
      'UEsDBBQAAAgIAAAAAABDvrfoAwAAAAEAAAAFAAAAYS50eHRLBABQSwECFAMUAAAICAAAAAAAQ7636AMAAAABAAAABQAAAAAAAAAAAAAApIEAAAAAYS50eHRQSwUGAAAAAAEAAQAzAAAAJgAAAAAA',
    ),
  'application/gzip': () => base64(tar),
  'application/x-tar': () => gunzipSync(base64(tar)),
  'application/json': () => text('{}'),
  'application/x-ndjson': () => text('{}\n'),
  'text/csv': () => text('name,number\nada,1\n'),
  'text/tab-separated-values': () => text('name\tnumber\nada\t1\n'),
  'text/plain': () => text('a line\n'),
  'text/markdown': () => text('# a line\n'),
  'text/calendar': () => text('BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:prove\nEND:VCALENDAR\n'),
  'text/vcard': () => text('BEGIN:VCARD\nVERSION:4.0\nFN:ada\nEND:VCARD\n'),
  'text/html': () => text('<!doctype html><title>ada</title><p>ada\n'),
  'image/svg+xml': () => text('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>\n'),
  'application/xml': () => text('<?xml version="1.0"?><ada/>\n'),
  'application/octet-stream': () => text('a line\n'),
}

/** The first bytes of types of which nothing here makes a whole file: they are told by these. */
const beginnings: Readonly<Record<string, string>> = {
  'image/bmp': `BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18${'\0'.repeat(29)}`,
  'audio/flac': 'fLaC',
  'audio/mpeg': 'ID3\x04',
  'audio/aac': '\xff\xf1',
  'audio/wav': 'RIFF\x24\0\0\0WAVEfmt ',
  'audio/ogg': 'OggS\0',
  'audio/mp4': '\0\0\0\x10ftypM4A \0\0\0\0',
  'video/mp4': '\0\0\0\x10ftypisom\0\0\0\0',
  'video/quicktime': '\0\0\0\x10ftypqt  \0\0\0\0',
  'video/3gpp': '\0\0\0\x10ftyp3gp4\0\0\0\0',
  'video/webm': '\x1a\x45\xdf\xa3\x42\x82\x84webm',
  'video/vnd.avi': 'RIFF\x24\0\0\0AVI LIST',
  'application/x-7z-compressed': '7z\xbc\xaf\x27\x1c\0\x04',
  'application/zstd': '\x28\xb5\x2f\xfd',
  'application/vnd.rar': 'Rar!\x1a\x07\x01\0',
  'font/woff': 'wOFF',
  'font/woff2': 'wOF2',
  'application/rtf': '{\\rtf1 ada}',
}

/** Types of which a file can be sent. */
export const typesMadeUp: readonly string[] = [...Object.keys(smallest), ...Object.keys(beginnings)]

/** The smallest file of a type. Undefined: none can be made. */
export function smallestFile(type: string): Uint8Array | undefined {
  const whole = Object.hasOwn(smallest, type) ? smallest[type]?.() : undefined
  if (whole) return whole
  const beginning = Object.hasOwn(beginnings, type) ? beginnings[type] : undefined
  return beginning === undefined ? undefined : Buffer.from(beginning, 'latin1')
}

/** A file that an upload takes, as far as its type can be made. Undefined: none can. */
export function madeUpFile(field: string, { types }: Pick<UploadDefinition, 'types'>): SentFile | undefined {
  const type = types.find((one) => Object.hasOwn(smallest, one)) ?? types.find((one) => typesMadeUp.includes(one))
  const bytes = type === undefined ? undefined : smallestFile(type)
  return type === undefined || !bytes ? undefined : { field, name: `prove.${endingOf(type)}`, type, bytes }
}

/** What the name of such a file ends in, for those who look at names. */
export const endingOf = (type: string): string => endings[type] ?? type.split('/')[1] ?? 'bin'

const endings: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/svg+xml': 'svg',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'text/tab-separated-values': 'tsv',
  'text/calendar': 'ics',
  'text/vcard': 'vcf',
  'application/gzip': 'tar.gz',
  'application/x-tar': 'tar',
  'application/x-ndjson': 'ndjson',
  'application/octet-stream': 'bin',
}
