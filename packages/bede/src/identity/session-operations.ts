import { answer } from '../declare/reply.ts'
import type { Actor } from '../engine/call.ts'
import { type Credential, credentialOf } from '../engine/credential.ts'
import { after, boolean, call, field, input, is, time, value, text as words } from '../engine/internal-statement.ts'
import type { Expr } from '../expr/expr.ts'
import type { Accounts, Brought } from '../manifest/link/identity.ts'
import type { CompiledOperation } from '../manifest/manifest.ts'
import { platform } from '../manifest/platform/names.ts'
import { array, bool, id, object, text, timestamp } from '../model/fields.ts'
import { operation } from './operation.ts'
import { renewedAnswer, sessionOutput } from './session-answer.ts'
import { aliveSession, sessionId } from './sessions.ts'

const model = platform.session
/** Sessions that are listed; whoever has more ends them all. */
const most = 100
/** Of no session: who comes with a key or a test's actor has none. */
const none = '00000000-0000-0000-0000-000000000000'

const isThis: Expr = call('eq', field('id'), input('current', sessionId))

/** Under the policy of sessions, which are everybody's own; this one first, then as they were used. */
const living: CompiledOperation = {
  kind: 'read',
  auth: 'required',
  input: { current: { type: sessionId }, now: { type: time }, idleSince: { type: time } },
  answers: {
    kind: 'list',
    from: {
      model,
      as: 'row',
      where: aliveSession,
      order: [
        { by: isThis, direction: 'desc' },
        { by: field('usedAt'), direction: 'desc' },
        { by: field('id'), direction: 'desc' },
      ],
      limit: { kind: 'literal', value: most, type: { kind: 'integer' } },
    },
    item: {
      kind: 'object',
      members: {
        id: value(field('id'), sessionId),
        current: value(isThis, boolean),
        createdAt: value(field('createdAt'), time),
        usedAt: value(field('usedAt'), time),
        expiresAt: value(field('expiresAt'), time),
        userAgent: value(field('userAgent'), words, true),
      },
    },
  },
}

const ending: CompiledOperation = {
  kind: 'write',
  auth: 'required',
  input: { id: { type: sessionId } },
  write: { kind: 'delete', model, target: is('eq', 'id', sessionId) },
}

/** Where one is signed in, and how one ends that elsewhere. */
export const sessionOperations = ({ identity }: Accounts): Readonly<Record<string, Brought>> => ({
  'auth.sessions.list': operation('GET /auth/sessions', {
    summary: 'Where this account is signed in: this session first, then those used last, a hundred at most',
    output: {
      items: array(
        object({
          id: text(),
          current: bool(),
          createdAt: timestamp(),
          usedAt: timestamp(),
          expiresAt: timestamp(),
          userAgent: text({ nullable: true }),
        }),
      ),
    },
    run: async ({ actor, within, now }) => {
      const idleSince = after(new Date(now), -identity.sessions.idle)
      const asked = { current: sessionOf(actor)?.id ?? none, now, idleSince }
      return { items: await within.ask({ operation: living, input: asked }, actor) }
    },
  }),
  'auth.sessions.end': operation('DELETE /auth/sessions/:id', {
    summary: 'End one of the sessions of this account',
    input: { id: id<typeof model>() },
    run: async ({ input, actor, within, services }) => {
      await within.ask({ operation: ending, input }, actor)
      await services.audit.note(within, 'session.ended', { account: actor.id, details: { session: input.id } })
      const own = sessionOf(actor)
      const gone = services.cookie && own?.cookie && own.id === input.id
      return answer({ headers: gone ? { 'Set-Cookie': services.cookie.cleared } : {} })
    },
  }),
  'auth.sessions.endOthers': operation('DELETE /auth/sessions', {
    summary: 'End every session of this account but this one, which goes on under another token',
    output: sessionOutput(identity),
    sensitive: true,
    run: async ({ actor, within, services }) => {
      const opened = await services.ending.after(within, 'sessions.ended', actor.id)
      await services.audit.note(within, 'sessions.ended', { account: actor.id })
      return renewedAnswer(services, opened)
    },
  }),
})

function sessionOf(actor: Actor): Credential | undefined {
  const credential = credentialOf(actor)
  return credential?.kind === 'session' ? credential : undefined
}
