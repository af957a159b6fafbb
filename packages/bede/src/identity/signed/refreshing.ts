import { internalCall } from '../../engine/internal-call.ts'
import { after, call, input, is, text } from '../../engine/internal-statement.ts'
import type { Within } from '../../engine/runtime.ts'
import type { Json } from '../../expr/value.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Planner } from '../../sql/planner.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type Accounts, accountTypeOf } from '../account.ts'
import type { Audit } from '../audit.ts'
import { familyHashOf, newSessionSecret, secretHash } from '../session-secret.ts'
import { aliveSession, type Opened, type SignToken, sessionRow, sessionRowFrom } from '../sessions.ts'
import { readRefresh } from '../token.ts'

/** Gives the next signed token of a session. */
export interface Refreshing {
  /**
   * For the current refresh token of a session a signed one and the next refresh token. One that was current before has
   * been copied: the session ends, whoever has sent it (RFC 9700 §4.14.2). Of many that come at once with the same, one
   * is the first, and the second ends the session. Problem `invalid-credential`, the same for all that are refused.
   */
  refresh(within: Within, token: string): Promise<Opened>
}

const model = platform.session

export function createRefreshing(planner: Planner, accounts: Accounts, audit: Audit, sign: SignToken): Refreshing {
  const row = sessionRow(accountTypeOf(accounts))
  const family = is('eq', 'familyHash', text)
  const renew = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: call('and', family, is('eq', 'tokenHash', text), aliveSession),
      set: { tokenHash: input('next', text), usedAt: { kind: 'now' } },
    },
    answers: row,
  })
  const revoke = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: call('and', family, is('ne', 'tokenHash', text)), absent: 'ok' },
    answers: row,
  })

  return {
    async refresh(within, token) {
      const shown = readRefresh(token)
      const now = new Date(within.now)
      // What it finds out stays, although the answer is a refusal.
      const opened =
        shown &&
        (await within.apart(async (connection): Promise<Opened | undefined> => {
          const [familyHash, tokenHash] = [familyHashOf(shown.family), secretHash('refresh', shown.secret)]
          const next = newSessionSecret('refresh', shown.family)
          const values = {
            familyHash,
            tokenHash,
            next: next.tokenHash,
            now: within.now,
            idleSince: after(now, -accounts.identity.sessions.idle),
          }
          const [, body] = (await renew.run(connection, values, { now: within.now })) ?? []
          if (body != null) {
            const { id, account } = sessionRowFrom(parsed(body))
            return { id, ...(await sign({ familyHash, account }, now, connection)), refreshToken: next.shown }
          }
          const [, ended] = (await revoke.run(connection, { familyHash, tokenHash }, { now: within.now })) ?? []
          if (ended != null) {
            const { account } = sessionRowFrom(parsed(ended))
            await audit.note({ ...within, connection }, 'session.reused', { account })
          }
          return undefined
        }))
      if (opened) return opened
      throw new Problem('invalid-credential', { message: 'The refresh token is not valid.' })
    },
  }
}

const parsed = (body: string): Json => JSON.parse(body)
