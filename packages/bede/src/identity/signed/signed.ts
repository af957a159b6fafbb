import type { Base } from '../../engine/boot.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import type { Accounts } from '../account.ts'
import type { Audit } from '../audit.ts'
import { requireOrigin } from '../required-origin.ts'
import type { Setting } from '../setting.ts'
import { type AccessTokens, createAccessTokens } from './access-token.ts'
import { createRefreshing, type Refreshing } from './refreshing.ts'
import { createSigningKeys, type SigningKeys } from './signing-keys.ts'

/** All that signed tokens need. */
export interface Signed {
  readonly keys: SigningKeys
  readonly tokens: AccessTokens
  readonly refreshing: Refreshing
}

/** Undefined where the identity's tokens are opaque. */
export function createSigned(base: Base, accounts: Accounts, audit: Audit, setting: Setting): Signed | undefined {
  const { signed } = accounts.identity.sessions
  if (!signed) return undefined
  const { manifest, planner } = base
  const keys = createSigningKeys(base, signed.keys)
  const origin = () => originOf(manifest, setting)
  const tokens = createAccessTokens({ keys, origin, client: manifest.name, lasts: signed.access })
  return { keys, tokens, refreshing: createRefreshing(planner, accounts, audit, tokens.sign) }
}

/** In whose name tokens are signed. Throws a Problem `invalid-setting`. */
function originOf(manifest: Manifest, { origin, development }: Setting): string {
  if (!development) requireOrigin(manifest, origin)
  return typeof origin === 'function' ? origin() : (origin ?? 'http://localhost')
}
