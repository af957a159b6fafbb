import type { Showing } from '../session-authenticator.ts'
import type { AccessTokens } from './access-token.ts'

/** Three parts in base64url (RFC 7515 §7.1). */
const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/**
 * Signed tokens in the Authorization header. The signature says which session it is, and no more: whether that lives, and
 * what its account may do, is read as for any other, so that what ends it ends every token of it.
 */
export const bySigned = ({ verify }: AccessTokens): Showing => ({
  name: 'signed',
  recognizes: (credential) => form.test(credential),
  async named(token, now) {
    const claims = await verify(token, now)
    return claims && { familyHash: claims.familyHash, of: { account: claims.account, until: claims.until } }
  },
})
