import type { Dialect } from './dialect.ts'

/** Letters of the keyed hash that a column begins with where its values can be found: SHA-256 in base64url. */
export const digestLength = 43

/** The hash that an encrypted column begins with: what an index holds of it, and what a value is looked up by. */
export const digestOf = (column: string, dialect: Dialect): string =>
  dialect.call('left', [
    { sql: column, type: { kind: 'text' } },
    { sql: String(digestLength), type: { kind: 'integer' }, literal: digestLength },
  ])
