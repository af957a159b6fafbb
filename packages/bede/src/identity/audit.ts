import { isSystem, systemReason } from '../engine/call.ts'
import { credentialOf } from '../engine/credential.ts'
import { internalCall } from '../engine/internal-call.ts'
import { input, json, text } from '../engine/internal-statement.ts'
import type { Within } from '../engine/runtime.ts'
import type { Json } from '../expr/value.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import { type Accounts, accountTypeOf } from './account.ts'

/** The event that every note is for subscribers as well. Payload: `{ event, accountId, actorId }`. */
export const identityEvent = 'bede.identity'

/** The trail of what happened to accounts and their credentials. */
export interface Audit {
  /**
   * Writes down `event` in the transaction of what it tells of, with its outbox row (law 7). `details` hold no secret.
   * `account`: whom it is about; null where there is no such account.
   */
  note(
    within: Within,
    event: string,
    about: { readonly account: string | number | null; readonly details?: Json },
  ): Promise<void>
}

export function createAudit(planner: Planner, accounts: Accounts): Audit {
  const who = accountTypeOf(accounts)
  const told = { event: input('event', text), accountId: input('accountId', who), actorId: input('actorId', who) }
  const write = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model: platform.audit,
      values: {
        ...told,
        impersonatorId: input('impersonatorId', who),
        reason: input('reason', text),
        requestId: input('requestId', text),
        details: input('details', json),
      },
      emits: [{ event: identityEvent, payload: told }],
    },
  })
  return {
    async note({ connection, actor, now, requestId = null }, event, { account, details = null }) {
      await write.run(
        connection,
        {
          event,
          accountId: account,
          actorId: actor === null || isSystem(actor) ? null : actor.id,
          impersonatorId: credentialOf(actor)?.impersonator ?? null,
          reason: actor !== null && isSystem(actor) ? systemReason(actor) : null,
          requestId,
          details,
        },
        { now },
      )
    },
  }
}
