import { createHash, randomBytes } from 'node:crypto'

/** 256 bits of the system's randomness, in base64url: 43 letters that nobody guesses. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** Whether it has the form of a session's token. Anything else is not looked up. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)

/** What is kept of a token. It has 256 random bits, so a fast hash is as good as a slow one (OWASP Session Management). */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex')
