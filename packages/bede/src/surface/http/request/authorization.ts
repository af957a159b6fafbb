import { Problem } from '../../../telemetry/problem.ts'

/** Longer than any token; what is longer is not looked at. */
const longest = 4096
/** RFC 9110 §11.2 `token68`: what follows the scheme. */
const token = /^[A-Za-z0-9._~+/-]+=*$/

/**
 * The token of an Authorization header (RFC 9110 §11.6.2, RFC 6750 §2.1), or null when there is no header. A header that
 * cannot be read is a refusal and never nobody: who says who they are and is not understood must hear it.
 * Throws a Problem `invalid-credential`.
 */
export function credentialOf(header: string | undefined, scheme: string): string | null {
  if (header === undefined) return null
  const credential = header.slice(scheme.length + 1)
  const named = header.slice(0, scheme.length + 1).toLowerCase() === `${scheme.toLowerCase()} `
  if (!named || header.length > longest || !token.test(credential)) {
    throw new Problem('invalid-credential', {
      message: 'The Authorization header cannot be read.',
      hint: `It looks like: Authorization: ${scheme} <token>`,
    })
  }
  return credential
}

/** Whether a text has the letters of a credential; what has not is nobody's and is not looked at. */
export const isCredential = (text: string): boolean => text.length <= longest && token.test(text)

/**
 * `WWW-Authenticate` of a refusal (RFC 9110 §11.6.1): of a 401, and of any that says which credential would do. With
 * `error` when there was a credential (RFC 6750 §3.1).
 */
export function challenge(scheme: string, realm: string, { code, challenge: asked = {} }: Problem): string {
  const rejected = code === 'invalid-credential' ? { error: 'invalid_token' } : {}
  const said = Object.entries({ realm: realm.replace(/[^\w .-]/g, ''), ...rejected, ...asked })
  return `${scheme} ${said.map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`).join(', ')}`
}
