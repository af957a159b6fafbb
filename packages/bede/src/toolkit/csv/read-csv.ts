import { Problem } from '../../telemetry/problem.ts'
import { unguard } from './cell.ts'
import { type Cell, csvRecords } from './records.ts'

export interface CsvReadOptions<C extends string> {
  /** The columns that the first line may name, in any order. One that it does not name is empty text in every row. */
  readonly columns: readonly C[]
  /** Of these, what the first line must name; all of them unless it is said. */
  readonly required?: readonly C[]
  /** Takes away the quote that `csv.write` puts before what could be a formula: for files that it wrote. */
  readonly guarded?: boolean
  readonly limits?: CsvLimits
  /** Where the file stands in the request, for the refusal: `/body/file`. */
  readonly place?: string
}

export interface CsvLimits {
  /** Rows, the line of names not counted: 100,000 unless said otherwise. */
  readonly rows?: number
  /** Bytes of the whole file (of text: characters): 50 MB unless said otherwise. */
  readonly size?: number
  /** Characters of one row: 1,000,000 unless said otherwise. */
  readonly row?: number
}

const MEGABYTE = 1_000_000
const usual: Required<CsvLimits> = { rows: 100_000, size: 50 * MEGABYTE, row: MEGABYTE }

/** A row, and its number from 1, the line of names not counted. */
export interface CsvRow<C extends string> {
  readonly number: number
  readonly row: { readonly [N in C]: string }
}

/**
 * The rows of a CSV file (RFC 4180, in UTF-8), one after the other, in little memory: every cell is text, and is looked
 * at by whoever reads it. Throws a Problem `invalid-csv` (400) where the file is malformed, is not UTF-8, names a column
 * that is not declared or one twice, leaves out a required one, has a row of another length, or exceeds a limit. What
 * came before it has been given out by then: write rows in a transaction, as a handler does.
 */
export async function* readCsv<C extends string>(
  source: AsyncIterable<string | Uint8Array>,
  { columns, required = columns, guarded = false, limits, place }: CsvReadOptions<C>,
): AsyncGenerator<CsvRow<C>> {
  const most = { ...usual, ...limits }
  const refuse = (message: string, hint?: string): Problem => invalid(message, hint, place)
  let header: readonly (C | undefined)[] | undefined
  let number = 0
  try {
    for await (const record of csvRecords(textOf(source, most.size, refuse), {
      record: most.row,
      columns: columns.length,
    })) {
      if (!header) {
        header = headerOf(record, columns, required, refuse)
        continue
      }
      number += 1
      if (number > most.rows) throw refuse(`The CSV has more than ${most.rows} rows`)
      if (record.length !== header.length)
        throw refuse(`Row ${number} has ${record.length} cells where the first line has ${header.length}`)
      yield { number, row: rowOf(record, header, columns, guarded) }
    }
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid-csv' && error.details.length === 0)
      throw refuse(error.message, error.hint)
    throw error
  }
  if (!header) throw refuse('The CSV is empty', `The first line names the columns: ${columns.join(', ')}.`)
}

function headerOf<C extends string>(
  record: readonly Cell[],
  columns: readonly C[],
  required: readonly C[],
  refuse: (message: string, hint?: string) => Problem,
): readonly C[] {
  const hint = `The first line names the columns, of these: ${columns.join(', ')}.`
  const names: C[] = []
  for (const [given] of record) {
    const name = columns.find((column) => column === given)
    if (name === undefined) throw refuse(`There is no column '${given.slice(0, 60)}'`, hint)
    if (names.includes(name)) throw refuse(`The column '${name}' is named twice`, hint)
    names.push(name)
  }
  const missing = required.find((name) => !names.includes(name))
  if (missing !== undefined) throw refuse(`The column '${missing}' is missing`, hint)
  return names
}

function rowOf<C extends string>(
  record: readonly Cell[],
  header: readonly (C | undefined)[],
  columns: readonly C[],
  guarded: boolean,
): { readonly [N in C]: string } {
  const cells = new Map(header.map((name, index) => [name, record[index]?.[0] ?? '']))
  const row = columns.map((name) => {
    const text = cells.get(name) ?? ''
    return [name, guarded ? unguard(text) : text]
  })
  return Object.fromEntries(row)
}

async function* textOf(
  source: AsyncIterable<string | Uint8Array>,
  most: number,
  refuse: (message: string) => Problem,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let size = 0
  try {
    for await (const chunk of source) {
      size += chunk.length
      if (size > most) throw refuse(`The CSV is larger than ${most} bytes`)
      yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) throw refuse('The CSV is not UTF-8')
    throw error
  }
}

const invalid = (message: string, hint: string | undefined, place: string | undefined): Problem =>
  new Problem('invalid-csv', {
    message,
    ...(hint === undefined ? {} : { hint }),
    details: [{ place: place ?? '/body', code: 'invalid-csv', message, ...(hint === undefined ? {} : { hint }) }],
  })
