import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

/** The bits of an authenticator's flags (WebAuthn §6.1). */
export const flag = { present: 1, verified: 4, backupEligible: 8, backedUp: 16, attested: 64 } as const

/** Everything that goes into an answer, to be changed by whoever forges one. */
export interface Answering {
  readonly type: string
  readonly challenge: string
  readonly origin: string
  readonly rpId: string
  readonly flags: number
  readonly counter: number
  readonly handle: string | undefined
  /** More members of the client's data. */
  readonly clientData: object
  readonly credentialId: string
  readonly key: KeyObject
  /** Of a new passkey: what vouches for the authenticator. */
  readonly attestation: ReadonlyMap<string, unknown>
  readonly format: string
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const sha256 = (value: Uint8Array | string): Buffer => createHash('sha256').update(value).digest()

/** A passkey in software: ES256 (RFC 8152), kept where it was made. Each answer is right but for what `forge` changes. */
export class Authenticator {
  readonly credentialId = text(randomBytes(16))
  readonly #pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly origin: string
  /** How often it has signed; it counts from one. */
  counter = 0
  /** What `user.id` was when the passkey was made. */
  handle: string | undefined

  constructor(origin: string) {
    this.origin = origin
  }

  /** The public key as COSE has it. */
  get publicKey(): Uint8Array {
    const { x = '', y = '' } = this.#pair.publicKey.export({ format: 'jwk' })
    const key = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ])
    return isoCBOR.encode(key)
  }

  /** What the browser gives for `navigator.credentials.create(options)`. */
  create(options: { challenge: string; rp: { id: string }; user: { id: string } }, forge: Partial<Answering> = {}) {
    this.handle = options.user.id
    const usual = { type: 'webauthn.create', challenge: options.challenge, rpId: options.rp.id }
    const how = this.#answering({ ...usual, flags: flag.present | flag.verified | flag.attested, ...forge })
    const id = Buffer.from(how.credentialId, 'base64url')
    const length = Buffer.alloc(2)
    length.writeUInt16BE(id.length)
    const data = Buffer.concat([this.#head(how), Buffer.alloc(16), length, id, this.publicKey])
    const object = new Map<string, unknown>([
      ['fmt', how.format],
      ['attStmt', how.attestation],
      ['authData', new Uint8Array(data)],
    ])
    const response = {
      clientDataJSON: text(this.#clientData(how)),
      attestationObject: text(isoCBOR.encode(object as never)),
      transports: ['internal'],
    }
    return { id: how.credentialId, rawId: how.credentialId, type: 'public-key', response, clientExtensionResults: {} }
  }

  /** What the browser gives for `navigator.credentials.get(options)`. */
  get(options: { challenge: string; rpId: string }, forge: Partial<Answering> = {}) {
    this.counter++
    const usual = { type: 'webauthn.get', challenge: options.challenge, rpId: options.rpId }
    const how = this.#answering({ ...usual, flags: flag.present | flag.verified, ...forge })
    const head = this.#head(how)
    const client = this.#clientData(how)
    const signature = createSign('sha256').update(head).update(sha256(client)).sign(how.key)
    const response = {
      clientDataJSON: text(client),
      authenticatorData: text(head),
      signature: text(signature),
      ...(how.handle !== undefined && { userHandle: how.handle }),
    }
    return { id: how.credentialId, rawId: how.credentialId, type: 'public-key', response, clientExtensionResults: {} }
  }

  #answering(said: Pick<Answering, 'type' | 'challenge' | 'rpId' | 'flags'> & Partial<Answering>): Answering {
    const { origin, counter, handle, credentialId } = this
    const key = this.#pair.privateKey
    return {
      origin,
      counter,
      handle,
      credentialId,
      key,
      clientData: {},
      attestation: new Map(),
      format: 'none',
      ...said,
    }
  }

  #head({ rpId, flags, counter }: Answering): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count])
  }

  #clientData({ type, challenge, origin, clientData }: Answering): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...clientData }))
  }
}
