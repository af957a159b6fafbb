import { createHash } from 'node:crypto'
import type { Manifest } from '../manifest/manifest.ts'
import type { BoundScan, OperationPlan } from '../plan/plan.ts'
import { newContext, slotsOf } from './context.ts'
import type { Dialect } from './dialect.ts'
import { compileGroups, everyGroup, type GroupsRequest } from './groups.ts'
import { compilePage, type PageRequest, pageShape } from './page.ts'
import type { CallValues } from './planner.ts'
import { compileRead, readShape } from './read.ts'
import type { Sealer } from './sealer.ts'
import { bindSlots, type Slot } from './slots.ts'
import type { Statement } from './statement.ts'
import { compileWrite, type WriteRequest, writeShape } from './write/statement.ts'

/** A statement without its values: made once per shape of request. */
export interface Template {
  readonly sql: string
  readonly name: string
  readonly shape: readonly string[]
  readonly slots: readonly Slot[]
  readonly changes?: readonly string[]
}

/** The same text always has the same name, on every connection and in every process. */
export const template = (
  sql: string,
  shape: readonly string[],
  slots: readonly Slot[],
  changes: readonly string[] = [],
): Template =>
  Object.freeze({
    sql,
    shape,
    slots,
    name: `b${createHash('sha256').update(sql).digest('hex').slice(0, 20)}`,
    ...(changes.length > 0 && { changes }),
  })

export const bindTemplate = (made: Template, call: CallValues, sealer?: Sealer): Statement => ({
  sql: made.sql,
  name: made.name,
  shape: made.shape,
  params: bindSlots(made.slots, call, sealer),
  ...(made.changes && { changes: made.changes }),
})

/** All that the rows of this statement depend on, but for what is stored and what time it is. */
export const questionOf = (made: Template, { params }: Statement): string =>
  JSON.stringify([made.name, ...params.filter((_, index) => made.slots[index]?.kind !== 'now')])

/** What one shape of request asks for. */
export interface StatementRequest extends WriteRequest {
  readonly page?: PageRequest
  readonly groups?: GroupsRequest
}

/** `telling`: whether the statement of a write itself says what it has changed; else whoever ran it does, afterwards. */
export function compileStatement(
  plan: OperationPlan<BoundScan>,
  request: StatementRequest,
  manifest: Manifest,
  dialect: Dialect,
  telling = true,
): Template {
  const context = newContext(manifest, dialect)
  const { write, answer } = plan
  if (write) {
    const { sql, changes } = compileWrite({ ...plan, write }, { ...request, telling }, context)
    return template(sql, writeShape(request.identified), slotsOf(context), changes)
  }
  if (!answer) return template(`select '{}' as "body"`, readShape, [])
  if (answer.kind === 'groups') {
    return template(compileGroups(answer, request.groups ?? everyGroup(answer), context), readShape, context.slots)
  }
  if (answer.kind === 'page') {
    const asked = request.page ?? { sort: answer.defaultSort, count: false }
    return template(compilePage(answer, asked, context), pageShape, context.slots)
  }
  return template(compileRead(answer, context), readShape, context.slots)
}
