import type { Manifest } from '../manifest/manifest.ts'
import { newContext, table } from './context.ts'
import type { Dialect } from './dialect.ts'
import { digestLength } from './digest.ts'
import type { Statement, Text } from './statement.ts'

/** Letters of a sealed value that name its form and the secret it is sealed under. */
const headLength = 8

/** The statements that find and rewrite what one column holds sealed. Rows are gone through in the order of their key. */
export interface ResealStatements {
  /** Per head: how many rows (columns `head`, `count`). */
  count(): Statement
  /** At most so many rows after this key that are not under this head, or not in the right form (columns `key`, `stored`). */
  next(stale: { readonly head: string; readonly search: boolean }, after: string | undefined, most: number): Statement
  /** Rewrites each row that still holds what was read (column `key`: those it did). */
  write(rows: readonly { readonly key: string; readonly stored: string; readonly sealed: string }[]): Statement
}

export function resealStatements(
  manifest: Manifest,
  dialect: Dialect,
  of: { readonly model: string; readonly field: string; readonly key: string },
): ResealStatements {
  const model = manifest.models[of.model]
  const [stored, key] = [model?.fields[of.field], model?.fields[of.key]]
  if (!model || !stored || !key) throw new TypeError(`there is no ${of.model}.${of.field}`)
  const from = table(newContext(manifest, dialect), model)
  const [column, id] = [dialect.identifier(stored.column), dialect.identifier(key.column)]
  const hashed = `(substr(${column}, ${digestLength + 1}, 1) = ':')`
  const head = `(case when ${hashed} then substr(${column}, ${digestLength + 2}, ${headLength}) else left(${column}, ${headLength}) end)`
  const texts = { kind: 'array', of: { kind: 'text' } } as const
  const list = (values: readonly string[]): Text => dialect.encode(values, texts)
  return {
    count: () => ({
      sql: `select ${head} as "head", count(*)::text as "count" from ${from} where ${column} is not null group by 1`,
      params: [],
      shape: ['head', 'count'],
    }),
    next({ head: wanted, search }, after, most) {
      const stale = `(${head} <> ${dialect.param(1, { kind: 'text' })} or ${hashed} <> ${dialect.param(2, { kind: 'boolean' })})`
      const past = after === undefined ? '' : ` and ${id} > ${dialect.param(3, key.type)}`
      return {
        sql: `select ${id}::text as "key", ${column} as "stored" from ${from} where ${column} is not null and ${stale}${past} order by ${id} limit ${most}`,
        params: [wanted, search ? 't' : 'f', ...(after === undefined ? [] : [after])],
        shape: ['key', 'stored'],
      }
    },
    write(rows) {
      const keys = list(rows.map((row) => row.key))
      const [before, sealed] = [list(rows.map((row) => row.stored)), list(rows.map((row) => row.sealed))]
      const given = [1, 2, 3].map((n) => dialect.param(n, texts)).join(', ')
      const cast = dialect.param(0, key.type).replace('$0', '"v"."key"')
      return {
        sql: `update ${from} "t" set ${column} = "v"."sealed" from unnest(${given}) "v"("key", "before", "sealed") where "t".${id} = ${cast} and "t".${column} = "v"."before" returning "t".${id}::text as "key"`,
        params: [keys, before, sealed],
        shape: ['key'],
      }
    },
  }
}
