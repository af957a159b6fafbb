import type { CryptoKey, JWK } from 'jose'
import type { Base } from '../../engine/boot.ts'
import { isMembers } from '../../engine/complete.ts'
import type { SealedColumn } from '../../engine/encryption/sealed-column.ts'
import { internalCall } from '../../engine/internal-call.ts'
import { call, field, input, integer, is, text, value } from '../../engine/internal-statement.ts'
import { type Keys, requireSecret } from '../../engine/keys/keys.ts'
import { open, seal } from '../../engine/keys/seal.ts'
import type { Json } from '../../expr/value.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { Connection } from '../../store/driver.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'

/** EdDSA over Ed25519 (RFC 8037 §3.1): one algorithm, which nobody chooses by what they send (class 80). */
export const algorithm = 'EdDSA'

/** A public key as it is published (RFC 7517 §4). */
export interface PublicKey {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
  readonly use: 'sig'
  readonly alg: typeof algorithm
}

/** The keys with which tokens are signed, the same in every process. */
export interface SigningKeys {
  /** What signs now. `on`: the transaction it is asked in. */
  current(now: Date, on?: Connection): Promise<{ readonly kid: string; readonly key: CryptoKey }>
  /** What verifies a token that says it was signed by this one; undefined: there is no such key, or not any more. */
  find(kid: string, now: Date): Promise<CryptoKey | undefined>
  /** The one before, the current one, and the next where it is known already. */
  published(now: Date, on?: Connection): Promise<readonly PublicKey[]>
  /** Deletes those with which nothing that is good was signed. */
  purge(now: Date): Promise<void>
}

interface Key {
  readonly slot: number
  readonly kid: string
  readonly secret: CryptoKey
  readonly verifies: CryptoKey
  readonly shown: PublicKey
}

const purpose = 'signing key'
/** Seconds for which the next key is published before it signs: longer than anybody keeps the published set. */
const ahead = 86_400
/** Milliseconds after which the keys are read again. */
const readEvery = 60_000
/** Milliseconds between two readings because of a token that names an unknown key. */
const unknownEvery = 1_000

/** Where keys are kept sealed: they are sealed anew when the secret is changed. */
export const sealedKeys = ({ models }: Manifest, keys: Keys): readonly SealedColumn[] =>
  Object.hasOwn(models, platform.signingKey)
    ? [
        {
          model: platform.signingKey,
          field: 'sealed',
          key: 'name',
          search: false,
          reseal: (stored, name) => seal(keys, purpose, open(keys, purpose, stored, [name]), [name]),
        },
      ]
    : []

/** Loaded where tokens are signed: a start without them does not wait for it. */
export const jose = () => import('jose')

const model = platform.signingKey

/** `lasts`: seconds that one key signs. */
export function createSigningKeys({ planner, connection, keys, log }: Base, lasts: number): SigningKeys {
  const make = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: { slot: input('slot', integer), name: input('name', text), sealed: input('sealed', text) },
      exists: { key: ['slot'], then: 'keep' },
    },
  })
  const read = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'list',
      from: { model, as: 'row', where: call('gte', field('slot'), input('oldest', integer)) },
      item: {
        kind: 'object',
        members: {
          slot: value(field('slot'), integer),
          name: value(field('name'), text),
          sealed: value(field('sealed'), text),
        },
      },
    },
  })
  const purge = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: is('lte', 'slot', integer, 'until'), absent: 'ok' },
  })

  const slotAt = (now: Date): number => Math.floor(now.valueOf() / 1000 / lasts)
  const nextIsDue = (now: Date): boolean => slotAt(new Date(now.valueOf() + ahead * 1000)) > slotAt(now)

  let known: readonly Key[] = []
  let readAt = Number.NEGATIVE_INFINITY
  let readFor = Number.NEGATIVE_INFINITY

  async function stored(on: Connection, oldest: number): Promise<readonly Key[]> {
    const [body] = (await read.run(on, { oldest })) ?? []
    const rows: Json = body == null ? [] : JSON.parse(body)
    const found = Array.isArray(rows) ? await Promise.all(rows.map(opened)) : []
    return found.filter((key) => key !== undefined)
  }

  /** A key of before that does not open verifies nothing; that of now has to. */
  async function opened(row: Json): Promise<Key | undefined> {
    const { slot, name, sealed } = isMembers(row) ? row : {}
    if (typeof slot !== 'number' || typeof name !== 'string' || typeof sealed !== 'string') return undefined
    try {
      return await keyFrom(slot, name, JSON.parse(open(keys, purpose, sealed, [name]).toString()))
    } catch (error) {
      if (!isProblem(error)) throw error
      log.error('a key that signs tokens does not open', { key: name, error })
      return undefined
    }
  }

  async function add(on: Connection, slot: number): Promise<void> {
    const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await jose()
    const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
    const jwk = await exportJWK(privateKey)
    const name = await calculateJwkThumbprint(jwk)
    await make.run(on, { slot, name, sealed: seal(keys, purpose, JSON.stringify(jwk), [name]) })
  }

  /** Reads them, makes what is missing, and reads what has become of that: another process may have been first. */
  async function load(on: Connection, now: Date): Promise<readonly Key[]> {
    requireSecret(keys, 'Tokens are signed')
    const slot = slotAt(now)
    const found = await stored(on, slot - 1)
    const missing = [slot, ...(nextIsDue(now) ? [slot + 1] : [])].filter(
      (one) => !found.some((key) => key.slot === one),
    )
    if (missing.length > 0) {
      for (const one of missing) await add(on, one)
      // What a transaction has made may not stay: only what was there is kept in memory.
      return stored(on, slot - 1)
    }
    known = found
    readAt = performance.now()
    readFor = slot
    return found
  }

  const current = (now: Date, since: number): boolean => performance.now() - readAt < since && readFor === slotAt(now)

  return {
    async current(now, on = connection) {
      const slot = slotAt(now)
      const all = current(now, readEvery) ? known : await load(on, now)
      const key = all.find((one) => one.slot === slot)
      if (key) return { kid: key.kid, key: key.secret }
      throw new Problem('invalid-setting', {
        message: 'The key that signs tokens was sealed under another secret.',
        hint: 'Name that secret in BEDE_SECRET_PREVIOUS; or delete the rows of bede.signing_key, and whoever has a signed token asks for another.',
      })
    },
    async find(kid, now) {
      const here = (keys: readonly Key[]) => keys.find((one) => one.kid === kid)?.verifies
      const all = current(now, readEvery) ? known : await load(connection, now)
      return here(all) ?? (current(now, unknownEvery) ? undefined : here(await load(connection, now)))
    },
    async published(now, on = connection) {
      const all = current(now, readEvery) ? known : await load(on, now)
      return all.map(({ shown }) => shown)
    },
    async purge(now) {
      await purge.run(connection, { until: slotAt(now) - 2 })
    },
  }
}

async function keyFrom(slot: number, kid: string, jwk: JWK): Promise<Key> {
  const { importJWK } = await jose()
  const { x = '' } = jwk
  const shown: PublicKey = { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: algorithm }
  const [secret, verifies] = await Promise.all([importJWK(jwk, algorithm), importJWK({ ...shown }, algorithm)])
  if (secret instanceof Uint8Array || verifies instanceof Uint8Array) throw new TypeError('an Ed25519 key is no octets')
  return { slot, kid, secret, verifies, shown }
}
