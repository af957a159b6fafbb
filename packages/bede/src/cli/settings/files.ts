import { readS3Address, s3AddressForm } from '../../adapters/files/s3-address.ts'
import { isProblem } from '../../telemetry/problem.ts'
import type { Reading } from './reading.ts'

/** Where files are kept: in a folder, or at the address of a bucket. */
export type FilesSettings = { readonly folder: string } | { readonly s3: string }

/** `BEDE_FILES`; undefined: nobody has said where. */
export function filesSettings(reading: Reading): FilesSettings | undefined {
  const said = reading.text({ variable: 'BEDE_FILES' })
  if (!said || !/^s3:/i.test(said.text)) return reading.value({ variable: 'BEDE_FILES' }, files, undefined)
  try {
    readS3Address(said.text)
    return { s3: said.text }
  } catch (error) {
    if (!isProblem(error)) throw error
    reading.mistake(said.place, `${said.place}: ${error.message}`, error.hint ?? '')
    return undefined
  }
}

const files = {
  expected: `a folder, or a bucket as in ${s3AddressForm}`,
  example: './files',
  parse: (text: string): FilesSettings | undefined =>
    text.trim() === '' || /^[a-z][a-z0-9+.-]+:/i.test(text) ? undefined : { folder: text },
}
