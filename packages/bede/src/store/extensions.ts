import { Problem } from '../telemetry/problem.ts'
import type { Connection } from './driver.ts'
import { databaseCode } from './migrate/retry.ts'

/** SQLSTATE insufficient_privilege, undefined_file and feature_not_supported: not allowed, or not on the server. */
const refusals: Readonly<Record<string, string>> = {
  '42501': 'this role may not install it',
  '58P01': 'the server does not have its files',
  '0A000': 'the server does not have it',
}

/** Where the files of an extension come from that is not PostgreSQL's own. */
const packages: Readonly<Record<string, string>> = {
  vector: 'pgvector, on Debian postgresql-<version>-pgvector',
}

/**
 * Installs what the tables stand on, where it is not there. Throws the Problem `store-schema` that says what an
 * administrator has to do.
 */
export async function installExtensions(
  transaction: Connection,
  names: readonly string[],
  create: (name: string) => string,
): Promise<void> {
  for (const name of names) {
    try {
      await transaction.transaction((attempt) => attempt.script(create(name)))
    } catch (error) {
      const why = refusals[databaseCode(error) ?? '']
      if (why === undefined) throw error
      throw new Problem('store-schema', { ...missingExtension(name, why), cause: error })
    }
  }
}

const missingExtension = (name: string, why: string) => ({
  message: `The declaration needs the extension ${name} of PostgreSQL, and ${why}. Nothing was changed.`,
  hint: `Have an administrator run in this database: create extension "${name}". ${filesOf(name)}`,
})

const filesOf = (name: string): string => `Its files come with ${packages[name] ?? "PostgreSQL's contrib package"}.`

/** What to do where a statement could not install an extension that the server does not have; undefined: it was something else. */
export function extensionAdvice(error: unknown, sql: string): string | undefined {
  const name = /create extension if not exists "([^"]+)"/.exec(sql)?.[1]
  const absent = name !== undefined && (refusals[databaseCode(error) ?? ''] ?? '').startsWith('the server')
  return absent ? `Have an administrator put the extension ${name} on the server. ${filesOf(name)}` : undefined
}
