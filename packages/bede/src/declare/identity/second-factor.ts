import { Problem } from '../../telemetry/problem.ts'
import { readSpan, type Span } from '../../toolkit/span.ts'

/** What accounts show beside what they sign in with, and when they are asked for it again. */
export interface SecondFactorOptions {
  /** Codes of an authenticator app (RFC 6238), with recovery codes. `issuer`: whose they are in that app; the app's name when absent. */
  readonly totp?: true | { readonly issuer?: string }
  /** Passkeys (WebAuthn). `rpName`: whose they are in the browser's words; the app's name when absent. */
  readonly passkeys?: true | { readonly rpName?: string }
  /**
   * What asks again who somebody is: the operations named here, and identity's own dangerous ones. `within`: how long the
   * last proof counts, 10 minutes when absent.
   */
  readonly stepUp?: { readonly within?: Span; readonly operations?: readonly string[] }
}

/** The same, as recorded. What is off is absent. */
export interface RecordedSecondFactor {
  readonly totp?: { readonly issuer?: string }
  readonly passkeys?: { readonly rpName?: string }
  readonly stepUp?: { readonly within: number; readonly operations: readonly string[] }
}

/** Options as they come, from code that no compiler may have seen. */
export interface LooseSecondFactor {
  readonly totp?: true | { readonly issuer?: string }
  readonly passkeys?: true | { readonly rpName?: string }
  readonly stepUp?: { readonly within?: string; readonly operations?: readonly string[] }
}

const usualWithin = '10m'

export function recordSecondFactor(
  { totp, passkeys, stepUp }: LooseSecondFactor,
  routes: boolean,
  place: string,
): RecordedSecondFactor {
  const asked = Object.entries({ totp, passkeys, stepUp }).find(([, value]) => value !== undefined)
  if (!asked) return {}
  if (!routes) {
    throw new Problem('invalid-declaration', {
      message: `${place}: ${asked[0]} works through routes under /auth, and routes is false`,
      hint: 'Take routes: false out. Routes of your own may stand beside those under /auth.',
    })
  }
  return {
    ...(totp && { totp: named('issuer', totp === true ? {} : totp, `${place} totp`) }),
    ...(passkeys && { passkeys: named('rpName', passkeys === true ? {} : passkeys, `${place} passkeys`) }),
    stepUp: { within: seconds(stepUp?.within ?? usualWithin, place), operations: [...(stepUp?.operations ?? [])] },
  }
}

/** Names stand in addresses and in the browser's words: one line, without the colon that ends an issuer. */
function named<N extends string>(name: N, options: { readonly [K in N]?: string }, place: string) {
  const value = options[name]
  if (value === undefined) return {}
  if (/^[^\p{C}:]{1,60}$/u.test(value) && value.trim() === value) return { [name]: value }
  throw new Problem('invalid-declaration', {
    message: `${place}.${name} is ${JSON.stringify(value)}`,
    hint: `Write the name people know: ${name}: 'Conduit'. It is one line of at most 60 letters, without a colon.`,
  })
}

function seconds(span: string, place: string): number {
  const length = readSpan(span)
  if (length !== undefined) return length
  throw new Problem('invalid-declaration', {
    message: `${place} stepUp.within is '${span}'`,
    hint: "Write a length of time like '10m' or '1h'.",
  })
}
