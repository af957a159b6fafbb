import { isSystem } from '../engine/call.ts'
import type { Brought } from '../manifest/link/identity.ts'
import { array, bool, choice, json, text } from '../model/fields.ts'
import { Problem } from '../telemetry/problem.ts'
import { operation } from './operation.ts'

/** As many rows as one question may name. */
const mostRows = 100
/** Longer than any name of an operation, and than any id. */
const longest = 400

/**
 * What may I do? Of an operation and a row: whether the call would be let through. A row that one may not see is not there
 * (404, or left out of several): whoever asks learns nothing that a call would not have told.
 */
export const permissionOperations = (): Readonly<Record<string, Brought>> => ({
  'me.permissions': operation('GET /me/permissions', {
    summary: 'What I may do',
    input: {
      operation: text({ optional: true, max: longest }),
      id: text({ optional: true, max: longest }),
      ids: array(text({ max: longest }), { optional: true, min: 1, max: mostRows }),
    },
    output: {
      operations: json({ optional: true }),
      fields: json({ optional: true }),
      may: choice(['yes', 'no', 'depends'], { optional: true }),
      allowed: bool({ optional: true }),
      rows: json({ optional: true }),
    },
    run: async ({ input: { operation, id, ids }, actor, now, signal, within, services: { permissions } }) => {
      if (isSystem(within.actor)) throw new Problem('forbidden', { message: 'The system may do everything' })
      const asking = { actor, now }
      if (operation === undefined) {
        if (id !== undefined || ids !== undefined) throw mistaken('/operation', 'Say which operation is meant')
        return { operations: permissions.operations(asking), fields: permissions.fields(asking) }
      }
      if (id !== undefined && ids !== undefined) throw mistaken('/ids', 'Send id or ids, and not both')
      const named = ids ? { ids } : id !== undefined ? { id } : undefined
      if (named === undefined) return { may: permissions.operation(operation, asking) }
      const rows = await permissions.rows(operation, named, { ...asking, connection: within.reader(), signal })
      if (ids) return { rows: Object.fromEntries(rows) }
      const [allowed] = rows.values()
      if (allowed === undefined) throw new Problem('not-found')
      return { allowed }
    },
  }),
})

const mistaken = (place: string, message: string): Problem =>
  new Problem('invalid-input', { details: [{ place, code: 'invalid-input', message }] })
