import type { Actor } from '../engine/call.ts'
import { isMembers } from '../engine/complete.ts'
import { internalCall } from '../engine/internal-call.ts'
import { call, field, input, text, value } from '../engine/internal-statement.ts'
import type { Expr } from '../expr/expr.ts'
import type { Json, ValueType } from '../expr/value.ts'
import { platform } from '../manifest/platform/names.ts'
import type { Planner } from '../sql/planner.ts'
import type { Connection } from '../store/driver.ts'
import { type Accounts, actorFrom, actorShape } from './account.ts'

/** An account as it stands, for whoever has to prove that it is theirs. */
export interface Account {
  readonly actor: Actor
  /** What it signs in with. */
  readonly login: string
  /** Of its password. */
  readonly hash: string | undefined
  /** Where its mails go; undefined: nowhere. */
  readonly email: string | undefined
  /** Its owner has shown that this address is theirs. */
  readonly verified: boolean
  /** Somebody has shown that an address of this account was theirs: this one, or one before it. */
  readonly everVerified: boolean
}

/** Finds accounts, each in one statement. */
export interface LookUp {
  byLogin(connection: Connection, login: string): Promise<Account | undefined>
  /** Only where mails are sent to accounts. `email`: in lower case. */
  byEmail(connection: Connection, email: string): Promise<Account | undefined>
  byId(connection: Connection, id: string | number): Promise<Account | undefined>
}

const none: Expr = { kind: 'literal', value: null, type: text }

export function createLookUp(planner: Planner, accounts: Accounts): LookUp {
  const { identity, model } = accounts
  const { email } = identity
  const typeOf = (name: string): ValueType => model.fields[name]?.type ?? text
  const by = (name: string) =>
    internalCall(planner, {
      kind: 'read',
      answers: {
        kind: 'one',
        from: { model: identity.model, as: 'row', where: call('eq', field(name), input('is', typeOf(name))) },
        item: {
          kind: 'object',
          members: {
            actor: actorShape(accounts, 'row'),
            login: value(field(identity.login), typeOf(identity.login)),
            hash: value(field(identity.password), { kind: 'secret' }, true),
            email: value(email ? field(email.field) : none, text, true),
            verified: {
              kind: 'one',
              from: {
                model: platform.accountState,
                as: 'state',
                where: call('eq', field('accountId', 'state'), field(model.id)),
              },
              item: value(field('verifiedEmail', 'state'), text, true),
              nullable: true,
            },
          },
        },
      },
    })
  const byLogin = by(identity.login)
  const byEmail = by(email?.field ?? identity.login)
  const byId = by(model.id)
  const asking =
    (statement: typeof byLogin) =>
    async (connection: Connection, is: string | number): Promise<Account | undefined> => {
      const row = await statement.run(connection, { is })
      return row?.[0] == null ? undefined : accountFrom(JSON.parse(row[0]))
    }
  return { byLogin: asking(byLogin), byEmail: asking(byEmail), byId: asking(byId) }
}

function accountFrom(json: Json): Account | undefined {
  if (!isMembers(json)) return undefined
  const { login, hash, email, verified } = json
  return {
    actor: actorFrom(json.actor ?? null),
    login: typeof login === 'string' ? login : '',
    hash: typeof hash === 'string' ? hash : undefined,
    email: typeof email === 'string' ? email : undefined,
    verified: typeof email === 'string' && email === verified,
    everVerified: typeof verified === 'string',
  }
}
