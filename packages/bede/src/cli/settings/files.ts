import type { Reading } from './reading.ts'

/** Where files are kept: which folder. */
export interface FilesSettings {
  readonly folder: string
}

/** `BEDE_FILES`; undefined: nobody has said where. */
export const filesSettings = (reading: Reading): FilesSettings | undefined =>
  reading.value({ variable: 'BEDE_FILES' }, files, undefined)

const files = {
  expected: 'a folder',
  example: './files',
  parse: (text: string): FilesSettings | undefined =>
    text.trim() === '' || /^[a-z][a-z0-9+.-]+:/i.test(text) ? undefined : { folder: text },
}
