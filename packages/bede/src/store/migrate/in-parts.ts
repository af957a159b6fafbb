import { databaseName } from '../../manifest/database-name.ts'
import type { Session } from '../driver.ts'

const name = String.raw`(?:"(?:[^"]|"")*"|[\w$]+)`
const create = new RegExp(
  String.raw`^create\s+(unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?(${name})\s+on\s+(?:only\s+)?(${name}(?:\.${name})?)(.*)$`,
  'is',
)
const drop = new RegExp(String.raw`^drop\s+index\s+concurrently\s+(?:if\s+exists\s+)?(${name}(?:\.${name})?)\s*$`, 'is')

const bare = (word: string): string => (word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word)
const quoted = (word: string): string => `"${word.replaceAll('"', '""')}"`

/**
 * What takes the place of a statement about an index of a table that lies in parts, where PostgreSQL has no
 * `concurrently` (§5.12.2.2): the table's own index, which is empty, one for each part, and each attached to it. Undefined
 * for every other statement.
 */
export async function inParts(session: Session, statement: string): Promise<readonly string[] | undefined> {
  const [, dropped] = drop.exec(statement) ?? []
  if (dropped !== undefined)
    return (await kindOf(session, dropped)) === 'I' ? [`drop index if exists ${dropped}`] : undefined
  const [, unique = '', index, table, rest = ''] = create.exec(statement) ?? []
  if (index === undefined || table === undefined || (await kindOf(session, table)) !== 'p') return undefined
  const parts = await session.query({
    sql: `select n.nspname, c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
      where i.inhparent = to_regclass($1::text) and not exists (select from pg_index x join pg_inherits y on y.inhrelid = x.indexrelid
        where x.indrelid = c.oid and y.inhparent = to_regclass($2::text)) order by c.oid`,
    params: [table, inSchemaOf(table, index)],
    shape: ['schema', 'part'],
  })
  const of = (part: string): string => quoted(databaseName(part, bare(index)))
  return [
    `create ${unique}index if not exists ${index} on only ${table}${rest}`,
    ...parts.flatMap(([schema, part]) => {
      const [place, own] = [quoted(schema ?? ''), of(part ?? '')]
      return [
        `create ${unique}index concurrently ${own} on ${place}.${quoted(part ?? '')}${rest}`,
        `alter index ${inSchemaOf(table, index)} attach partition ${place}.${own}`,
      ]
    }),
  ]
}

const inSchemaOf = (table: string, index: string): string => {
  const [, schema] = new RegExp(String.raw`^(${name})\.`).exec(table) ?? []
  return schema === undefined ? index : `${schema}.${index}`
}

async function kindOf(session: Session, relation: string): Promise<string | undefined> {
  const [row] = await session.query({
    sql: 'select relkind::text from pg_class where oid = to_regclass($1::text)',
    params: [relation],
    shape: ['kind'],
  })
  return row?.[0] ?? undefined
}
