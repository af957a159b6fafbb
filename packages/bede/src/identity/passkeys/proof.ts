import type { Base } from '../../engine/boot.ts'
import { isMembers } from '../../engine/complete.ts'
import { requireSecret } from '../../engine/keys/keys.ts'
import type { Within } from '../../engine/runtime.ts'
import type { Json } from '../../expr/value.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Accounts } from '../account.ts'
import type { Audit } from '../audit.ts'
import type { OneTime } from '../one-time.ts'
import { readTicket, type Ticket, ticketOf } from '../ticket.ts'
import { partyOf } from './party.ts'
import { clientDataIn, textIn } from './response.ts'
import { createPasskeys, mostPasskeys, type Passkeys } from './store.ts'
import { type Party, requireWebAuthn, webAuthn } from './webauthn.ts'

type Account = string | number

/** Passkeys as they are added and shown. */
export interface PasskeyProof {
  readonly passkeys: Passkeys
  /** What a browser makes a passkey with, for this account. Throws a Problem `too-many`. */
  creation(within: Within, account: Account, login: string): Promise<Json>
  /** Adds the passkey that the browser has made. Throws Problems `invalid-passkey`, `already-exists`. */
  add(within: Within, account: Account, made: { readonly response: Json; readonly name: string }): Promise<void>
  /** What a browser shows a passkey with, whosever it is. */
  request(within: Within): Promise<Json>
  /** Whose passkey has signed, and whether the authenticator knows its owner. Throws a Problem `invalid-passkey`. */
  prove(within: Within, response: Json): Promise<{ readonly account: Account; readonly userVerified: boolean }>
}

interface Parts {
  readonly base: Base
  readonly accounts: Accounts
  readonly oneTime: OneTime
  readonly audit: Audit
  /** Where people reach the app. */
  readonly origin: () => string
}

const adding = 'passkey.add'
const showing = 'passkey.show'
/** Seconds in which a browser has to come back: as long as it waits for its user. */
const lasts = 300

/** What an authenticator calls an account (WebAuthn §5.4.3 `user.id`): its id, which tells nothing of a person. */
const handleOf = (account: Account): string => String(account)

/**
 * Throws a Problem `invalid-setting` where there is no secret to seal with, or the package is not installed: the backend
 * does not start (class 103).
 */
export function createPasskeyProof({ base, accounts, oneTime, audit, origin }: Parts): PasskeyProof {
  const { planner, keys, manifest } = base
  requireSecret(keys, 'What a passkey signs is sealed (passkeys)')
  requireWebAuthn()
  const name = accounts.identity.passkeys?.rpName ?? manifest.name
  const party = (): Party => partyOf(origin(), name)
  const passkeys = createPasskeys(planner, accounts)

  /** The challenge that the response is to, if it is one of ours. */
  const asked = (
    within: Within,
    purpose: string,
    response: Json,
  ): (Ticket & { readonly challenge: string }) | undefined => {
    const challenge = clientDataIn(response)?.challenge
    if (challenge === undefined) return undefined
    const ticket = readTicket(keys, purpose, challenge, { now: new Date(within.now), lasts })
    return ticket && { ...ticket, challenge }
  }
  const spend = async (within: Within, purpose: string, { id: token }: Ticket, account: Account): Promise<void> => {
    const now = new Date(within.now)
    if (!(await oneTime.spend(within.connection, { purpose, token, account, lasts }, now))) throw invalid()
  }

  return {
    passkeys,
    async creation(within, account, login) {
      const known = await passkeys.known(within.reader(), account)
      if (known.length >= mostPasskeys)
        throw new Problem('too-many', { message: `An account has at most ${mostPasskeys} passkeys` })
      const challenge = ticketOf(keys, adding, { account }, new Date(within.now))
      return webAuthn.creation({ party: party(), challenge, user: { handle: handleOf(account), name: login }, known })
    },
    async add(within, account, { response, name }) {
      const ticket = asked(within, adding, response)
      if (!ticket || !isMembers(ticket.data) || ticket.data.account !== account) throw invalid()
      const made = await webAuthn.made(response, { party: party(), challenge: ticket.challenge })
      if (!made) throw invalid()
      await spend(within, adding, ticket, account)
      if (await passkeys.add(within.connection, account, { ...made, name }, within.now)) return
      throw new Problem('already-exists', { message: 'This passkey was added before' })
    },
    request(within) {
      return webAuthn.request({ party: party(), challenge: ticketOf(keys, showing, null, new Date(within.now)) })
    },
    async prove(within, response) {
      const ticket = asked(within, showing, response)
      const kept = ticket && (await passkeys.find(within.reader(), textIn(response, 'id') ?? ''))
      if (!kept) throw invalid()
      const { account, id } = kept
      const refused = async (): Promise<Problem> => {
        const details = { passkey: id }
        await within.apart((connection) =>
          audit.note({ ...within, connection }, 'passkey.refused', { account, details }),
        )
        return invalid()
      }
      if (handleIn(response, account) !== handleOf(account)) throw await refused()
      const signed = await webAuthn.signed(response, { party: party(), challenge: ticket.challenge, passkey: kept })
      if (!signed) throw await refused()
      if (!(await passkeys.used(within.connection, id, signed, within.now))) throw invalid()
      await spend(within, showing, ticket, account)
      return { account, userVerified: signed.userVerified }
    },
  }
}

/** Whose it says it is; an authenticator that says nothing is taken at its key's word (WebAuthn §7.2 step 6). */
function handleIn(response: Json, account: Account): string {
  const handle = textIn(response, 'response', 'userHandle')
  return handle === undefined ? handleOf(account) : Buffer.from(handle, 'base64url').toString('utf8')
}

const invalid = (): Problem => new Problem('invalid-passkey')
