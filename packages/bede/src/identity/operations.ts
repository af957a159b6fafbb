import type { Accounts, Brought } from '../manifest/link/identity.ts'
import type { Shape } from '../manifest/manifest.ts'
import { accountOperations } from './account-operations.ts'
import { administrationOperations } from './administration/operations.ts'
import { apiKeyOperations } from './api-keys/operations.ts'
import { serviceOperations } from './api-keys/service-operations.ts'
import { auditOperations } from './audit-operations.ts'
import { emailOperations } from './email/operations.ts'
import { magicOperations } from './magic/operations.ts'
import { organizationOperations } from './organizations/operations.ts'
import { passkeyOperations } from './passkeys/operations.ts'
import { passwordOperations } from './password/operations.ts'
import { permissionOperations } from './permission-operations.ts'
import { totpOperations } from './second-factor/operations.ts'
import { sessionOperations } from './session-operations.ts'
import { signedOperations } from './signed/operations.ts'
import { stepUpOperations } from './step-up.ts'

/**
 * All operations that a declared identity brings, by name: each part those of what is turned on. `account`: what one sees
 * of one's own account; absent, its id and what it signs in with.
 */
export const identityOperations = (accounts: Accounts, account?: Shape): Readonly<Record<string, Brought>> =>
  withStepUp(accounts, {
    ...accountOperations(accounts, account),
    ...passwordOperations(accounts),
    ...emailOperations(accounts),
    ...magicOperations(accounts),
    ...sessionOperations(accounts),
    ...auditOperations(accounts),
    ...(accounts.identity.administration && administrationOperations(accounts, accounts.identity.administration)),
    ...(accounts.identity.sessions.signed && signedOperations(accounts)),
    ...(accounts.organizations && organizationOperations(accounts, accounts.organizations)),
    ...apiKeyOperations(accounts),
    ...serviceOperations(accounts),
    ...(accounts.identity.permissions !== false && permissionOperations()),
    ...stepUpOperations(accounts),
    ...totpOperations(accounts),
    ...passkeyOperations(accounts),
  })

/** What is dangerous in wrong hands asks again who somebody is, where there is a way to say so. */
const withStepUp = (
  { identity: { stepUp } }: Accounts,
  operations: Readonly<Record<string, Brought>>,
): Readonly<Record<string, Brought>> =>
  Object.fromEntries(
    Object.entries(operations).map(([name, brought]) => [
      name,
      stepUp && brought.guarded ? { ...brought, operation: { ...brought.operation, stepUp: stepUp.within } } : brought,
    ]),
  )
