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
  'text/csv': () => text('name,number\nada,1\n'),
  'text/plain': () => text('a line\n'),
  'application/octet-stream': () => text('a line\n'),
}

/** A file that an upload takes, as far as its type can be made. Undefined: none can. */
export function madeUpFile(field: string, { types }: UploadDefinition): SentFile | undefined {
  const type = types.find((one) => Object.hasOwn(smallest, one)) ?? types.find((one) => one.startsWith('text/'))
  if (type === undefined) return undefined
  const bytes = (smallest[type] ?? smallest['text/plain'])?.() ?? new Uint8Array()
  return { field, name: `prove.${type.split('/')[1]}`, type, bytes }
}
