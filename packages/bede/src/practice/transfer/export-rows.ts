import type { Base } from '../../engine/boot.ts'
import type { OperationCall } from '../../engine/call.ts'
import { direct } from '../../engine/direct.ts'
import { itemsOf, membersOf } from '../../engine/json-items.ts'
import { plainType } from '../../expr/kinds.ts'
import type { CompiledOperation, Shape } from '../../manifest/manifest.ts'
import type { Connection } from '../../store/driver.ts'
import { csvLine, quoted } from '../../toolkit/csv/cell.ts'
import { cellOf } from './csv.ts'
import type { TransferFormat } from './format.ts'
import { fieldOf, type NamedModel } from './model-columns.ts'

/** Rows read by one statement, and the length of an answer after which the next one has fewer. */
const pageSize = 1000
const longAnswer = 4 * 1024 * 1024

export interface ExportRequest {
  readonly of: NamedModel
  readonly format: TransferFormat
  readonly fields: readonly string[]
  readonly actor: OperationCall['actor']
  /** Where an export that was cut off goes on. */
  readonly after?: ExportPosition
}

/** The keys of the last row written, and how many there are before it. */
export interface ExportPosition {
  readonly keys: readonly (string | null)[]
  readonly rows: number
}

/** A piece of the file, complete up to the end of a row. */
export interface ExportChunk {
  readonly text: string
  /** Absent from the last piece. */
  readonly position?: ExportPosition
}

/**
 * The rows of a model that the actor may read, in the order of their ids, as text of the format. What the database wrote
 * is passed on as it is. Uses one transaction of `connection`, so that all rows are of one moment.
 */
export async function exportRows(
  base: Base,
  connection: Connection,
  { of, format, fields, actor, after }: ExportRequest,
  write: (chunk: ExportChunk) => Promise<void>,
): Promise<number> {
  const page = direct(base, pageOf(of, fields), actor)
  const form = forms[format](of, fields)
  let rows = after?.rows ?? 0
  let keys = after?.keys
  let limit = pageSize
  await connection.transaction(
    async (snapshot) => {
      // The reader of the file may take its time; what the rows were at the beginning is kept for it meanwhile.
      await snapshot.script('set local idle_in_transaction_session_timeout = 0')
      await write({ text: after ? '' : form.begin, ...(after && { position: after }) })
      for (;;) {
        const { body, cursor } = await page.run(snapshot, { limit }, keys ? { cursor: keys } : {})
        if (body && body.length > longAnswer) limit = Math.max(1, Math.floor((limit * longAnswer) / body.length))
        const items = itemsOf(body ?? '[]')
        const text = items.map((item, index) => form.row(item, rows + index)).join('')
        rows += items.length
        if (cursor == null) {
          await write({ text: text + form.end })
          return
        }
        keys = keysOf(cursor)
        await write({ text, position: { keys, rows } })
      }
    },
    { isolation: 'repeatable read' },
  )
  return rows
}

function pageOf({ name, model }: NamedModel, fields: readonly string[]): CompiledOperation {
  const members = fields.map((field): [string, Shape] => {
    const { type, optional } = fieldOf(model, field)
    return [
      field,
      { kind: 'value', expr: { kind: 'field', row: 'row', field }, type, ...(optional && { nullable: true as const }) },
    ]
  })
  return {
    kind: 'read',
    auth: 'optional',
    input: {},
    answers: {
      kind: 'page',
      from: { model: name, as: 'row' },
      item: { kind: 'object', members: Object.fromEntries(members) },
      page: { sort: {}, defaultSort: 'id', defaultLimit: pageSize, maxLimit: pageSize },
    },
  }
}

function keysOf(cursor: string): readonly (string | null)[] {
  const keys: unknown = JSON.parse(cursor)
  if (!Array.isArray(keys)) throw new TypeError('a cursor is a list of keys')
  return keys.map((key: unknown) => (key === null ? null : String(key)))
}

/** How a format writes the file around its rows and the row of this index. */
interface Form {
  readonly begin: string
  readonly end: string
  row(item: string, index: number): string
}

const forms: Readonly<Record<TransferFormat, (of: NamedModel, fields: readonly string[]) => Form>> = {
  csv: ({ model }, fields) => ({
    begin: csvLine(fields.map(quoted)),
    end: '',
    row(item) {
      const members = membersOf(item)
      return csvLine(fields.map((field) => cellOf(members.get(field), plainType(fieldOf(model, field).type))))
    },
  }),
  ndjson: () => ({ begin: '', end: '', row: (item) => `${oneLine(item)}\n` }),
  json: () => ({ begin: '[', end: '\n]\n', row: (item, index) => `${index === 0 ? '\n' : ',\n'}${item}` }),
}

/** A document of type json is kept as its writer laid it out; line ends stand between its tokens only. */
const oneLine = (item: string): string => item.replaceAll(/\r?\n/g, ' ')
