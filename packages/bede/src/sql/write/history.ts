import type { ValueType } from '../../expr/value.ts'
import { historyModel, keepsValues, type RowChange } from '../../manifest/platform/history.ts'
import type { BoundScan, WritePlan } from '../../plan/plan.ts'
import { columns, identifier, modelIn, parameter, type SqlContext, table } from '../context.ts'
import { anyKeyColumn } from '../key.ts'
import type { Origin } from '../planner.ts'
import { changedAlongOf } from './along.ts'
import { type Clause, clause } from './clauses.ts'

const text: ValueType = { kind: 'text' }

/** Rows that one clause of the statement changed: `w`, and where fields got other values, `o` as they were. */
interface Changed {
  readonly model: string
  readonly change: RowChange
  /** `"$written" "w" join …` */
  readonly from: string
  readonly where?: string
  /** The fields that got other values; absent: the row is new, or gone. */
  readonly fields?: readonly string[]
}

/** What the statement changes of models that keep their history, kept in the same statement (law 7). */
export const historyClauses = (write: WritePlan<BoundScan>, context: SqlContext): readonly Clause[] =>
  changedBy(write, context)
    .filter(({ model }) => modelIn(context, model).history)
    .map((changed, index) => ({ name: `$history${index}`, sql: entry(changed, context) }))

function changedBy(write: WritePlan<BoundScan>, context: SqlContext): readonly Changed[] {
  const { model } = write
  const written = `${identifier(context, clause.written)} "w"`
  const id = idOf(context, model)
  switch (write.kind) {
    case 'create': {
      const { exists } = write
      const children = write.children.map(
        (child, index): Changed => ({
          model: child.model,
          change: 'create',
          from: `${identifier(context, `$child${index}`)} "w"`,
        }),
      )
      if (!exists) return [{ model, change: 'create', from: written }, ...children]
      const before = `${written} join ${table(context, modelIn(context, model))} "o" on "o".${id} = "w".${id}`
      return [
        { model, change: 'create', from: written, where: '"w"."$created"' },
        { model, change: 'update', from: before, where: 'not "w"."$created"', fields: Object.keys(exists.set) },
        ...children,
      ]
    }
    case 'update':
      return [
        {
          model,
          change: write.restores ? 'restore' : 'update',
          from: `${written} join (${oldRows(write, context)}) "o" on "o".${id} = "w".${id}`,
          fields: Object.keys(write.set),
        },
        ...along(write.restores, 'restore', context),
      ]
    case 'delete': {
      const { keeps, removes } = write
      if (!keeps) {
        const change = write.verb === 'purge' ? 'purge' : 'delete'
        return [{ model, change, from: written }, ...along(removes, 'purge', context)]
      }
      const { softDelete = '' } = modelIn(context, model)
      const from = `${written} join (${oldRows(write, context)}) "o" on "o".${id} = "w".${id}`
      return [{ model, change: 'delete', from, fields: [softDelete] }, ...along(keeps, 'delete', context)]
    }
  }
}

/** Of two items of a bulk that name one row, one was carried out. */
const oldRows = ({ model, each }: WritePlan<BoundScan>, context: SqlContext): string => {
  const id = idOf(context, model)
  const once = each ? `distinct on (${id}) ` : ''
  return `select ${once}${columns(context, modelIn(context, model))} from ${identifier(context, clause.old)}`
}

const along = (
  cascade: Parameters<typeof changedAlongOf>[0],
  change: RowChange,
  context: SqlContext,
): readonly Changed[] =>
  changedAlongOf(cascade).map(({ model, name }): Changed => {
    const definition = modelIn(context, model)
    const id = idOf(context, model)
    const rows = `${identifier(context, name)} "w"`
    if (change === 'purge') return { model, change, from: rows }
    return {
      model,
      change,
      from: `${rows} join ${table(context, definition)} "o" on "o".${id} = "w".${id}`,
      fields: [definition.softDelete ?? ''],
    }
  })

/** What keeps its history has an id of one column. */
const idOf = (context: SqlContext, model: string): string => anyKeyColumn(modelIn(context, model), context.dialect)

/** The clock of the database, which is read while the row is locked: later changes of a row have later times. */
const at = "date_trunc('milliseconds', clock_timestamp())"

function entry({ model, change, from, where, fields }: Changed, context: SqlContext): string {
  const history = modelIn(context, historyModel(model))
  const named = [
    'rowId',
    'at',
    'change',
    'operation',
    'actorId',
    'impersonatorId',
    'reason',
    'requestId',
    'before',
    'after',
    'hidden',
  ]
  const into = named.map((name) => identifier(context, history.fields[name]?.column ?? name)).join(', ')
  const origin = (part: keyof Origin): string => parameter(context, { kind: 'origin', part }, text)
  const head = [
    `"w".${idOf(context, model)}`,
    at,
    context.dialect.literal(change, text),
    origin('operation'),
    origin('actorId'),
    origin('impersonatorId'),
    origin('reason'),
    origin('requestId'),
  ].join(', ')
  const insert = `insert into ${table(context, history)} (${into}) select ${head}`
  if (!fields) {
    const { values, hidden } = whole(model, context)
    const pair = change === 'create' ? `null::jsonb, ${values}` : `${values}, null::jsonb`
    return `${insert}, ${pair}, ${hidden} from ${from}${where ? ` where ${where}` : ''} returning 1`
  }
  return `${insert}, ${differences(model, fields, from, where, context)} returning 1`
}

/** All that a new row has, or a gone one had. */
function whole(model: string, context: SqlContext): { readonly values: string; readonly hidden: string } {
  const fields = Object.entries(modelIn(context, model).fields).filter(([, { type }]) => type.kind !== 'search')
  const kept = fields.flatMap(([name, field]): (readonly [string, string])[] =>
    keepsValues(field) ? [[name, shownAs('w', field.column, field.type, context)]] : [],
  )
  const hidden = fields.flatMap(([name, field]) => (keepsValues(field) ? [] : [context.dialect.literal(name, text)]))
  return { values: `${context.dialect.jsonObject(kept)}::jsonb`, hidden: `array[${hidden.join(', ')}]::text[]` }
}

const shownAs = (row: string, column: string, type: ValueType, context: SqlContext): string =>
  context.dialect.jsonValue(`${identifier(context, row)}.${identifier(context, column)}`, type)

/** The fields whose values differ, before and after; a row of which nothing differs has not changed. */
function differences(
  model: string,
  fields: readonly string[],
  from: string,
  only: string | undefined,
  context: SqlContext,
): string {
  const all = modelIn(context, model).fields
  const lines = fields.flatMap((name) => {
    const field = all[name]
    if (!field) return []
    const column = identifier(context, field.column)
    const json = (row: string): string =>
      keepsValues(field) ? `to_jsonb(${shownAs(row, field.column, field.type, context)})` : 'null::jsonb'
    const kept = keepsValues(field) ? 'true' : 'false'
    const literal = context.dialect.literal(name, text)
    const differs = context.dialect.differ(`"o".${column}`, `"w".${column}`, field.type)
    return [`(${literal}, ${kept}, ${differs}, ${json('o')}, ${json('w')})`]
  })
  const collected =
    'select jsonb_object_agg("v"."k", "v"."b") filter (where "v"."kept") as "before", jsonb_object_agg("v"."k", "v"."a") filter (where "v"."kept") as "after",' +
    ` coalesce(array_agg("v"."k") filter (where not "v"."kept"), '{}') as "hidden", count(*) as "n"` +
    ` from (values ${lines.join(', ')}) "v"("k", "kept", "differs", "b", "a") where "v"."differs"`
  const where = [...(only ? [only] : []), '"d"."n" > 0'].join(' and ')
  return `"d"."before", "d"."after", "d"."hidden" from ${from} cross join lateral (${lines.length === 0 ? 'select null::jsonb as "before", null::jsonb as "after", null::text[] as "hidden", 0 as "n"' : collected}) "d" where ${where}`
}
