import type { CompiledOperation } from '../manifest/manifest.ts'
import type { Planner } from '../sql/planner.ts'

/** The statements of one operation, declared or made by a handler. */
export type Planned = ReturnType<Planner['adhoc']>

export const plannedByName = (planner: Planner, name: string): Planned => ({
  statement: (call) => planner.statement(name, call),
  targets: (call) => planner.targets(name, call),
  taken: (call) => planner.taken(name, call),
  explanation: (call, detailed) => planner.explanation(name, call, detailed),
  refusal: (call, rows, detailed) => planner.refusal(name, call, rows, detailed),
})

export const plannedByForm = (planner: Planner, operation: CompiledOperation): Planned => planner.adhoc(operation)
