import { Problem } from '../../telemetry/problem.ts'
import { room } from '../room.ts'

/** A cell, and whether it was quoted: only that tells an empty text from nothing. */
export type Cell = readonly [text: string, quoted: boolean]

export interface RecordLimits {
  /** The most columns that there can be. */
  readonly columns: number
  /** The longest record, in characters. */
  readonly record: number
}

/** Cells beyond the columns, for a refusal that names what is too much. A row of commas has a million, and each costs. */
const MORE_CELLS = 100

/**
 * The records of a CSV file (RFC 4180), one after the other, in little memory; empty lines are none. Throws a Problem
 * `invalid-csv` where what follows cannot be told apart any more, and where a record is longer than the limit.
 */
export async function* csvRecords(
  chunks: AsyncIterable<string>,
  limits: RecordLimits,
): AsyncGenerator<readonly Cell[]> {
  const { parse } = await import('csv-parse')
  const most = limits.columns + MORE_CELLS
  const parser = parse({
    bom: true,
    delimiter: ',',
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: limits.record,
    cast: (text, { quoting, index }): Cell => {
      if (index >= most) throw new Problem('invalid-csv', { message: `A row of the CSV has more than ${most} cells` })
      return [text, quoting]
    },
  })
  const feeding = feed(chunks, parser)
  feeding.catch(() => {}) // it is awaited below; the parser's own error comes first
  try {
    yield* parser as AsyncIterable<readonly Cell[]>
    await feeding
  } catch (error) {
    if (error instanceof Problem || !(error instanceof Error) || !('code' in error)) throw error
    throw new Problem('invalid-csv', {
      message: `The CSV is malformed: ${error.message}`,
      hint: 'Cells with commas, quotes or line ends stand in double quotes, and a quote in them is doubled (RFC 4180).',
      cause: error,
    })
  } finally {
    parser.destroy()
  }
}

async function feed(
  chunks: AsyncIterable<string>,
  parser: NodeJS.WritableStream & { destroyed: boolean; destroy(error?: Error): unknown },
): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (parser.destroyed) return
      if (!parser.write(chunk)) await room(parser)
    }
    parser.end()
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}
