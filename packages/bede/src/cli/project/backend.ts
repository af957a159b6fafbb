import type { Backend } from '../../identity/start.ts'
import { start } from '../../identity/start.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { chooseDatabase } from '../serve/database.ts'
import type { Project } from './project.ts'

/** Starts a project's backend for one command, on DATABASE_URL or the embedded database. Whoever asks closes it. */
export async function openBackend(
  { app, folder }: Project,
  options: { readonly data?: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Backend> {
  const { driver } = chooseDatabase({ url: environment.DATABASE_URL, data: options.data, folder })
  const log = createLogger({ form: 'json' })
  const backend = await start(app, { driver, mode: 'production', log })
  if (backend.schema.outcome === 'created') log.info('made the tables of the app in an empty database')
  return backend
}
