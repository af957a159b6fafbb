import { dirname, join } from 'node:path'
import { Opened } from '../engine/opened.ts'
import type { Logger } from '../telemetry/logger.ts'
import { command } from './command/command.ts'
import { type ExitCode, exit } from './command/exit.ts'
import { migrationsFolder, projectOptions } from './project/options.ts'
import { listenForStop, type Stopping } from './serve/stopping.ts'
import type { Word } from './serve/word.ts'
import { letYoungGenerationGrow } from './serve/young-generation.ts'
import { type Address, urlOf } from './settings/address.ts'
import { readSettings, type Settings } from './settings/settings.ts'

export const start = command({
  name: 'start',
  summary: 'Serve the app in production',
  about: `Serves the app on PostgreSQL at DATABASE_URL, or with --embedded on the embedded database. Where the
project has migrations, they must have been applied (bede migrate apply); without any, an empty database gets
its tables. One that does not fit the declaration is refused and left as it is. Writes a line of JSON per
event to standard error. SIGTERM or SIGINT finishes what is in flight, refuses the rest and exits with 0;
a second signal exits at once. With --workers, several processes share the port: one that crashes is replaced.`,
  arguments: [],
  options: {
    port: { value: 'number', summary: 'Where to listen (default PORT, else 3000; 0 takes any free port)' },
    host: {
      value: 'address',
      summary: 'Which address to listen on (default BEDE_HOST, else 127.0.0.1); 0.0.0.0 for all',
    },
    embedded: { summary: 'Use the embedded database; what it cannot promise is in the docs' },
    data: { value: 'folder', summary: 'The folder of the embedded database (default .bede/data)' },
    workers: {
      value: 'number',
      summary: 'Processes that share the port (default BEDE_WORKERS, else 1; auto: one per processor)',
    },
    connections: {
      value: 'number',
      summary: 'Database connections of all workers together (default BEDE_CONNECTIONS, else 11 or 22)',
    },
    drain: {
      value: 'time',
      summary: 'How long to serve on, not ready, once asked to stop (default BEDE_DRAIN, else 0)',
    },
    ...projectOptions,
  },
  examples: [
    { line: 'bede start --embedded --port 8080', says: 'Serves on the embedded database, to this machine' },
    {
      line: 'DATABASE_URL=postgres://shop@db/shop bede start --host 0.0.0.0',
      says: 'Serves at port 3000 of every address',
    },
    {
      line: 'DATABASE_URL=postgres://shop@db/shop bede start --workers auto --drain 5s',
      says: 'A process per processor; serves on for 5 s when stopped',
    },
  ],
  async run({ options, folder, environment }) {
    const { findAppFile } = await import('./project/app-file.ts')
    const path = findAppFile(options.app, folder)
    const { embedded = false, data, ...said } = options
    const settings = readSettings(environment, said, { embedded })
    const { sharing, address, drain, worker, unknown } = settings
    const stopping = listenForStop()
    const { createLogger } = await import('../telemetry/logger.ts')
    const log = createLogger({ form: 'json' })
    if (worker === undefined)
      for (const name of unknown)
        log.warn('a variable has the beginning of those of Bede, which does not know it', { name })
    if (sharing.workers > 1 && worker === undefined) {
      const { supervise } = await import('./serve/workers.ts')
      const code = await supervise({ workers: sharing.workers, log, stopping, address, patience: patience + drain })
      log.info('stopped')
      stopping.done()
      return code
    }
    const serving = { path, data, settings, address, stopping }
    if (worker === undefined) return serve(log, serving)
    const shared = { ...serving, address: { ...address, port: worker.port }, shared: true, worker: worker.number }
    // The line to whoever supervises must not keep a process alive that is done.
    return serve(log.with({ worker: worker.number }), shared).finally(() => process.channel?.unref())
  },
})

interface Serving {
  readonly path: string
  /** The folder of the embedded database. */
  readonly data: string | undefined
  readonly settings: Settings
  readonly address: Address
  /** Other workers listen on the same port. */
  readonly shared?: boolean
  readonly stopping: Stopping
  /** The number of this worker, from 1. */
  readonly worker?: number
}

/** Milliseconds that a worker may take to stop, beside its draining: what HTTP takes at most, and some for the rest. */
const patience = 15_000

/** Serves the app in this process until it is asked to stop. Whatever was opened is closed, also where it does not come that far. */
async function serve(log: Logger, serving: Serving): Promise<ExitCode> {
  const open = new Opened()
  try {
    await serveUntilAsked(log, serving, open)
  } finally {
    await open.close()
  }
  log.info('stopped')
  serving.stopping.done()
  return exit.fine
}

async function serveUntilAsked(
  log: Logger,
  { path, data, settings, address, shared = false, stopping, worker = 1 }: Serving,
  open: Opened,
): Promise<void> {
  const { loadAppFile } = await import('./project/app-file.ts')
  const { chooseDatabase } = await import('./serve/database.ts')
  const { createVersion } = await import('./serve/version.ts')
  const loaded = await loadAppFile(path)
  if ('problem' in loaded) throw loaded.problem
  const {
    database,
    sharing,
    drain,
    edge,
    cache,
    redis,
    limits,
    secrets,
    mail,
    files,
    origin,
    httpPrivate,
    logRequests,
  } = settings
  const measuring =
    settings.metrics && (await (await import('./serve/metrics.ts')).openMetrics(settings.metrics, worker, edge.hosts))
  open.add(() => measuring?.close())
  const { connections } = sharing
  const { openFiles } = await import('./serve/files.ts')
  const { driver, name, place } = chooseDatabase({ ...database, connections, data, folder: dirname(path) })
  const changes = redis && (await (await import('../adapters/redis-changes.ts')).redisChanges(redis))
  const counter =
    redis && limits === undefined && (await (await import('../adapters/redis-limits.ts')).redisLimits(redis))
  const by = mail && (await (await import('../adapters/smtp.ts')).smtpMail(mail.url))
  const migrations = join(dirname(path), migrationsFolder)
  const { http, schema, close } = await createVersion(loaded.app, {
    driver,
    address,
    log,
    development: false,
    migrations,
    exposed: true,
    edge,
    drain,
    shared,
    limits: limits ?? { usual: true, ...(counter && { counter }) },
    httpPrivate,
    logRequests,
    ...(measuring && { metrics: measuring.metrics }),
    ...(secrets ? { secrets } : {}),
    ...(cache === undefined ? {} : { cache }),
    ...(changes ? { changes } : {}),
    ...(origin === undefined ? {} : { origin }),
    files: () => openFiles(files, { folder: dirname(path), embedded: place !== undefined, log }),
    ...(mail && by && origin ? { mail: { by, from: mail.from, origin } } : {}),
  })
  open.add(close)
  open.add(() => http.close())
  const listening = await http.listen()
  const url = urlOf(listening)
  letYoungGenerationGrow()
  log.info('serving', { app: loaded.app.name, url, database: name, schema: schema.outcome, pid: process.pid })
  process.send?.({ bede: 'serving', url, port: listening.port } satisfies Word)
  log.info('stopping', { signal: await stopping.asked })
}
