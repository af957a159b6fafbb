/** A parameter or a result column in the database's own text form; null is SQL's NULL. */
export type Text = string | null

/**
 * What a driver runs: SQL text with `$1…` for every value, the values in the database's text form, and the names of
 * the result columns. Rows come back as text too, column by column: Node passes JSON through, it does not parse it.
 */
export interface Statement {
  readonly sql: string
  readonly params: readonly Text[]
  /** Column names in order; the driver checks nothing, it is for whoever reads the rows. */
  readonly shape: readonly string[]
  /** The same name always goes with the same text: the driver keeps it prepared. Absent: run once. */
  readonly name?: string
  /** The models whose rows it changes, as far as anybody keeps answers made of them. */
  readonly changes?: readonly string[]
}

export type Row = readonly Text[]

/** A value as text or, where it is long, as the UTF-8 that the database sent: what is passed on need not be a string. */
export type Body = Text | Uint8Array

export const textOf = (body: string | Uint8Array): string =>
  typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
