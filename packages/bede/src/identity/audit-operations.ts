import { call, field, json, text, time, value } from '../engine/internal-statement.ts'
import type { Expr } from '../expr/expr.ts'
import type { Accounts, Brought } from '../manifest/link/identity.ts'
import type { Shape } from '../manifest/manifest.ts'
import { platform } from '../manifest/platform/names.ts'
import { accountTypeOf } from './account.ts'
import { listing } from './operation.ts'

/** One event of the trail, as it is answered. */
export function auditShape(accounts: Accounts): Shape {
  const who = accountTypeOf(accounts)
  return {
    kind: 'object',
    members: {
      id: value(field('id'), { kind: 'id', model: platform.audit, integer: true }),
      at: value(field('at'), time),
      event: value(field('event'), text),
      accountId: value(field('accountId'), who, true),
      actorId: value(field('actorId'), who, true),
      impersonatorId: value(field('impersonatorId'), who, true),
      reason: value(field('reason'), text, true),
      requestId: value(field('requestId'), text, true),
      details: value(field('details'), json, true),
    },
  }
}

/** What happened to one's own account. */
export function auditOperations(accounts: Accounts): Readonly<Record<string, Brought>> {
  const me: Expr = { kind: 'actor', field: 'id', type: accountTypeOf(accounts) }
  return {
    'auth.events': listing('GET /auth/events', {
      summary: 'What happened to the account that is signed in, the latest first',
      from: { model: platform.audit, as: 'row', where: call('eq', field('accountId'), me) },
      item: auditShape(accounts),
      latest: true,
    }),
  }
}
