import type { Backend } from '../../identity/start.ts'
import { start } from '../../identity/start.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { chooseDatabase } from '../serve/database.ts'
import { openFiles } from '../serve/files.ts'
import type { Settings } from '../settings/settings.ts'
import type { Project } from './project.ts'
import { keptSecrets } from './secret-file.ts'

/** Starts a project's backend for one command, on DATABASE_URL or the embedded database. Whoever asks closes it. */
export async function openBackend(
  { app, folder }: Project,
  options: { readonly data?: string | undefined },
  { database, secrets: given, httpPrivate, files: kept }: Settings,
  more: { readonly migrations?: string } = {},
): Promise<Backend> {
  const { driver, place } = chooseDatabase({ url: database.url, data: options.data, folder })
  // What `bede dev` has sealed in the embedded database opens here too. Any other database has its own secret.
  const secrets = given ?? (place === undefined ? undefined : keptSecrets(folder))
  const log = createLogger({ form: 'json' })
  // What one command writes to people, the process that serves sends.
  const production = { driver, mode: 'production', log, mail: 'elsewhere', http: { private: httpPrivate } } as const
  const files = async () => (await openFiles(kept, { folder, embedded: place !== undefined })) ?? 'elsewhere'
  const backend = await start(app, { ...production, files, ...(secrets ? { secrets } : {}), ...more })
  if (backend.schema.outcome === 'created') log.info('made the tables of the app in an empty database')
  return backend
}
