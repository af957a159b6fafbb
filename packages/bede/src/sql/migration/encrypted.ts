import { holdsEncrypted } from '../../manifest/diff.ts'
import type { StoredColumn, StoredTable } from '../../manifest/stored.ts'
import type { Draft } from './draft.ts'

/** What is encrypted opens under the name of its table alone. True: the new name was refused. */
export function refuseNewName(draft: Draft, table: StoredTable, from: StoredTable): boolean {
  if (!holdsEncrypted(from)) return false
  draft.refusals.push({
    place: table.model,
    code: 'impossible-migration',
    message: 'It has encrypted fields, which are bound to the name of their table: under another they would not open.',
    hint: `Keep the table's name among the options of the model: table: '${from.table}'.`,
  })
  return true
}

/** The database encrypts and decrypts nothing. True: the change was refused. */
export function refuseEncryption(draft: Draft, table: StoredTable, column: StoredColumn, from: StoredColumn): boolean {
  if (from.type.kind !== 'encrypted' && column.type.kind !== 'encrypted') return false
  draft.refusals.push({
    place: `${table.model}.${column.field}`,
    code: 'impossible-migration',
    message: 'The database has no key: it can neither encrypt the values of a column nor decrypt them.',
    hint: `Give the new field another name, copy ${from.field} into it by a handler, and take ${from.field} away with the next migration: see docs/how-to/encrypt-fields.md.`,
  })
  return true
}
