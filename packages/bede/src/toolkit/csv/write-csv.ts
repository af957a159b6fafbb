import { csvLine, guard, quoted } from './cell.ts'

/** What a cell can hold. Null and undefined are an empty cell, a Date is written in UTC (RFC 3339). */
export type CsvValue = string | number | bigint | boolean | Date | null | undefined

export interface CsvWriteOptions<C extends string> {
  /** The columns, in their order; their names are the first line. */
  readonly columns: readonly C[]
  /** `false`: no line of names. */
  readonly header?: boolean
}

/** Rows that are written at once. */
const AT_ONCE = 200

/**
 * Rows as CSV (RFC 4180), in pieces for `stream`. Text that a spreadsheet would run as a formula has a quote in front,
 * the names of the columns too; numbers are written as they are.
 */
export async function* writeCsv<C extends string>(
  rows: Iterable<{ readonly [N in C]?: CsvValue }> | AsyncIterable<{ readonly [N in C]?: CsvValue }>,
  { columns, header = true }: CsvWriteOptions<C>,
): AsyncGenerator<string> {
  let text = header ? csvLine(columns.map((name) => quoted(guard(name)))) : ''
  let held = 0
  for await (const row of rows) {
    text += csvLine(columns.map((name) => cell(Object.hasOwn(row, name) ? row[name] : undefined)))
    held += 1
    if (held < AT_ONCE) continue
    yield text
    text = ''
    held = 0
  }
  if (text !== '') yield text
}

function cell(value: CsvValue): string {
  if (value === null || value === undefined) return ''
  if (value === '') return '""'
  if (value instanceof Date) return value.toISOString()
  const isText = typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean'
  return isText ? quoted(guard(String(value))) : String(value)
}
