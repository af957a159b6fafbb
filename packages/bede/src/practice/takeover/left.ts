import type { LiveSchema } from '../../store/introspect/live-schema.ts'
import type { TakenModel } from './design.ts'
import { code } from './source.ts'

/** Something that a database holds and no model says in its own words. It stays as it is. */
export interface Left {
  readonly what: string
  readonly name: string
  readonly why: string
}

const kindsOfConstraint = {
  p: 'primary key',
  u: 'unique constraint',
  f: 'foreign key',
  c: 'check',
  x: 'exclusion constraint',
} as const

/** What whoever takes a database over should know: kept word for word, left alone, or not remade elsewhere. */
export function leftOf(live: LiveSchema, models: readonly TakenModel[]): readonly Left[] {
  const modelled = new Set(models.map(({ table }) => table))
  const left: Left[] = []
  const add = (what: string, name: string, why: string) => left.push({ what, name, why })
  for (const model of models) {
    const { table } = model
    const at = `${table.schema}.${table.name}`
    const refs = new Set(model.fields.flatMap(({ ref }) => ref?.constraint.name ?? []))
    for (const { name, kind } of model.kept.constraints) {
      if (kind === 'p' || refs.has(name)) continue
      const why = kind === 'f' ? 'The database holds it; there is no relation for it.' : 'The database holds it.'
      add(kindsOfConstraint[kind], `${at}.${name}`, why)
    }
    for (const { name } of model.kept.indexes) add('index', `${at}.${name}`, 'Not a plain one: kept word for word.')
    for (const { column, source } of model.fields) {
      if (source.asText)
        add('column', `${at}.${column.name}`, `Of the type ${code(column.type)}: text, as PostgreSQL writes it.`)
    }
    if (model.readonly === 'table')
      add('table', at, 'It has no primary key that names a row: its rows are only listed.')
    if (table.kind === 'm') add('materialized view', at, 'Only read. Refreshing it stays with you.')
    if (table.kind === 'f') add('foreign table', at, 'Only read, and not made in an empty database.')
  }
  for (const table of live.tables) {
    if (modelled.has(table)) continue
    const at = `${table.schema}.${table.name}`
    if (table.parent !== null)
      add(
        'partition',
        at,
        `Part of ${code(table.parent)}, through which its rows are read and written. What it has of its own, it keeps.`,
      )
    else add('table', at, 'Its name, or its having no columns, keeps it from being a model.')
  }
  for (const { schema, name, type } of live.domains)
    add('domain', `${schema}.${name}`, `The database holds its rules; a value is as of ${code(type)}.`)
  for (const { name, definition } of live.functions) {
    add('function', name, remade(definition) ? 'Not called by Bede, and made in an empty database too.' : notRemade)
  }
  for (const { kind, name, on, definition } of live.others) {
    const why = kind === 'trigger' || kind === 'rule' ? 'The database runs it.' : 'It stays.'
    add(kind, on === null ? name : `${on}.${name}`, definition === null ? `${why} ${notRemade}` : why)
  }
  return left
}

const notRemade = 'Not made in an empty database.'

/** A body in standard SQL is not quoted, and a migration would take its statements for its own. */
export const remade = (definition: string | null): definition is string =>
  definition !== null && !/\bbegin\s+atomic\b/i.test(definition)
