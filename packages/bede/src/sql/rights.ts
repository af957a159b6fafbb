import type { BoundScan, OperationPlan } from '../plan/plan.ts'
import { identifier, modelIn, type SqlContext } from './context.ts'
import { from, whereClause } from './expression.ts'
import { joinedKey, keyColumns, partsOf } from './key.ts'
import type { Row } from './statement.ts'
import { deleteClauses, updateClauses } from './write/change.ts'
import { withClauses } from './write/clauses.ts'
import { failuresOf } from './write/failures.ts'

export const rightsShape = ['id', 'failed'] as const

/** Of the rows that an operation is asked about those which the actor sees, each with what speaks against it. */
export function compileRights({ write, answer }: OperationPlan<BoundScan>, context: SqlContext): string {
  if (write && write.kind !== 'create') {
    const dry = { ifMatch: false, dry: true }
    const clauses = write.kind === 'update' ? updateClauses(write, dry, context) : deleteClauses(write, dry, context)
    return `${withClauses(clauses, context)} select ${idOf(write.model, '"c"', context)} as "id", "c"."$failed"::text as "failed" from "$checked" "c"`
  }
  if (answer?.kind !== 'one') throw new Error('rights are asked of rows that are named by their ids')
  const scan = answer.from
  const source = from(scan, context)
  const id = idOf(scan.model, identifier(context, scan.as), context)
  return `select ${id} as "id", null::text as "failed" ${source}${whereClause(scan, context)}`
}

function idOf(name: string, row: string, context: SqlContext): string {
  const model = modelIn(context, name)
  const columns = keyColumns(model, context.dialect).map((column) => `${row}.${column}`)
  const parts = partsOf(model, model.id)
  return parts ? joinedKey(parts, columns) : `${columns[0]}::text`
}

/** Which rows the operation may be called for, by their ids; of those that the actor does not see nothing is said. */
export function readRights({ write }: OperationPlan<BoundScan>, rows: readonly Row[]): ReadonlyMap<string, boolean> {
  const failures = write ? failuresOf(write) : []
  return new Map(
    rows.map(([id, failed]) => {
      const kind = failed == null ? undefined : failures[Number(failed)]?.kind
      return [String(id), kind !== 'policy' && kind !== 'field']
    }),
  )
}
