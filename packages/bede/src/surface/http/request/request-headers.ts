import { Problem } from '../../../telemetry/problem.ts'

/** A string of the Idempotency-Key header field (visible ASCII), with or without the quotes of RFC 8941 §3.3.3. */
const key = /^(?:"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$/

/** The value of `Idempotency-Key`. Throws a Problem `malformed-request`. */
export function idempotencyKeyOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const found = key.exec(header)
  const value = found?.[1] ?? found?.[2]
  if (value === undefined) {
    throw new Problem('malformed-request', {
      message: 'The header Idempotency-Key is not 1 to 255 visible ASCII characters.',
      hint: 'Send a new UUID for each change, and the same one when you repeat it.',
    })
  }
  return value
}

/** More than there are; a preference may be left out of account (RFC 7240 §2). */
const mostPreferences = 20

/** Whether `Prefer` (RFC 7240) asks for `return=minimal`; of two such preferences the first counts (§2). */
export function prefersMinimal(header: string | undefined): boolean {
  if (header === undefined) return false
  for (const item of header.split(',', mostPreferences)) {
    const [preference = ''] = item.split(';', 1)
    const said = preference.replaceAll(' ', '').replaceAll('"', '').toLowerCase()
    if (said.startsWith('return=')) return said === 'return=minimal'
  }
  return false
}
