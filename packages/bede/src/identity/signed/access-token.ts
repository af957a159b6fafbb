import type { Connection } from '../../store/driver.ts'
import { newToken } from '../token.ts'
import { algorithm, jose, type SigningKeys } from './signing-keys.ts'

/** What a signed token says (RFC 9068 §2.2). It holds nothing of what its account may do: that is looked up. */
export interface AccessClaims {
  readonly account: string
  /** Which session it belongs to: the hash of its family of refresh tokens. */
  readonly familyHash: string
  readonly until: Date
}

/** Signed tokens of one backend. */
export interface AccessTokens {
  sign(
    about: { readonly familyHash: string; readonly account: string | number },
    now: Date,
    on?: Connection,
  ): Promise<{ readonly token: string; readonly expiresAt: string }>
  /** Undefined: it is not one of ours, or no longer good. */
  verify(token: string, now: Date): Promise<AccessClaims | undefined>
}

export interface AccessTokenOptions {
  readonly keys: SigningKeys
  /** Who signs, and whom the tokens are for: the same service. */
  readonly origin: () => string
  /** The app, as the one client there is (RFC 9068 §2.2). */
  readonly client: string
  /** Seconds. */
  readonly lasts: number
}

/** Says that it is no ID token and nothing else that is signed here or elsewhere (RFC 9068 §2.1; class 84). */
const type = 'at+jwt'
/** Seconds by which the clocks of two processes may differ. */
const skew = 60
const claimed = ['iss', 'sub', 'aud', 'sid', 'iat', 'exp', 'jti']

export function createAccessTokens({ keys, origin, client, lasts }: AccessTokenOptions): AccessTokens {
  return {
    async sign({ familyHash, account }, now, on) {
      const { SignJWT } = await jose()
      const issued = Math.floor(now.valueOf() / 1000)
      const { kid, key } = await keys.current(now, on)
      const token = await new SignJWT({ sid: familyHash, client_id: client })
        .setProtectedHeader({ alg: algorithm, typ: type, kid })
        .setIssuer(origin())
        .setAudience(origin())
        .setSubject(String(account))
        .setIssuedAt(issued)
        .setExpirationTime(issued + lasts)
        .setJti(newToken())
        .sign(key)
      return { token, expiresAt: new Date((issued + lasts) * 1000).toISOString() }
    },
    async verify(token, now) {
      const { errors, jwtVerify } = await jose()
      const own = origin()
      try {
        const { payload } = await jwtVerify(
          token,
          async ({ kid }) => {
            const key = typeof kid === 'string' ? await keys.find(kid, now) : undefined
            if (!key) throw new errors.JWKSNoMatchingKey()
            return key
          },
          {
            algorithms: [algorithm],
            typ: type,
            issuer: own,
            audience: own,
            requiredClaims: claimed,
            currentDate: now,
          },
        )
        const { sub, aud, sid, iat, exp } = payload
        if (typeof sub !== 'string' || typeof sid !== 'string' || aud !== own) return undefined
        if (iat === undefined || exp === undefined) return undefined
        // Ours live no longer, and begin now or before.
        if (exp - iat > lasts || iat > now.valueOf() / 1000 + skew) return undefined
        return { account: sub, familyHash: sid, until: new Date(exp * 1000) }
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}
