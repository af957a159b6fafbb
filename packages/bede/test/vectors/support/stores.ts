import { openStore } from '../../../src/store/open.ts'
import type { TestStore } from '../../support/stores.ts'

/** Whether a query finds nothing on a store; by itself, whether its server has no pgvector. */
export async function lacksVectors(
  { name, url }: TestStore,
  sql = "select 1 from pg_available_extensions where name = 'vector'",
): Promise<boolean> {
  if (name === 'PGlite') return false
  const driver = openStore(url)
  try {
    const found = await (await driver.open()).query({ sql, params: [], shape: ['found'] })
    return found.length === 0
  } finally {
    await driver.close()
  }
}
