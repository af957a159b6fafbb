import type { ValueType } from '../../expr/value.ts'
import type { Sql } from '../dialect.ts'
import { quote } from './literal.ts'
import { castType, identifier } from './names.ts'
import { jsonPoint, pointJson } from './point.ts'
import { timestampText } from './time.ts'

/** A value as it is selected, so that `row_to_json` and `json_agg` write it as value.ts says. */
export function jsonValue(sql: Sql, type: ValueType): Sql {
  switch (type.kind) {
    case 'bigint':
    case 'decimal':
      return `${sql}::text`
    case 'timestamp':
      return timestampText(sql)
    case 'bytes':
      return `translate(encode(${sql}, 'base64'), chr(10), '')`
    case 'vector':
      return `${sql}::text::json`
    case 'point':
      return pointJson(sql)
    case 'array':
      return jsonItems(sql, type.of)
    default:
      return sql
  }
}

/** Items in their order; kinds whose items need no change stay an array, which JSON writes as it is. */
function jsonItems(sql: Sql, of: ValueType | undefined): Sql {
  if (of === undefined || jsonValue('x', of) === 'x') return sql
  return `(case when ${sql} is not null then array(select ${jsonValue('i.x', of)} from unnest(${sql}) with ordinality as i(x, n) order by i.n) end)`
}

/** Reads a member of a jsonb document as a value: the other direction of {@link jsonValue}. */
export function fromJson(document: Sql, path: readonly string[], type: ValueType): Sql {
  const at = (arrow: '->' | '->>'): Sql =>
    path.length === 0
      ? arrow === '->'
        ? document
        : `(${document} #>> '{}')`
      : `(${document}${path.map((key, n) => ` ${n === path.length - 1 ? arrow : '->'} ${quote(key)}`).join('')})`
  if (type.kind === 'json' || type.kind === 'object') return `nullif(${at('->')}, 'null'::jsonb)`
  if (type.kind === 'bytes') return `decode(${at('->>')}, 'base64')`
  if (type.kind === 'point') return jsonPoint((name) => fromJson(document, [...path, name], { kind: 'float' }))
  if (type.kind !== 'array') return `${at('->>')}::${castType(type)}`
  const of = type.of
  if (of === undefined || castType(type) === 'jsonb') return `nullif(${at('->')}, 'null'::jsonb)`
  return (
    `(case jsonb_typeof(${at('->')}) when 'array' then array(select ${fromJson('i.x', [], of)}` +
    ` from jsonb_array_elements(${at('->')}) with ordinality as i(x, n) order by i.n) end)`
  )
}

/** `jsonb_populate_record` reads a point from its text. */
export const rowMember = (value: Sql, type: ValueType): Sql | undefined =>
  type.kind === 'point' ? `to_jsonb((${fromJson(value, [], type)})::text)` : undefined

/** A row turned into JSON whole: the fastest form, and not bound to the hundred arguments of a function. */
export const jsonObject = (members: readonly (readonly [name: string, sql: Sql])[]): Sql =>
  members.length === 0
    ? `'{}'::json`
    : `(select row_to_json("$o") from (select ${members.map(([name, sql]) => `${sql} as ${identifier(name)}`).join(', ')}) as "$o")`

export const jsonArray = (item: Sql, order?: Sql): Sql =>
  `coalesce(json_agg(${item}${order === undefined ? '' : ` order by ${order}`}), '[]'::json)`
