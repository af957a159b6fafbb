import type { Readable } from 'node:stream'
import type { FileField, KeptFile } from '../model/file.ts'
import type { Schema } from '../model/schema.ts'
import type { ByteSize } from '../toolkit/size.ts'
import type { Span } from '../toolkit/span.ts'
import type { SystemActor } from './system.ts'

/** How many files, and how many bytes in all. */
export interface Room {
  readonly count?: number
  readonly bytes?: ByteSize
}

/** Files that handlers keep, and how much of everything is too much. */
export interface FilesDeclaration {
  /** What one account may keep, all its files together. Absent: as much as there is room for. */
  readonly each?: Room
  /**
   * What those may keep together who have not signed in and come from one address (IPv6: from one /64). Absent: a
   * thousand files and 1 GB.
   */
  readonly anonymous?: Room
  /** Resumable uploads. */
  readonly uploads?: {
    /** What one account, or one address, may have begun and not ended: so many, of so many bytes. Absent: twenty. */
    readonly each?: Room
    /** How long one may take from its beginning to its end: `'12h'`. Absent: a day. */
    readonly for?: Span
  }
}

/**
 * What of a row's file is reached by its address: `GET`, `PUT` and `DELETE /articles/:id/cover`. `upload`: resumable
 * uploads (tus 1.0.0) below `/articles/:id/cover/uploads`.
 */
export type FileOperation = 'get' | 'put' | 'delete' | 'upload'
export const fileOperations: readonly FileOperation[] = ['get', 'put', 'delete', 'upload']

/** The fields of a model that are files. */
export type FileNames<S extends Schema<S>, M extends keyof S> = {
  readonly [F in keyof S[M]['fields'] & string]: S[M]['fields'][F] extends FileField ? F : never
}[keyof S[M]['fields'] & string]

/** What a file may be that a handler keeps, and what is known of it. */
export interface PutOptions {
  /** As in a `file()` field. */
  readonly types: readonly string[]
  readonly max: ByteSize
  readonly pixels?: number
  /** What its sender calls it: for people, and for nothing else. */
  readonly name?: string
  /** What its sender says it is: decides only between texts. */
  readonly type?: string
}

/** A file whose bytes can be read once. `sendFile(opened)` answers with it. */
export class OpenedFile {
  readonly file: KeptFile
  readonly bytes: Readable
  constructor(file: KeptFile, bytes: Readable) {
    this.file = file
    this.bytes = bytes
  }
}

/** Names a file: a {@link KeptFile}, or its id. */
export type FileId = Pick<KeptFile, 'id'>

/**
 * Files, in a handler. What it keeps is kept with its transaction, or not at all. Whatever names a file is looked up with
 * the rights of the caller: a row's file under the row's `read` and the field's rules, any other for whose call kept it.
 * Everything else is a Problem `not-found`.
 */
export interface FilesHand {
  /**
   * Keeps a file that belongs to the caller and to no row yet. Problems: `too-large`, `quota-exceeded` (413),
   * `unsupported-media-type` (415), `invalid-value` (422).
   */
  put(source: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<KeptFile>
  /** Gives a file that was put to a row: from then on it is that row's. Needs what a `PUT` to the row needs. */
  attach<S extends Schema<S>, M extends keyof S>(
    to: { readonly of: { readonly model: M; readonly models: S } },
    id: string | number,
    field: FileNames<S, M>,
    file: FileId,
  ): Promise<void>
  open(file: FileId): Promise<OpenedFile>
  /**
   * A path at which anybody who has it reads the file, for so long (`'10m'`, at most seven days): no longer than the
   * file is where it is now. `save`: it is saved and never shown.
   */
  signedUrl(file: FileId, options: { readonly for: string; readonly save?: true }): Promise<string>
  /** Removes it; of a row, with the right to change that. */
  remove(file: FileId): Promise<void>
  /** The same with the rights of the system: `files.as(system('why'))`. */
  as(actor: SystemActor): FilesHand
}
