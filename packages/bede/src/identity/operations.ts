import type { Accounts, Brought } from '../manifest/link/identity.ts'
import type { Shape } from '../manifest/manifest.ts'
import { accountOperations } from './account-operations.ts'
import { administrationOperations } from './administration/operations.ts'
import { apiKeyOperations } from './api-keys/operations.ts'
import { serviceOperations } from './api-keys/service-operations.ts'
import { auditOperations } from './audit-operations.ts'
import { organizationOperations } from './organizations/operations.ts'
import { permissionOperations } from './permission-operations.ts'

/**
 * All operations that a declared identity brings, by name: each part those of what is turned on. `account`: what one sees
 * of one's own account; absent, its id and what it signs in with.
 */
export const identityOperations = (accounts: Accounts, account?: Shape): Readonly<Record<string, Brought>> => ({
  ...accountOperations(accounts, account),
  ...auditOperations(accounts),
  ...(accounts.identity.administration && administrationOperations(accounts, accounts.identity.administration)),
  ...(accounts.organizations && organizationOperations(accounts, accounts.organizations)),
  ...apiKeyOperations(accounts),
  ...serviceOperations(accounts),
  ...(accounts.identity.permissions !== false && permissionOperations()),
})
