import { Problem } from '../../telemetry/problem.ts'
import type { Setting } from '../setting.ts'
import type { Party } from './webauthn.ts'

/** What a passkey belongs to must be a name; the addresses of this machine have one (WebAuthn §5.1.2, RFC 6761 §6.3). */
const loopback = /^(?:127\.\d+\.\d+\.\d+|\[::1\])$/

/**
 * Whose passkeys they are. `origin`: where people reach the app. In development a loopback address stands for
 * `localhost`: browsers make no passkeys for addresses. Throws a Problem `invalid-setting` for an origin without a name.
 */
export function partyOf(origin: string, name: string): Party {
  const url = new URL(origin)
  if (loopback.test(url.hostname)) url.hostname = 'localhost'
  if (/^[\d.]+$|^\[/.test(url.hostname)) {
    throw new Problem('invalid-setting', {
      message: 'Passkeys belong to a name, and the app is reached at an address.',
      hint: 'Set BEDE_ORIGIN to the name at which people reach the app: BEDE_ORIGIN=https://app.example',
    })
  }
  return { id: url.hostname, name, origin: url.origin }
}

/** Where a development is reached that says nothing else. */
const usual = 'http://localhost:3000'

/** Where people reach the app. What is given throws a Problem `invalid-setting` in production where nobody has said it. */
export function passkeyOrigin({ development, origin }: Setting): () => string {
  if (typeof origin === 'function') return origin
  return () => {
    if (origin !== undefined || development) return origin ?? usual
    throw new Problem('invalid-setting', { message: 'Nobody has said where people reach the app (BEDE_ORIGIN)' })
  }
}
