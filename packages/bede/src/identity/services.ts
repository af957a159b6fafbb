import type { Base } from '../engine/boot.ts'
import { createPermissions, type Permissions } from '../engine/permissions/permissions.ts'
import type { Accounts } from './account.ts'
import { type AccountStates, createAccountStates } from './account-state.ts'
import { type Allowances, createAllowances } from './allowances.ts'
import { createServiceAccounts, type ServiceAccounts } from './api-keys/services.ts'
import { type ApiKeys, createApiKeys } from './api-keys/store.ts'
import { type Audit, createAudit } from './audit.ts'
import { createEmailChanges, type EmailChanges } from './email/change.ts'
import { createEnding, type Endable, type Ending } from './ending.ts'
import { createGuesses, type Guesses } from './guesses.ts'
import { createLookUp, type LookUp } from './look-up.ts'
import type { Post } from './mail/post.ts'
import { createOneTime, type OneTime } from './one-time.ts'
import { createOrganizationStores, type OrganizationStores } from './organizations/stores.ts'
import { passkeyOrigin } from './passkeys/party.ts'
import { createPasskeyProof, type PasskeyProof } from './passkeys/proof.ts'
import { type Attempts, createAttempts } from './password/attempts.ts'
import { createSecondFactor, type SecondFactor } from './second-factor/second-factor.ts'
import { type SessionCookie, sessionCookie } from './session-cookie.ts'
import { createSessions, type Sessions } from './sessions.ts'
import type { Setting } from './setting.ts'
import { createSigned, type Signed } from './signed/signed.ts'

/** What identity's own operations work with; made once, at the start. */
export interface Services {
  readonly base: Base
  readonly accounts: Accounts
  readonly sessions: Sessions
  /** Absent: sessions are not kept in cookies. */
  readonly cookie?: SessionCookie
  /** Absent: tokens are opaque. */
  readonly signed?: Signed
  readonly oneTime: OneTime
  readonly lookUp: LookUp
  readonly states: AccountStates
  readonly allowances: Allowances
  readonly guesses: Guesses
  /** At signing in by a password. */
  readonly attempts: Attempts
  /** Where authenticator apps are turned on. */
  readonly secondFactor?: SecondFactor
  /** Where passkeys are turned on. */
  readonly passkeyProof?: PasskeyProof
  /** Absent: the app has none. */
  readonly apiKeys?: ApiKeys
  readonly serviceAccounts?: ServiceAccounts
  /** Absent: addresses are not changed here. */
  readonly emailChanges?: EmailChanges
  readonly audit: Audit
  readonly ending: Ending
  readonly post: Post
  /** Made when they are first asked for. */
  readonly organizations: OrganizationStores
  readonly permissions: Permissions
  /** Deletes what has expired, behind the call and at most once an hour. */
  tidy(): void
}

/** In milliseconds. */
const tidyEvery = 60 * 60 * 1000
/** For so long people see in their list which key it was that has expired. */
const keptExpired = 30 * 24 * 60 * 60 * 1000

export function createServices(base: Base, accounts: Accounts, post: Post, setting: Setting): Services {
  const { planner, clock, connection, manifest } = base
  const cookie = sessionCookie(manifest, setting.development)
  const audit = createAudit(planner, accounts)
  const signed = createSigned(base, accounts, audit, setting)
  const sessions = createSessions(planner, accounts, signed?.tokens.sign)
  const oneTime = createOneTime(planner, accounts)
  const apiKeys = accounts.identity.apiKeys && createApiKeys(planner, accounts)
  const allowances = createAllowances(planner)
  const guesses = createGuesses(planner)
  const passkeyProof =
    accounts.identity.passkeys && createPasskeyProof({ base, accounts, oneTime, audit, origin: passkeyOrigin(setting) })
  const secondFactor = accounts.identity.totp && createSecondFactor({ base, accounts, guesses, audit })
  const emailChanges = accounts.identity.email?.change === undefined ? undefined : createEmailChanges(planner, accounts)
  const kinds: readonly Endable[] = [
    // Before sessions: a sign-in that has begun would open another one.
    ...(secondFactor ? [{ kind: 'oneTime', endAll: secondFactor.endAll } as const] : []),
    { kind: 'session', endAll: sessions.endAll },
    { kind: 'oneTime', endAll: (on, account) => oneTime.revoke(on, account) },
    ...(passkeyProof ? [{ kind: 'passkey', endAll: passkeyProof.passkeys.endAll } as const] : []),
    ...(apiKeys ? [{ kind: 'apiKey', endAll: apiKeys.endAll } as const] : []),
    ...(emailChanges ? [{ kind: 'oneTime', endAll: emailChanges.end } as const] : []),
  ]
  let organizations: OrganizationStores | undefined
  const organizationStores = (): OrganizationStores => {
    organizations ??= createOrganizationStores(planner, accounts)
    return organizations
  }
  let tidied = 0
  return {
    base,
    accounts,
    sessions,
    ...(cookie && { cookie }),
    ...(signed && { signed }),
    oneTime,
    lookUp: createLookUp(planner, accounts),
    states: createAccountStates(planner, accounts),
    allowances,
    guesses,
    attempts: createAttempts(base),
    ...(secondFactor && { secondFactor }),
    ...(passkeyProof && { passkeyProof }),
    ...(apiKeys && { apiKeys, serviceAccounts: createServiceAccounts(planner, accounts) }),
    audit,
    ...(emailChanges && { emailChanges }),
    ending: createEnding(kinds, sessions),
    post,
    get organizations() {
      return organizationStores()
    },
    permissions: createPermissions(base.manifest, planner),
    tidy() {
      const now = clock()
      if (now.valueOf() - tidied <= tidyEvery) return
      tidied = now.valueOf()
      base.background('delete expired sessions', () => sessions.purge(connection, now))
      if (apiKeys)
        base.background('delete expired keys', () => apiKeys.purge(connection, new Date(now.valueOf() - keptExpired)))
      base.background('delete expired links and codes', () => oneTime.purge(connection, now))
      if (signed) base.background('delete old keys', () => signed.keys.purge(now))
      base.background('delete old counts', () => allowances.purge(connection, now))
      if (accounts.organizations) {
        base.background('delete expired invitations', () => organizationStores().invitations.purge(connection, now))
      }
      if (emailChanges) base.background('delete old moves of addresses', () => emailChanges.purge(connection, now))
    },
  }
}
