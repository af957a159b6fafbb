import type { ColumnState } from '../../practice/secrets/rotate.ts'
import { table } from '../terminal/table.ts'

/** How many rows of each column are under which secret, a line per column and secret. */
export function columnLines(current: string, columns: readonly ColumnState[]): readonly string[] {
  const lines = columns.flatMap(({ column, under }) =>
    Object.entries(under).map(([id, rows]) => [column, id === current ? `${id} (current)` : id, String(rows)]),
  )
  return lines.length === 0 ? ['Nothing is sealed in this database.'] : table([['column', 'secret', 'rows'], ...lines])
}

/** Whether everything is under the current secret. */
export const isDone = (current: string, columns: readonly ColumnState[]): boolean =>
  columns.every(({ under }) => Object.keys(under).every((id) => id === current))
