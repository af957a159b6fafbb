import { readPoint } from '../../expr/point.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import { guard, guardJson, quoted, unguard } from '../../toolkit/csv/cell.ts'

const textual: ReadonlySet<string> = new Set(['text', 'email', 'url', 'slug', 'choice', 'secret', 'id', 'ref'])
/** What may hold any text. Keys of a table that was there before may. */
const isText = ({ kind, integer }: ValueType): boolean => textual.has(kind) && !integer

/** The cell of a value that is written as JSON. Null is an empty cell, an empty text is a quoted empty one. */
export function cellOf(json: string | undefined, type: ValueType): string {
  if (json === undefined || json === 'null') return ''
  if (type.kind === 'point') return pointCell(json)
  if (type.kind === 'json' || !json.startsWith('"')) return quoted(guardJson(json))
  const text = String(JSON.parse(json))
  if (text === '') return '""'
  return quoted(isText(type) ? guard(text) : text)
}

const parsedKinds: ReadonlySet<string> = new Set(['json', 'array', 'object', 'vector'])
const numeric: ReadonlySet<string> = new Set(['integer', 'float'])

/**
 * A cell as an input of the engine. What is no value of its type is left as the text it is, for the engine to refuse by
 * name. `wasQuoted`: tells an empty text from nothing.
 */
export function cellValue(cell: string, wasQuoted: boolean, type: ValueType): Json {
  if (cell === '' && !wasQuoted) return null
  const { kind, integer } = type
  if (isText(type)) return unguard(cell)
  if (kind === 'boolean') return cell === 'true' ? true : cell === 'false' ? false : cell
  if (numeric.has(kind) || integer) return isNumber(cell) ? Number(cell) : cell
  if (kind === 'point') return pointOf(cell)
  return parsedKinds.has(kind) ? parsed(cell) : cell
}

const isNumber = (cell: string): boolean => /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(cell)

/** A point as an address has it too: `52.52,13.405`. */
function pointCell(json: string): string {
  const point = readPoint(JSON.parse(json))
  return quoted(point ? `${point.lat},${point.lon}` : json)
}

function pointOf(cell: string): Json {
  const [lat = '', lon = '', ...more] = cell.split(',').map((part) => part.trim())
  return more.length === 0 && isNumber(lat) && isNumber(lon) ? { lat: Number(lat), lon: Number(lon) } : cell
}

function parsed(cell: string): Json {
  try {
    return JSON.parse(cell)
  } catch {
    return cell
  }
}
