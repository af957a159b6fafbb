import type { Origin } from '../sql/planner.ts'
import { isSystem, type OperationCall, systemReason } from './call.ts'
import { credentialOf, impersonating } from './credential.ts'

/** Who does something and how it came about, as the history of a row tells it; and in which session, which outlives what it does. */
export const originOf = (operation: string, actor: OperationCall['actor'], requestId: string | undefined): Origin => ({
  operation,
  ...(actor !== null &&
    (isSystem(actor)
      ? { reason: systemReason(actor) }
      : { actorId: String(actor.id), ...impersonating(actor), ...inSession(actor) })),
  ...(requestId === undefined ? {} : { requestId }),
})

function inSession(actor: object): { readonly session?: string } {
  const credential = credentialOf(actor)
  return credential?.kind === 'session' ? { session: credential.id } : {}
}
