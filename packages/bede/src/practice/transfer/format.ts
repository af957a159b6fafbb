import { extname } from 'node:path'
import { Problem } from '../../telemetry/problem.ts'

/** How rows stand in a file: a table with a header line (RFC 4180), an object per line, or one array of objects. */
export type TransferFormat = 'csv' | 'ndjson' | 'json'

const formats: ReadonlySet<string> = new Set<TransferFormat>(['csv', 'ndjson', 'json'])
const isFormat = (name: string): name is TransferFormat => formats.has(name)

/** The format asked for, or else the one that the file's name ends with. Throws a Problem `usage` for any other. */
export function formatOf(asked: string | undefined, file: string | undefined): TransferFormat {
  const name = asked ?? (file === undefined ? 'ndjson' : extname(file).slice(1).toLowerCase())
  if (isFormat(name)) return name
  throw new Problem('usage', {
    message: asked === undefined ? `The name of ${file} does not tell its format` : `There is no format '${asked}'`,
    hint: 'Say --format csv, --format ndjson or --format json.',
  })
}
