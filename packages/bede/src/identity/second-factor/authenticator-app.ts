import { Secret, TOTP } from 'otpauth'

/** Codes as every authenticator app makes them (RFC 6238): six digits, a new one each 30 seconds, by HMAC-SHA-1. */
const form = { algorithm: 'SHA1', digits: 6, period: 30 } as const
/** Steps before and after the current one whose codes are taken: clocks differ, and people type slowly (RFC 6238 §5.2). */
const window = 1
/** 160 bits (RFC 4226 §4, R6). */
const secretLength = 20

/** A secret for an app, in base32 as people type it. */
export const newSecret = (): string => new Secret({ size: secretLength }).base32

/** What an app reads out of a QR code: `otpauth://totp/…`. */
export const addressOf = (secret: string, { issuer, label }: { issuer: string; label: string }): string =>
  new TOTP({ ...form, issuer, label, secret }).toString()

/** Whether it has the form of an app's code. */
export const isAppCode = (code: string): boolean => new RegExp(`^\\d{${form.digits}}$`).test(code)

/** The time step whose code this is, near to `now`; undefined: it is none of them. */
export function stepOf(secret: string, code: string, now: Date): number | undefined {
  const timestamp = now.valueOf()
  const delta = TOTP.validate({ ...form, secret: Secret.fromBase32(secret), token: code, timestamp, window })
  return delta === null ? undefined : TOTP.counter({ period: form.period, timestamp }) + delta
}

/** What an app shows at a time. */
export const codeAt = (secret: string, at: Date): string =>
  new TOTP({ ...form, secret: Secret.fromBase32(secret) }).generate({ timestamp: at.valueOf() })

/** Milliseconds for which it shows the same. */
export const codeLasts = form.period * 1000
