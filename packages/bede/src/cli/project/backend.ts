import type { Backend } from '../../identity/start.ts'
import { start } from '../../identity/start.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { chooseDatabase } from '../serve/database.ts'
import { openFiles } from '../serve/files.ts'
import type { Settings } from '../settings/settings.ts'
import type { Project } from './project.ts'
import { developmentSecrets, keptSecrets } from './secret-file.ts'

/** Starts a project's backend for one command, on DATABASE_URL or the embedded database. Whoever asks closes it. */
export async function openBackend(
  { app, folder, manifest }: Project,
  options: { readonly data?: string | undefined },
  { database, secrets: given, httpPrivate, files: kept }: Settings,
  { calling = false, ...more }: { readonly migrations?: string; readonly calling?: boolean } = {},
): Promise<Backend> {
  const { driver, place } = chooseDatabase({ url: database.url, data: options.data, folder })
  // What `bede dev` has sealed in the embedded database opens here too. Any other database has its own secret.
  // What an operation seals before anybody has developed, it seals under the secret that `bede dev` would make. Rows that
  // are brought in or taken out are somebody's: theirs is said.
  const made = calling && sealsAnything(manifest) ? developmentSecrets : keptSecrets
  const secrets = given ?? (place === undefined ? undefined : made(folder))
  const log = createLogger({ form: 'json' })
  // What one command writes to people, the process that serves sends.
  const production = { driver, mode: 'production', log, mail: 'elsewhere', http: { private: httpPrivate } } as const
  const files = async () => (await openFiles(kept, { folder, embedded: place !== undefined, log })) ?? 'elsewhere'
  const backend = await start(app, { ...production, files, ...(secrets ? { secrets } : {}), ...more }).catch(
    (error: unknown) => {
      throw place === undefined ? error : asWhileDeveloping(error)
    },
  )
  if (backend.schema.outcome === 'created') log.info('made the tables of the app in an empty database')
  return backend
}

/** Whether a backend starts only with a secret. */
const sealsAnything = ({ identity, models }: Manifest): boolean =>
  identity?.totp !== undefined ||
  identity?.passkeys !== undefined ||
  identity?.sessions.signed !== undefined ||
  Object.values(models).some(({ fields }) => Object.values(fields).some(({ type }) => type.kind === 'encrypted'))

/** Whoever has changed a model and calls something is told what brings the embedded database there. */
function asWhileDeveloping(error: unknown): unknown {
  if (!isProblem(error) || error.code !== 'store-schema' || !error.hint?.includes('bede migrate plan')) return error
  return new Problem('store-schema', {
    message: error.message,
    hint: 'This command changes no tables. While you develop, start `bede dev` once: it makes the changes that lose nothing. In production plan and apply them: bede migrate plan, bede migrate apply.',
    details: error.details,
    cause: error,
  })
}
