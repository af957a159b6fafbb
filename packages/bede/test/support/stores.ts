import type { Manifest } from '../../src/manifest/manifest.ts'
import { postgres } from '../../src/sql/postgres/dialect.ts'
import type { Connection } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { ensureSchema } from '../../src/store/schema.ts'
import { NO_POSTGRES, postgresUrl } from './postgres.ts'

/** One of the two stores, for a suite that runs over both. */
export interface TestStore {
  readonly name: 'PGlite' | 'PostgreSQL'
  /** Why tests on it are skipped; false when they run. */
  readonly skip: string | false
  readonly url: string
}

/** Both stores: the embedded one in memory, and a database of its own on the server where one answers. */
export async function testStores(): Promise<readonly TestStore[]> {
  const url = await postgresUrl()
  return [
    { name: 'PGlite', skip: false, url: 'memory://' },
    { name: 'PostgreSQL', skip: url ? false : NO_POSTGRES, url: url ?? '' },
  ]
}

/** Opens a store with the tables of a manifest in it. */
export async function openWith(
  store: TestStore,
  manifest: Manifest,
): Promise<{ connection: Connection; close(): Promise<void> }> {
  const driver = openStore(store.url)
  try {
    const connection = await driver.open()
    await ensureSchema(connection, manifest, { dialect: postgres, mode: 'development' })
    return { connection, close: () => driver.close() }
  } catch (error) {
    await driver.close() // an open database keeps the test's process waiting for ever
    throw error
  }
}
