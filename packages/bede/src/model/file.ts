import type { JsonSchema } from '../expr/value.ts'
import type { ByteSize } from '../toolkit/size.ts'
import type { Field, FieldDeclaration } from './field.ts'

/** A file that is kept, as rows, views and handlers have it. Its bytes are elsewhere. */
export interface KeptFile {
  /** Made by Bede. It is no key to the bytes: who may read them is asked whenever they are. */
  readonly id: string
  /** The last part of the name that its sender gave it, for people to read; null: none. */
  readonly name: string | null
  /** The media type, by its bytes. */
  readonly type: string
  /** Bytes. */
  readonly size: number
  /** SHA-256 of the bytes, in hex. */
  readonly sha256: string
  /** Of an image, in pixels; else null. */
  readonly width: number | null
  readonly height: number | null
}

/** The same as JSON Schema. */
export const keptFileSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: ['string', 'null'] },
    type: { type: 'string' },
    size: { type: 'integer' },
    sha256: { type: 'string' },
    width: { type: ['integer', 'null'] },
    height: { type: ['integer', 'null'] },
  },
  required: ['id', 'name', 'type', 'size', 'sha256', 'width', 'height'],
  additionalProperties: false,
}

export interface FileOptions {
  /** Media types that are accepted, each known by its bytes: `['image/png', 'image/jpeg']`. `application/octet-stream`: any. */
  readonly types: readonly string[]
  /** Bytes at most: `'5mb'`. */
  readonly max: ByteSize
  /** Of an image, width times height at most, by its header; 50 million where nothing is said. */
  readonly pixels?: number
  /** Leaves only through a view or an exposure that names it. */
  readonly private?: true
  /** The name it had in the last migration: a rename, not a loss. */
  readonly was?: string
  /** The column's name, where it is not the field's in snake case. */
  readonly column?: string
}

export type FileField = Field<
  'json',
  KeptFile,
  { readonly optional: true; readonly immutable: true; readonly managed: true; readonly file: true }
>

/**
 * A file that belongs to the row: what is stored in the row says what it is; its bytes are kept apart. It is written by
 * `PUT`, by `files` in a handler, and by nothing else: no caller can send it as JSON. A row begins without one.
 */
export const file = (options: FileOptions): FileField => {
  const { types, max, pixels, private: hidden, was, column } = options
  const declaration: FieldDeclaration = {
    face: 'field',
    type: { kind: 'json', schema: keptFileSchema },
    optional: true,
    immutable: true,
    managed: true,
    file: { types, max, ...(pixels !== undefined && { pixels }) },
    ...(hidden && { private: hidden }),
    ...(was !== undefined && { was }),
    ...(column !== undefined && { column }),
  }
  return Object.freeze(declaration) as FileField
}
