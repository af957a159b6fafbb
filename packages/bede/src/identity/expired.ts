import { internalCall } from '../engine/internal-call.ts'
import { is, time } from '../engine/internal-statement.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'

/** Deletes the rows of one of the platform's models whose `expiresAt` has passed. */
export type Purge = (connection: Connection, now: Date) => Promise<void>

export function purgeExpired(planner: Planner, model: string): Purge {
  const purge = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: is('lte', 'expiresAt', time, 'now'), absent: 'ok' },
  })
  return async (connection, now) =>
    void (await purge.run(connection, { now: now.toISOString() }, { now: now.toISOString() }))
}
