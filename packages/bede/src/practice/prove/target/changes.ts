import type { Json } from '../../../expr/value.ts'
import type { Manifest } from '../../../manifest/manifest.ts'
import type { Connection } from '../../../store/driver.ts'

/** One row that is not as it was. */
export interface Change {
  readonly model: string
  readonly kind: 'created' | 'updated' | 'deleted'
  /** As text. */
  readonly id: string
  /** The row's columns afterwards; of one that was deleted, before. */
  readonly columns: Readonly<Record<string, Json>>
}

/** Every row of every table, by model and id. */
export type Picture = ReadonlyMap<string, { readonly model: string; readonly id: string; readonly text: string }>

/** Takes pictures of a database and tells what two of them differ in. */
export interface Camera {
  picture(connection: Connection): Promise<Picture>
  /** Whether anything was written in the transaction at all, which costs less to know than what. */
  hasWritten(transaction: Connection): Promise<boolean>
  changes(before: Picture, after: Picture): readonly Change[]
}

export function createCamera({ models }: Manifest): Camera {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
  const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
  const parts = Object.entries(models)
    .filter(([, model]) => model.readonly !== 'view')
    .map(([name, model]) => {
      const key = model.fields[model.id]?.column
      const id = key === undefined ? 'to_jsonb(t)::text' : `t.${quoted(key)}::text`
      const table = `${model.schema === undefined ? '' : `${quoted(model.schema)}.`}${quoted(model.table)}`
      return `select ${literal(name)} as model, ${id} as id, to_jsonb(t)::text as row from ${table} t`
    })
  const sql = parts.join(' union all ')
  return {
    async hasWritten(transaction) {
      // A transaction has no number of its own until it writes, be it in a savepoint that was rolled back.
      const sql = 'select pg_current_xact_id_if_assigned()::text'
      const rows = await transaction.query({ sql, params: [], shape: ['id'] })
      return rows[0]?.[0] != null
    },
    async picture(connection) {
      const rows = await connection.query({ sql, params: [], shape: ['model', 'id', 'row'] })
      return new Map(
        rows.map(([model, id, text]) => [`${model}/${id}`, { model: model ?? '', id: id ?? '', text: text ?? '' }]),
      )
    },
    changes(before, after) {
      const found: Change[] = []
      for (const [key, { model, id, text }] of after) {
        const was = before.get(key)
        if (was?.text === text) continue
        found.push({ model, id, kind: was ? 'updated' : 'created', columns: JSON.parse(text) })
      }
      for (const [key, { model, id, text }] of before)
        if (!after.has(key)) found.push({ model, id, kind: 'deleted', columns: JSON.parse(text) })
      return found
    },
  }
}
