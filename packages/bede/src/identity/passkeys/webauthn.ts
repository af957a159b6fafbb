import { pathToFileURL } from 'node:url'
import type { Json } from '../../expr/value.ts'
import { Problem } from '../../telemetry/problem.ts'
import { resolveOptional } from '../../toolkit/optional-package.ts'
import { clientDataIn, textIn } from './response.ts'

/** Whose passkeys they are, and from where they are used. */
export interface Party {
  /** The host that they belong to (WebAuthn §5.1.2 `rp.id`). */
  readonly id: string
  readonly name: string
  readonly origin: string
}

/** A passkey that has been made. */
export interface Made {
  readonly credentialId: string
  /** COSE, base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly backedUp: boolean
}

/** What a passkey has signed with. */
export interface Signed {
  readonly counter: number
  readonly backedUp: boolean
  /** The authenticator has made sure by itself that it is its owner: by a finger, a face or a PIN. */
  readonly userVerified: boolean
}

/** As much of WebAuthn (Level 3) as passkeys need. */
export interface WebAuthn {
  /** What `navigator.credentials.create` is called with. `challenge`: base64url. */
  creation(asked: {
    readonly party: Party
    readonly challenge: string
    readonly user: { readonly handle: string; readonly name: string }
    /** Credential ids of passkeys the account has. */
    readonly known: readonly string[]
  }): Promise<Json>
  /** What `navigator.credentials.get` is called with: for any passkey of the party. */
  request(asked: { readonly party: Party; readonly challenge: string }): Promise<Json>
  /** Undefined: it does not prove that a passkey was made for this challenge, here (§7.1). */
  made(response: Json, expected: { readonly party: Party; readonly challenge: string }): Promise<Made | undefined>
  /** Undefined: it does not prove that this passkey has signed this challenge, here (§7.2). */
  signed(
    response: Json,
    expected: { readonly party: Party; readonly challenge: string; readonly passkey: Omit<Made, 'backedUp'> },
  ): Promise<Signed | undefined>
}

/** The package, installed by whoever turns passkeys on. */
const named = '@simplewebauthn/server'
/** EdDSA, ES256 and RS256 (RFC 9053, RFC 8812): every authenticator makes keys of one of them. */
const algorithms = [-8, -7, -257]
/** Milliseconds a browser waits for its user. */
const patience = 300_000

/** Throws a Problem `invalid-setting` where the package is not installed: the backend does not start. */
export function requireWebAuthn(part = named): string {
  try {
    return resolveOptional(part)
  } catch (cause) {
    throw new Problem('invalid-setting', {
      message: `Passkeys are turned on, and they need the package ${named}, which cannot be found.`,
      hint: `Run npm install ${named}@14 in the project.`,
      cause,
    })
  }
}

type Call = (options: unknown) => unknown
const loaded = new Map<string, Promise<unknown>>()

/** One of the package's functions. It is loaded when a passkey is first used. */
async function library(name: string, part = named): Promise<Call> {
  const path = requireWebAuthn(part)
  const loading = loaded.get(path) ?? import(pathToFileURL(path).href)
  loaded.set(path, loading)
  const found: unknown = Reflect.get(Object(await loading), name)
  if (typeof found !== 'function') throw new TypeError(`${part} has no export ${name}`)
  return found as Call // checked by what it is used for: it is another package's
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'))

/** What a verification found; undefined where it refused, or threw because the response is not as it must be. */
async function verdict(verify: Call, options: object): Promise<Members | undefined> {
  try {
    const answer = members(await verify(options))
    return answer.verified === true ? answer : undefined
  } catch {
    return undefined
  }
}

type Members = Readonly<Record<string, unknown>>
const members = (value: unknown): Members => Object(value)

/** In a page of the party's own, and in no frame of another's (WebAuthn §13.4.9). */
const isOwnPage = (response: Json): boolean => clientDataIn(response)?.framed === false

/**
 * Whether nobody vouches for the authenticator, or it does so by itself: none was asked for (§5.4.7), and what others have
 * signed is not looked at.
 */
async function attestsNothing(response: Json): Promise<boolean> {
  const decode = await library('decodeAttestationObject', `${named}/helpers`)
  try {
    const object: unknown = decode(bytes(textIn(response, 'response', 'attestationObject') ?? ''))
    if (!(object instanceof Map)) return false
    const statement: unknown = object.get('attStmt')
    return (
      object.get('fmt') === 'none' ||
      (object.get('fmt') === 'packed' && !(statement instanceof Map && statement.has('x5c')))
    )
  } catch {
    return false
  }
}

export const webAuthn: WebAuthn = {
  async creation({ party, challenge, user, known }) {
    const options = await library('generateRegistrationOptions')
    const made = await options({
      rpID: party.id,
      rpName: party.name,
      challenge: bytes(challenge),
      userID: new TextEncoder().encode(user.handle),
      userName: user.name,
      userDisplayName: user.name,
      timeout: patience,
      supportedAlgorithmIDs: algorithms,
      attestationType: 'none',
      excludeCredentials: known.map((id) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    })
    return JSON.parse(JSON.stringify(made))
  },
  async request({ party, challenge }) {
    const options = await library('generateAuthenticationOptions')
    const made = await options({
      rpID: party.id,
      challenge: bytes(challenge),
      timeout: patience,
      userVerification: 'preferred',
    })
    return JSON.parse(JSON.stringify(made))
  },
  async made(response, { party, challenge }) {
    if (!isOwnPage(response) || !(await attestsNothing(response))) return undefined
    const found = await verdict(await library('verifyRegistrationResponse'), {
      response,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: algorithms,
    })
    const info = members(found?.registrationInfo)
    const { id, publicKey, counter } = members(info.credential)
    if (typeof id !== 'string' || !(publicKey instanceof Uint8Array) || typeof counter !== 'number') return undefined
    // What the browser calls it is what the authenticator calls it.
    if (textIn(response, 'id') !== id) return undefined
    const key = Buffer.from(publicKey).toString('base64url')
    return { credentialId: id, publicKey: key, counter, backedUp: info.credentialBackedUp === true }
  },
  async signed(response, { party, challenge, passkey }) {
    const { credentialId: id, publicKey, counter } = passkey
    if (!isOwnPage(response) || textIn(response, 'id') !== id) return undefined
    const found = await verdict(await library('verifyAuthenticationResponse'), {
      response,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
      credential: { id, publicKey: bytes(publicKey), counter },
    })
    const { newCounter, credentialBackedUp, userVerified } = members(found?.authenticationInfo)
    if (typeof newCounter !== 'number') return undefined
    return { counter: newCounter, backedUp: credentialBackedUp === true, userVerified: userVerified === true }
  },
}
