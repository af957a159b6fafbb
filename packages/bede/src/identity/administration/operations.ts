import type { Actor } from '../../engine/call.ts'
import { call, field, input } from '../../engine/internal-statement.ts'
import type { ValueType } from '../../expr/value.ts'
import type { Brought } from '../../manifest/link/identity.ts'
import { linkInputs } from '../../manifest/link/input.ts'
import type { AdministrationDefinition, CompiledOperation } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { integer, json, text } from '../../model/fields.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type Accounts, accountTypeOf } from '../account.ts'
import { auditShape } from '../audit-operations.ts'
import type { IdentityHands } from '../hands.ts'
import { operation } from '../operation.ts'
import { sessionAnswer, sessionOutput } from '../session-answer.ts'
import { administers } from './standing.ts'

const eventId: ValueType = { kind: 'id', model: platform.audit, integer: true }
/** `before`: the id of an event; what happened earlier follows. */
const paging = { before: integer({ optional: true }), limit: integer({ min: 1, max: 200, default: 50 }) }

/** Why somebody did something to another's account; it stands in the trail. */
const reason = text({ min: 3, max: 500 })

/**
 * What whoever looks after accounts does to those of others. Nobody does it to somebody who may do it too: those are no
 * weaker than themself.
 */
export function administrationOperations(
  accounts: Accounts,
  administration: AdministrationDefinition,
): Readonly<Record<string, Brought>> {
  const { allow, impersonation } = administration
  const idType = accountTypeOf(accounts)
  const fields = { id: { type: idType } }

  async function target({ within, services }: IdentityHands, input: object): Promise<Actor> {
    const { id } = input as { readonly id: string | number }
    const account = await services.lookUp.byId(within.connection, id)
    if (!account) throw new Problem('not-found', { message: 'There is no such account' })
    if (administers(administration, account.actor)) {
      throw new Problem('forbidden', {
        message: 'The account is one that looks after others, as yours does',
        hint: 'Take that right from it first, or let the system do it: bede call … --system "why".',
      })
    }
    return account.actor
  }

  /** A change of somebody else's account, with its reason in the trail. */
  const change = (
    verb: string,
    event: string,
    { summary, does }: { readonly summary: string; does(hands: IdentityHands, id: string | number): Promise<void> },
  ): Brought =>
    operation(`POST /auth/admin/accounts/:id/${verb}`, {
      summary,
      fields,
      input: { reason },
      allow,
      run: async ({ input, ...hands }) => {
        const { id } = await target(hands, input)
        await does(hands, id)
        const { within, services } = hands
        await services.audit.note(within, event, { account: id, details: { reason: input.reason } })
      },
    })

  const events: CompiledOperation = {
    kind: 'read',
    auth: 'required',
    input: { account: { type: idType, optional: true }, ...linkInputs(paging) },
    answers: {
      kind: 'list',
      from: {
        model: platform.audit,
        as: 'row',
        where: call(
          'and',
          { kind: 'given', path: ['account'], then: call('eq', field('accountId'), input('account', idType)) },
          { kind: 'given', path: ['before'], then: call('lt', field('id'), input('before', eventId)) },
        ),
        order: [{ by: field('id'), direction: 'desc' }],
        limit: input('limit', { kind: 'integer' }),
      },
      item: auditShape(accounts),
    },
  }

  return {
    'auth.admin.suspend': change('suspend', 'account.suspended', {
      summary: 'Let nobody come in with an account until it is restored, and end all it has',
      async does({ within, services: { states, ending, base } }, id) {
        await states.suspend(within.connection, id, base.clock())
        await ending.after(within, 'account.suspended', id)
      },
    }),
    'auth.admin.restore': change('restore', 'account.restored', {
      summary: 'Let a suspended account come in again',
      does: ({ within, services: { states } }, id) => states.suspend(within.connection, id, null),
    }),
    'auth.admin.signOut': change('sign-out', 'account.signed-out', {
      summary: 'End all that an account has: sessions, links, keys',
      async does({ within, services: { ending } }, id) {
        await ending.after(within, 'account.signed-out', id)
      },
    }),
    ...(impersonation !== undefined && {
      'auth.admin.impersonate': operation('POST /auth/admin/accounts/:id/impersonate', {
        summary: 'Act as somebody else for a while; everything that is done so says who really did it',
        fields,
        input: { reason, seconds: integer({ min: 1, max: impersonation, default: impersonation }) },
        output: sessionOutput(accounts.identity),
        allow,
        sensitive: true,
        run: async ({ input, actor, ...hands }) => {
          const { within, services } = hands
          const { id } = await target(hands, input)
          if (await services.states.suspended(within.connection, id)) throw new Problem('account-suspended')
          const opened = await services.sessions.open(within.connection, id, services.base.clock(), {
            impersonation: { by: actor.id, lasts: input.seconds },
          })
          await services.audit.note(within, 'account.impersonated', {
            account: id,
            details: { reason: input.reason, seconds: input.seconds },
          })
          return sessionAnswer({ ...opened, headers: {} })
        },
      }),
    }),
    'auth.admin.events': operation('GET /auth/admin/events', {
      summary: 'What happened to all accounts, or to one, the latest first',
      fields: events.input,
      output: { items: json() },
      allow,
      run: async ({ input, actor, within }) => ({
        items: await within.ask({ operation: events, input: { ...input } }, actor),
      }),
    }),
  }
}
