import type { Actor } from '../engine/call.ts'
import type { StopSignal } from '../store/stop.ts'

/** One kind of credential: sessions now; API keys, signed tokens and others add themselves. */
export interface Authenticator {
  readonly name: string
  /** Whether the text has the form of this kind. Costs nothing and asks nobody. */
  recognizes(credential: string): boolean
  /** Whose credential it is; null when it is unknown, expired or revoked. */
  authenticate(credential: string, signal?: StopSignal): Promise<Actor | null>
}

/** Whose credential this is. Null is nobody's, which a surface answers with 401: it is never taken as no credential (class 36). */
export type Authenticate = (credential: string, signal?: StopSignal) => Promise<Actor | null>

/** Asks the first kind that recognizes the credential. */
export const authenticateBy =
  (kinds: readonly Authenticator[]): Authenticate =>
  async (credential, signal) => {
    const kind = kinds.find((one) => one.recognizes(credential))
    return kind ? kind.authenticate(credential, signal) : null
  }
