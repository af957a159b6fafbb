import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { readSpan } from '../expr/span.ts'
import type { Logger } from '../telemetry/logger.ts'
import { Problem } from '../telemetry/problem.ts'
import { command } from './command/command.ts'
import { type ExitCode, exit } from './command/exit.ts'
import { migrationsFolder, projectOptions } from './project/options.ts'
import { type Address, addressOf, urlOf } from './serve/address.ts'
import type { DatabaseChoice } from './serve/database.ts'
import { listenForStop, type Stopping } from './serve/stopping.ts'
import type { Word } from './serve/word.ts'
import { sharingOf } from './serve/workers-option.ts'
import { letYoungGenerationGrow } from './serve/young-generation.ts'

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
    const address = addressOf(options, environment)
    const url = environment.DATABASE_URL
    if (url === undefined && !options.embedded) {
      throw new Problem('usage', {
        message: 'There is no DATABASE_URL, and production does not fall back to the embedded database by itself.',
        hint: 'Set DATABASE_URL=postgres://user:password@host:5432/database, or add --embedded.',
      })
    }
    if (url !== undefined && options.embedded) {
      throw new Problem('usage', {
        message: 'Both DATABASE_URL and --embedded say which database to use.',
        hint: 'Take one of them away.',
      })
    }
    const sharing = sharingOf(options, environment, availableParallelism)
    if (sharing.workers > 1 && url === undefined) {
      throw new Problem('usage', {
        message: `The embedded database has one session, in one process: ${sharing.workers} workers cannot share it.`,
        hint: 'Set DATABASE_URL to a PostgreSQL server, or leave --workers out.',
      })
    }
    const drain = drainOf(options.drain, environment)
    const cache = cacheOf(environment)
    const stopping = listenForStop()
    const { createLogger } = await import('../telemetry/logger.ts')
    const log = createLogger({ form: 'json' })
    const worker = process.send === undefined ? undefined : environment.BEDE_WORKER
    if (sharing.workers > 1 && worker === undefined) {
      const { supervise } = await import('./serve/workers.ts')
      const code = await supervise({ workers: sharing.workers, log, stopping, address, patience: patience + drain })
      log.info('stopped')
      stopping.done()
      return code
    }
    const database = {
      url,
      data: options.data,
      folder: dirname(path),
      connections: sharing.connections,
      ...replicasOf(environment),
    }
    const redis = environment.BEDE_REDIS_URL
    const serving = {
      path,
      database,
      address,
      drain,
      ...(cache === undefined ? {} : { cache }),
      ...(redis ? { redis } : {}),
      stopping,
    }
    if (worker === undefined) return serve(log, serving)
    const port = Number(environment.BEDE_WORKER_PORT)
    const shared = { ...serving, address: { ...address, port }, shared: true }
    // The line to whoever supervises must not keep a process alive that is done.
    return serve(log.with({ worker: Number(worker) }), shared).finally(() => process.channel?.unref())
  },
})

interface Serving {
  readonly path: string
  readonly database: DatabaseChoice
  readonly address: Address
  readonly drain: number
  readonly cache?: number
  /** The address of the Redis through which processes hear of each other's writes. */
  readonly redis?: string
  /** Other workers listen on the same port. */
  readonly shared?: boolean
  readonly stopping: Stopping
}

/** Milliseconds that a worker may take to stop, beside its draining: what HTTP takes at most, and some for the rest. */
const patience = 15_000

/** Serves the app in this process until it is asked to stop. */
async function serve(
  log: Logger,
  { path, database, address, drain, cache, redis, shared = false, stopping }: Serving,
): Promise<ExitCode> {
  const { loadAppFile } = await import('./project/app-file.ts')
  const { chooseDatabase } = await import('./serve/database.ts')
  const { createVersion } = await import('./serve/version.ts')
  const loaded = await loadAppFile(path)
  if ('problem' in loaded) throw loaded.problem
  const { driver, name } = chooseDatabase(database)
  const changes = redis && (await (await import('../adapters/redis-changes.ts')).redisChanges(redis))
  const migrations = join(dirname(path), migrationsFolder)
  const version = {
    driver,
    address,
    log,
    development: false,
    migrations,
    exposed: true,
    drain,
    shared,
    ...(cache === undefined ? {} : { cache }),
    ...(changes ? { changes } : {}),
  }
  const { http, schema, close } = await createVersion(loaded.app, version)
  try {
    const listening = await http.listen()
    const url = urlOf(listening)
    letYoungGenerationGrow()
    log.info('serving', { app: loaded.app.name, url, database: name, schema: schema.outcome, pid: process.pid })
    process.send?.({ bede: 'serving', url, port: listening.port } satisfies Word)
    log.info('stopping', { signal: await stopping.asked })
    await http.close()
  } finally {
    await close()
  }
  log.info('stopped')
  stopping.done()
  return exit.fine
}

/** `BEDE_DATABASE_REPLICAS`, with commas between them, and `BEDE_REPLICA_LAG`. Throws a Problem `usage`. */
function replicasOf(
  environment: Readonly<Record<string, string | undefined>>,
): Pick<DatabaseChoice, 'replicas' | 'maxLag'> {
  const replicas = (environment.BEDE_DATABASE_REPLICAS ?? '').split(',').flatMap((one) => one.trim() || [])
  const lag = readSpan(environment.BEDE_REPLICA_LAG || '5s')
  if (lag !== undefined) return { replicas, maxLag: lag * 1000 }
  throw new Problem('usage', {
    message: 'BEDE_REPLICA_LAG is a length of time.',
    hint: 'For example: BEDE_REPLICA_LAG=5s',
  })
}

/** `BEDE_CACHE_MB` in bytes; undefined where it is not said. Throws a Problem `usage`. */
function cacheOf({ BEDE_CACHE_MB }: Readonly<Record<string, string | undefined>>): number | undefined {
  if (!BEDE_CACHE_MB) return undefined
  if (/^\d{1,5}$/.test(BEDE_CACHE_MB)) return Number(BEDE_CACHE_MB) * 1024 * 1024
  throw new Problem('usage', {
    message: 'BEDE_CACHE_MB is a whole number of megabytes.',
    hint: 'For example: BEDE_CACHE_MB=64',
  })
}

/** `--drain`, else `BEDE_DRAIN`, in milliseconds. Throws a Problem `usage`. */
function drainOf(option: string | undefined, { BEDE_DRAIN }: Readonly<Record<string, string | undefined>>): number {
  const text = option ?? (BEDE_DRAIN || '0')
  const seconds = text === '0' ? 0 : readSpan(text)
  if (seconds !== undefined) return seconds * 1000
  throw new Problem('usage', { message: '--drain is a length of time.', hint: 'For example: --drain 5s' })
}
