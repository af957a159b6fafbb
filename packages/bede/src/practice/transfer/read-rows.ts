import { ItemSplitter } from '../../engine/json-items.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type Cell, csvRecords } from '../../toolkit/csv/records.ts'
import { cellValue } from './csv.ts'
import type { TransferFormat } from './format.ts'

/** One row of a file: its number (from 1, headers not counted), and what stands there, or why it cannot be read. */
export interface FileRow {
  readonly number: number
  /** The text as it stands in the file; of CSV, the values by column. */
  readonly given: Json
  readonly unreadable?: string
}

/** The types of the columns that a file may have. */
export type Columns = Readonly<Record<string, ValueType>>

/** Longer lines and cells than any row are a mistake in the file, and must not fill the memory. */
const longestRow = 16 * 1024 * 1024

/**
 * The rows of a file, one after the other, in little memory. Throws a Problem `invalid-file` where what follows cannot
 * be told apart any more; a single line that is no JSON is a row that is unreadable.
 */
export function readRows(
  chunks: AsyncIterable<string>,
  format: TransferFormat,
  columns: Columns,
): AsyncIterable<FileRow> {
  if (format === 'csv') return csvRows(chunks, columns)
  return jsonRows(format === 'json' ? jsonItems(chunks) : lines(chunks))
}

async function* jsonRows(texts: AsyncIterable<string>): AsyncIterable<FileRow> {
  let number = 0
  for await (const text of texts) {
    number += 1
    yield { number, ...parsed(text) }
  }
}

function parsed(text: string): Omit<FileRow, 'number'> {
  try {
    const given: Json = JSON.parse(text)
    const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
    return isObject ? { given } : { given, unreadable: 'It is no object' }
  } catch (error) {
    return { given: text, unreadable: `It is no JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}

async function* jsonItems(chunks: AsyncIterable<string>): AsyncIterable<string> {
  const splitter = new ItemSplitter('array')
  for await (const chunk of chunks) yield* splitter.push(chunk)
  if (!splitter.ended) throw new Problem('invalid-file', { message: 'The JSON ends before its array does' })
}

async function* lines(chunks: AsyncIterable<string>): AsyncIterable<string> {
  let rest = ''
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    if (rest.length > longestRow) throw tooLong('line')
    for (const part of parts) if (part.trim() !== '') yield withoutMark(part.trim())
  }
  if (rest.trim() !== '') yield withoutMark(rest.trim())
}

const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text)
const tooLong = (what: string): Problem => new Problem('invalid-file', { message: `A ${what} has more than 16 MB` })

async function* csvRows(chunks: AsyncIterable<string>, columns: Columns): AsyncIterable<FileRow> {
  let header: readonly string[] | undefined
  let number = 0
  try {
    const limits = { record: longestRow, columns: Object.keys(columns).length }
    for await (const record of csvRecords(chunks, limits)) {
      if (!header) header = headerOf(record, columns)
      else yield { number: ++number, ...csvRow(record, header, columns) }
    }
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'invalid-csv') throw error
    const { message, hint, cause } = error
    throw new Problem('invalid-file', { message, ...(hint !== undefined && { hint }), cause })
  }
}

function headerOf(record: readonly Cell[], columns: Columns): readonly string[] {
  const names = record.map(([name]) => name)
  const unknown = names.filter((name) => !Object.hasOwn(columns, name))
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  if (unknown.length === 0 && twice.length === 0) return names
  throw new Problem('invalid-file', {
    message:
      unknown.length > 0
        ? `The header names what is no field: ${unknown.join(', ')}`
        : `The header names a field twice: ${twice.join(', ')}`,
    hint: `The first line names the fields, of these: ${Object.keys(columns).join(', ')}.`,
  })
}

function csvRow(record: readonly Cell[], header: readonly string[], columns: Columns): Omit<FileRow, 'number'> {
  const given: Record<string, Json> = {}
  for (const [index, name] of header.entries()) {
    const type = columns[name]
    const [text, wasQuoted] = record[index] ?? ['', false]
    if (type) given[name] = cellValue(text, wasQuoted, type)
  }
  return record.length === header.length
    ? { given }
    : { given, unreadable: `It has ${record.length} cells where the header has ${header.length}` }
}
