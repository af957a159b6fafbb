import type { LiveSchema, LiveTable } from '../../store/introspect/live-schema.ts'
import { remade } from './left.ts'

/** What an empty database needs beside the models' tables, to be as the one that was taken over. */
export interface Beside {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const at = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  `${quoted(schema)}.${quoted(name)}`
const text = (value: string): string =>
  value.includes('\\')
    ? `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${value.replaceAll("'", "''")}'`

/** Bodies of functions may name what is made later. */
const unchecked = 'set local check_function_bodies = off'

/** The statements, in an order in which each finds what it needs. */
export function besideOf(live: LiveSchema): Beside {
  const functions = (early: boolean) =>
    live.functions.flatMap((one) => (one.early === early && remade(one.definition) ? [one.definition] : []))
  const others = (...kinds: readonly string[]) =>
    live.others.flatMap(({ kind, definition }) => (kinds.includes(kind) && definition !== null ? [definition] : []))
  const [early, late] = [functions(true), functions(false)]
  return {
    before: [
      ...schemasOf(live).map((schema) => `create schema if not exists ${quoted(schema)}`),
      ...others('extension'),
      ...live.enums.map((one) => `create type ${at(one)} as enum (${one.labels.map(text).join(', ')})`),
      ...(early.length > 0 ? [unchecked, ...early] : []),
      ...live.domains.map((one) =>
        [
          `create domain ${at(one)} as ${one.type}`,
          ...(one.default === null ? [] : [`default ${one.default}`]),
          ...(one.required ? ['not null'] : []),
          ...one.checks.map(({ name, definition }) => `constraint ${quoted(name)} ${definition}`),
        ].join(' '),
      ),
      ...live.sequences.map(
        (one) =>
          `create sequence ${at(one)} as ${one.type} increment by ${one.increment} minvalue ${one.min}` +
          ` maxvalue ${one.max} start with ${one.start}${one.cycle ? ' cycle' : ''}`,
      ),
    ],
    after: [
      ...partitions(live.tables),
      ...live.sequences.flatMap(({ owner, ...one }) =>
        owner
          ? [
              `alter sequence ${at(one)} owned by ${quoted(owner.schema)}.${quoted(owner.table)}.${quoted(owner.column)}`,
            ]
          : [],
      ),
      ...(late.length > 0 ? [unchecked, ...late] : []),
      ...views(live.tables),
      ...others('trigger', 'rule'),
      ...comments(live.tables),
    ],
  }
}

const schemasOf = ({ tables, enums, domains, sequences }: LiveSchema): readonly string[] =>
  [...new Set([...tables, ...enums, ...domains, ...sequences].map(({ schema }) => schema))].filter(
    (schema) => schema !== 'public',
  )

/** Each after the table it is part of. */
function partitions(tables: readonly LiveTable[]): readonly string[] {
  const made: string[] = []
  const below = (parent: string): void => {
    for (const table of tables) {
      if (table.parent !== parent) continue
      const spread = table.partitioned === null ? '' : ` partition by ${table.partitioned}`
      const above = tables.find(({ schema, name }) => `${schema}.${name}` === parent)
      if (!above) continue
      made.push(`create table ${at(table)} partition of ${at(above)} ${table.bound}${spread}`)
      for (const { name, definition } of table.constraints)
        made.push(`alter table ${at(table)} add constraint ${quoted(name)} ${definition}`)
      for (const { definition } of table.indexes) made.push(definition)
      below(`${table.schema}.${table.name}`)
    }
  }
  for (const { parent, schema, name } of tables) if (parent === null) below(`${schema}.${name}`)
  return made
}

/** Each after the views it reads. */
function views(tables: readonly LiveTable[]): readonly string[] {
  const all = tables.filter(({ definition }) => definition !== null)
  const byName = new Map(all.map((table) => [`${table.schema}.${table.name}`, table]))
  const done = new Set<string>()
  const made: string[] = []
  const make = (name: string): void => {
    const table = byName.get(name)
    if (!table || done.has(name)) return
    done.add(name)
    for (const other of table.reads) make(other)
    const kind = table.kind === 'm' ? 'materialized view' : 'view'
    made.push(`create ${kind} ${at(table)} as ${(table.definition ?? '').replace(/;\s*$/, '')}`)
    for (const { definition } of table.indexes) made.push(definition)
  }
  for (const name of byName.keys()) make(name)
  return made
}

const kinds = { r: 'table', p: 'table', v: 'view', m: 'materialized view', f: 'foreign table' } as const

const comments = (tables: readonly LiveTable[]): readonly string[] =>
  tables
    .filter(({ kind }) => kind !== 'f')
    .flatMap((table) => [
      ...(table.comment === null ? [] : [`comment on ${kinds[table.kind]} ${at(table)} is ${text(table.comment)}`]),
      ...table.columns.flatMap(({ name, comment }) =>
        comment === null ? [] : [`comment on column ${at(table)}.${quoted(name)} is ${text(comment)}`],
      ),
    ])
