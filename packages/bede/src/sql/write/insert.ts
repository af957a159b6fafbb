import type { BoundScan, CreatePlan, OneShape, OperationPlan, PlanShape } from '../../plan/plan.ts'
import { scannedModels } from '../../plan/scans.ts'
import { identifier, modelIn, type SqlContext, table } from '../context.ts'
import { rest } from '../expression.ts'
import { members } from '../shape.ts'
import { firstFailure } from './checks.ts'
import { newRows, overriding, writable } from './create.ts'

/** A creation that needs nothing but its `insert`: what is answered is `returning`. */
export interface LoneInsert {
  readonly write: CreatePlan<BoundScan>
  readonly answer?: OneShape<BoundScan> & { readonly item: PlanShape<BoundScan> & { readonly kind: 'object' } }
}

/**
 * One new row and nothing else: no children, no events, no history, no row that may be there already, and nothing that
 * looks at the model's rows beside it, which does not see the new one in `returning`. PostgreSQL takes a
 * tenth less for it than for the same in common table expressions.
 */
export function loneInsert(
  { write, answer }: Pick<OperationPlan<BoundScan>, 'write' | 'answer'>,
  context: SqlContext,
): LoneInsert | undefined {
  if (write?.kind !== 'create' || write.exists || write.each || write.children.length > 0 || write.emits.length > 0)
    return undefined
  if (modelIn(context, write.model).history) return undefined
  if (answer === undefined) return sees(write, undefined) ? undefined : { write }
  if (answer.kind !== 'one' || answer.joined || answer.from.reads !== 'written' || answer.from.model !== write.model)
    return undefined
  const { item, from } = answer
  if (item.kind !== 'object' || hasJoined(item) || from.order || from.limit || from.offset) return undefined
  return sees(write, { ...answer, item }) ? undefined : { write, answer: { ...answer, item } }
}

/** Whether anything scans the model that is written, but for the answer's own row. */
function sees(write: CreatePlan<BoundScan>, answer: LoneInsert['answer']): boolean {
  const members: Record<string, PlanShape<BoundScan>> = answer ? { item: answer.item } : {}
  for (const expr of [answer?.from.policy, answer?.from.where])
    if (expr) members[`$${Object.keys(members).length}`] = { kind: 'value', expr, type: { kind: 'boolean' } }
  return scannedModels({ write, answer: { kind: 'object', members } }).has(write.model)
}

/** Rows that are joined to the written one stand behind a `from`, which `returning` has not. */
const hasJoined = (shape: PlanShape<BoundScan>): boolean =>
  shape.kind === 'object' ? Object.values(shape.members).some(hasJoined) : shape.kind === 'one' && shape.joined === true

/** `insert into … select … from (…) "n" where (case … end) is null returning '1', (select row_to_json("$o")::text from …)` */
export function compileInsert(
  { write, answer }: LoneInsert,
  said: { readonly written: string; readonly id?: string | undefined },
  context: SqlContext,
): string {
  const model = modelIn(context, write.model)
  const list = writable(context, model)
  const fresh = newRows(write, context)
  // In their order, as everywhere: a check is not asked where the one before has failed.
  const failed = firstFailure(write.checks, context)
  const where = failed === 'null::int4' ? '' : ` where (${failed}) is null`
  const as = answer?.from.as ?? 'o'
  context.rows.set(as, write.model)
  const body = answer
    ? `(select row_to_json("$o")::text from (select ${members(answer.item, context)}${rest(answer.from, context)}) "$o")`
    : 'null::text'
  const id = said.id === undefined ? '' : `, ${said.id} as "id"`
  const source = `select ${list} from (${fresh}) ${identifier(context, write.row)}${where}`
  return `insert into ${table(context, model)} as ${identifier(context, as)} (${list})${overriding(model)} ${source} returning ${said.written} as "written", ${body} as "body"${id}`
}
