import type { Origin } from '../sql/planner.ts'
import { isSystem, type OperationCall, systemReason } from './call.ts'
import { impersonating } from './credential.ts'

/** Who does something and how it came about, as the history of a row tells it. */
export const originOf = (operation: string, actor: OperationCall['actor'], requestId: string | undefined): Origin => ({
  operation,
  ...(actor !== null &&
    (isSystem(actor) ? { reason: systemReason(actor) } : { actorId: String(actor.id), ...impersonating(actor) })),
  ...(requestId === undefined ? {} : { requestId }),
})
