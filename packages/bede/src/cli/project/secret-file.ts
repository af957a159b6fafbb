import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rootsOf } from '../../engine/keys/keys.ts'
import { type Secrets, secretLength } from '../../engine/keys/root-secret.ts'

/** Where a project keeps the secret of its development, beside the embedded database; version control leaves it out. */
const file = join('.bede', 'secret')
/** For nobody but its owner. */
const mode = 0o600

/** A new secret. */
export const newSecret = (): string => randomBytes(secretLength).toString('base64url')

/** The secret of a project's development; undefined where none was made. Throws a Problem `invalid-setting` where it is none. */
export function keptSecrets(folder: string): Secrets | undefined {
  const path = join(folder, file)
  if (!existsSync(path)) return undefined
  const secrets = { current: readFileSync(path, 'utf8').trim() }
  rootsOf(secrets, { current: file, previous: file })
  return secrets
}

/** The same, made where there is none. */
export function developmentSecrets(folder: string): Secrets {
  const path = join(folder, file)
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    try {
      writeFileSync(path, `${newSecret()}\n`, { mode, flag: 'wx' })
    } catch (error) {
      if (!existsSync(path)) throw error // another process was first: its secret is the one
    }
  }
  const secrets = keptSecrets(folder)
  if (secrets) return secrets
  throw new Error(`${path} cannot be read`)
}
