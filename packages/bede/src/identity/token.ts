import { createHash, randomBytes } from 'node:crypto'

/** 256 bits of the system's randomness, in base64url: 43 letters that nobody guesses. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** Whether it has the form of a session's token. Anything else is not looked up. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)

/** What is kept of a token. It has 256 random bits, so a fast hash is as good as a slow one (OWASP Session Management). */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex')

/** The same, with the purpose as part of what is hashed: the same token is another one for another purpose (class 84). */
export const purposeHash = (purpose: string, token: string): string => tokenHash(`${purpose.length}:${purpose}${token}`)

/**
 * What the next access token is asked for with: the family, which stays, and a secret that works once. Whoever shows a
 * family with another secret than the current one has had a token of it: nobody else knows the family.
 */
export const refreshText = (family: string, secret: string): string => `${family}.${secret}`

/** The two parts of a refresh token; undefined: it is none. */
export function readRefresh(text: string): { readonly family: string; readonly secret: string } | undefined {
  const [family = '', secret = '', ...more] = text.split('.')
  return isToken(family) && isToken(secret) && more.length === 0 ? { family, secret } : undefined
}
