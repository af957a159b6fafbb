import { newToken, purposeHash, refreshText, tokenHash } from './token.ts'

/**
 * How the holder of a session shows it. `token`: in the Authorization header. `cookie`: a browser, by itself. `refresh`:
 * it asks for signed tokens with it. Each is hashed as such: what belongs in a cookie is nothing in a header (class 84).
 */
export type SessionForm = 'token' | 'cookie' | 'refresh'

/** What a session is shown by, and what is kept of it. */
export interface SessionSecret {
  readonly shown: string
  readonly tokenHash: string
  /** Of the family of its refresh tokens, which every signed token names. */
  readonly familyHash: string | null
}

export const secretHash = (form: SessionForm, secret: string): string =>
  form === 'token' ? tokenHash(secret) : purposeHash(form, secret)

export const familyHashOf = (family: string): string => purposeHash('family', family)

export function newSessionSecret(form: SessionForm, family: string = newToken()): SessionSecret {
  const secret = newToken()
  const kept = secretHash(form, secret)
  return form === 'refresh'
    ? { shown: refreshText(family, secret), tokenHash: kept, familyHash: familyHashOf(family) }
    : { shown: secret, tokenHash: kept, familyHash: null }
}
