import { gzipSync } from 'node:zlib'
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

/** The smallest file of each type that bytes tell. */
const smallest: Readonly<Record<string, () => Uint8Array>> = {
  'image/png': () =>
    base64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  'image/gif': () => base64('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'),
  'image/webp': () => base64('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=='),
  'image/jpeg': () =>
    base64(
      '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
    ),
  'application/pdf': () => text('%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n'),
  'application/zip': () => Buffer.concat([text('PK\x05\x06'), Buffer.alloc(18)]),
  'application/gzip': () => gzipSync('a line\n'),
  'application/x-tar': () => Buffer.alloc(1024),
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
