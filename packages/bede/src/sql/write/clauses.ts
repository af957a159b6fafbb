import type { ValueType } from '../../expr/value.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { BoundScan, WritePlan } from '../../plan/plan.ts'
import { identifier, modelIn, parameter, type SqlContext, table } from '../context.ts'
import { compileExpr } from '../expression.ts'

/** One common table expression: `"w" as (…)`. */
export interface Clause {
  readonly name: string
  readonly sql: string
  /** It names itself. */
  readonly recursive?: true
}

export const withClauses = (clauses: readonly Clause[], context: SqlContext): string =>
  `with ${clauses.some(({ recursive }) => recursive) ? 'recursive ' : ''}${clauses.map(({ name, sql }) => `${identifier(context, name)} as (${sql})`).join(', ')}`

/** The common table expressions of a write, by what they hold. */
export const clause = {
  /** Rows that are there, locked, with whether each may be changed. */
  old: '$old',
  /** Rows as they are about to be. */
  fresh: '$new',
  /** Rows as written. */
  written: '$written',
} as const

const text: ValueType = { kind: 'text' }
const timestamp: ValueType = { kind: 'timestamp' }
const integer: ValueType = { kind: 'integer' }

/** Outbox rows, in the same statement as the change they tell of (law 7). `where`: which written rows are news. */
export function outbox(write: WritePlan<BoundScan>, context: SqlContext, where = ''): readonly Clause[] {
  if (write.emits.length === 0) return []
  const model = modelIn(context, platform.outbox)
  const column = (name: string) => identifier(context, model.fields[name]?.column ?? name)
  return write.emits.map((emit, index) => {
    context.rows.set(emit.row, write.model)
    const payload = Object.entries(emit.payload).map(([name, expr]) => {
      const { sql, type } = compileExpr(expr, context)
      return [name, context.dialect.jsonValue(sql, type)] as const
    })
    const now = parameter(context, { kind: 'now' }, timestamp)
    const values = [
      context.dialect.newId(),
      context.dialect.literal(emit.event, text),
      `${context.dialect.jsonObject(payload)}::jsonb`,
      now,
    ]
    const into = ['id', 'event', 'payload', 'createdAt'].map(column).join(', ')
    const source = `${identifier(context, clause.written)} ${identifier(context, emit.row)}`
    return {
      name: `$event${index}`,
      sql: `insert into ${table(context, model)} (${into}) select ${values.join(', ')} from ${source}${where} returning 1`,
    }
  })
}

/** How an answer is kept. */
export interface Keeping {
  /** The statement says whether it created a row, which is another status. */
  readonly orCreated: boolean
  /** Also where nothing was written: a bulk answers for each of its items, and refusing all of them is an answer. */
  readonly always: boolean
}

/**
 * The answer, kept in the same statement under a key that is unique. It decides between two calls that come at once: the
 * second fails as a whole, having written nothing, and is answered from what is kept.
 */
export function kept(body: string, { orCreated, always }: Keeping, context: SqlContext): Clause {
  const model = modelIn(context, platform.idempotency)
  const column = (name: string) => identifier(context, model.fields[name]?.column ?? name)
  const part = (name: 'scope' | 'key' | 'fingerprint') => parameter(context, { kind: 'idempotency', part: name }, text)
  const status = () => parameter(context, { kind: 'idempotency', part: 'status' }, integer)
  const values = [
    context.dialect.newId(),
    part('scope'),
    part('key'),
    part('fingerprint'),
    orCreated ? `case when (select "id" from "$result") is null then ${status()} else 201 end` : status(),
    body,
    parameter(context, { kind: 'now' }, timestamp),
  ]
  const into = ['id', 'scope', 'key', 'fingerprint', 'status', 'body', 'createdAt'].map(column).join(', ')
  return {
    name: '$kept',
    sql: `insert into ${table(context, model)} (${into}) select ${values.join(', ')}${always ? '' : ' where (select "written" from "$result") > 0'} returning 1`,
  }
}
