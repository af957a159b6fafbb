import { randomBytes } from 'node:crypto'
import type { Handler } from '../declare/handler.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { verified } from '../manifest/read.ts'
import { watchedModels } from '../plan/scans.ts'
import { createPlanner } from '../sql/create-planner.ts'
import type { Planner } from '../sql/planner.ts'
import { postgres } from '../sql/postgres/dialect.ts'
import type { Connection, Driver } from '../store/driver.ts'
import { openStore, type StoreOptions } from '../store/open.ts'
import { ensureSchema, type SchemaOutcome } from '../store/schema.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics/registry.ts'
import { Problem } from '../telemetry/problem.ts'
import { type OnError, reportWork } from '../telemetry/report.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import { createExecutor } from '../toolkit/exec/exec.ts'
import type { Programs } from '../toolkit/exec/program.ts'
import { countOutbound } from '../toolkit/http/counted.ts'
import { createOutbound, type OutboundOptions } from '../toolkit/http/outbound.ts'
import { background, type Tell } from './background.ts'
import { type Changes, changesByDatabase } from './cache/changes.ts'
import { countedResults } from './cache/counted-results.ts'
import { type Hearing, hearing } from './cache/hearing.ts'
import { keptResults } from './cache/kept-results.ts'
import { watchedConnection } from './cache/watched-connection.ts'
import type { Engine } from './call.ts'
import { concealedFields } from './concealed-fields.ts'
import { type Encryption, encryptionOf } from './encryption/encryption.ts'
import { createEngine } from './engine.ts'
import { createExplain, type Explain } from './explain.ts'
import { createFiles } from './files/create-files.ts'
import type { Files } from './files/files.ts'
import { type FilePlace, openPlace } from './files/place.ts'
import { keepSwept } from './files/sweeping.ts'
import { argon2Hasher, type Hasher } from './hasher.ts'
import { keptAnswers } from './idempotency/kept-answer.ts'
import { type Keys, keysOf, rootsOf } from './keys/keys.ts'
import { type Secrets, secretLength } from './keys/root-secret.ts'
import { secretsInUse } from './keys/secrets-in-use.ts'
import { storedRoot } from './keys/stored-root.ts'
import { createLimits, type Limits, type LimitsSetting } from './limits/limits.ts'
import { measuredConnection } from './measured-connection.ts'
import { openTelemetry } from './open-telemetry.ts'
import { Opened } from './opened.ts'
import { keepPartitioned } from './partitions.ts'
import type { Runtime } from './runtime.ts'
import { problemOf } from './store-problem.ts'
import { tracedConnection } from './traced-connection.ts'

/** What a backend is made of: a manifest, and the handlers of its `invoke` operations by name. */
export interface Parts {
  readonly manifest: Manifest
  readonly handlers?: Readonly<Record<string, Handler>>
}

export interface BootOptions {
  /** An address, or {@link StoreOptions}; absent: embedded, in memory. */
  readonly database?: string | StoreOptions
  /** The database's driver itself, instead of its address. */
  readonly driver?: Driver
  /** `development`: additive changes of the schema are made, and refusals say why. */
  readonly mode: 'development' | 'production'
  /** The project's migrations folder: where it has any, they alone change a database in production. */
  readonly migrations?: string
  readonly log?: Logger
  /** What all keys are derived from. Absent: roots that are made for the database; what has to be sealed asks for it. */
  readonly secrets?: Secrets
  /** Milliseconds a call may take when it does not say so itself; default 30 s. */
  readonly deadline?: number
  /** How processes that share the database hear of each other's writes; absent: by the database's own notifications. */
  readonly changes?: (about: { readonly name: string; readonly log: Logger }) => Changes & { close?(): Promise<void> }
  /**
   * Where files are kept, or what opens it where the app keeps any; it is closed with the backend. Absent: in production
   * an app that keeps files does not start, unless it says `elsewhere`: then this process keeps and gives none.
   */
  readonly files?: FilePlace | (() => Promise<FilePlace | undefined>)
  /** Bytes that the answers of cached views may take in this process; default 64 MB, 0: none are kept. */
  readonly cache?: number
  /** How callers are limited. Absent: as the app says, and each process counts for itself. `off`: not at all. */
  readonly limits?: LimitsSetting | 'off'
  /** Where numbers about what happens are kept; absent: nothing is measured. */
  readonly metrics?: Metrics
  /** Told of failures of ours; see {@link OnError}. */
  readonly onError?: OnError
  /** For tests. */
  readonly hasher?: Hasher
  readonly clock?: () => Date
  /** Whom handlers may call; absent: nobody. */
  readonly outbound?: OutboundOptions
  /** What handlers may run; absent: nothing. */
  readonly programs?: Programs
  /** Signs people in and out for handlers. */
  readonly auth?: (base: Base) => NonNullable<Runtime['auth']>
}

/** What other floors build on when they extend a booted backend. */
export interface Base {
  readonly manifest: Manifest
  readonly planner: Planner
  readonly connection: Connection
  readonly hasher: Hasher
  readonly keys: Keys
  /** Absent: no field is encrypted. */
  readonly encryption?: Encryption
  readonly log: Logger
  readonly clock: () => Date
  /** Tells when rows that something in memory was made of have changed, in this process or in another. */
  readonly hearing: Hearing
  background(what: string, work: () => Promise<void>): void
  /** Of what failed in the background by itself; what `background` does is told of already. */
  readonly tell: Tell
}

/** A backend that answers calls. */
export interface Booted extends Base {
  readonly engine: Engine
  /** Counts what reaches no operation, for surfaces; absent: nothing is limited. */
  readonly limits?: Limits
  /** Spans of what is done, where the program has registered an OpenTelemetry SDK. */
  readonly tracing?: Tracing
  /** Why a call would be let through or refused, clause by clause. It sees rows that the actor does not. */
  readonly explain: Explain
  /** The files it keeps; absent: the app keeps none. */
  readonly files?: Files
  /** What was done to the database's schema at the start. */
  readonly schema: SchemaOutcome
  /** Resolves when the database answers; else rejects with a Problem `unavailable`. */
  ready(): Promise<void>
  /** Resolves when nothing is under way that no caller waits for. */
  idle(): Promise<void>
  /** Waits for background work and closes the database. Calls after it are refused. */
  close(): Promise<void>
}

const defaultDeadline = 30_000
const defaultRoom = 64 * 1024 * 1024

/**
 * Milliseconds that never go back, however clocks are set: the one that began with the process, or the one people set
 * where that has gone further, as after a sleep. With a clock of a test's own, that one alone.
 */
function steady(own: (() => Date) | undefined): () => number {
  if (own) return () => own().valueOf()
  const started = Date.now() - performance.now()
  let latest = 0
  return () => (latest = Math.max(latest, performance.now(), Date.now() - started))
}

/**
 * Opens the database, brings its schema up to the manifest's and makes the engine. A manifest that neither `link` nor
 * `readManifest` made is read and verified like a file from anywhere. Throws a Problem when anything is not as it must be:
 * nothing serves half configured (class 103), and what was opened until then is closed again, the last first.
 */
export async function boot(parts: Parts, options: BootOptions): Promise<Booted> {
  const { handlers = {} } = parts
  const { mode, metrics, onError, log = createLogger({ form: mode === 'production' ? 'json' : 'text' }) } = options
  checkOptions(options)
  const given = keysGiven(options)
  const manifest = verified(parts.manifest)
  const encryption = encryptionOf(manifest, given)
  const executor = await createExecutor(options.programs ?? {}, { log, development: mode === 'development' })
  const tracing = await openTelemetry()
  const open = new Opened()
  try {
    const place = await openPlace(manifest, options.files, mode)
    if (place) open.add(() => place.close())
    const driver = options.driver ?? openStore(options.database)
    open.add(() => driver.close())
    const plain = await driver.open()
    const measured = metrics ? measuredConnection(plain, metrics) : plain
    const opened = tracing ? tracedConnection(measured, tracing) : measured
    const schema = await ensureSchema(opened, manifest, { dialect: postgres, mode, migrations: options.migrations })
    const changes = options.changes?.({ name: manifest.name, log })
    open.add(() => changes?.close?.())
    const planner = createPlanner(manifest, postgres, {
      telling: changes?.tell === undefined,
      sealer: encryption?.sealer,
    })
    const room = options.cache ?? defaultRoom
    const heard = hearing({ changes: changes ?? changesByDatabase(opened), log })
    open.add(() => heard.end())
    const connection = watchedModels(manifest).size === 0 ? opened : watchedConnection(opened, heard.changed)
    const cached = Object.values(manifest.operations).some((one) => one.kind !== 'invoke' && one.cache)
    const results = cached && room > 0 ? keptResults({ hearing: heard, room, clock: steady(options.clock) }) : undefined
    const { hasher = argon2Hasher(), clock = () => new Date() } = options
    const tell: Tell = (work, error) => reportWork(log, work, problemOf(error, manifest), onError)
    const behind = background(log, tell)
    open.add(() => behind.idle())
    const parts = await keepPartitioned(connection, manifest, clock, behind)
    open.add(() => parts.stop())
    const keys = given ?? keysOf([await storedRoot(connection, planner)], { apart: false })
    if (encryption) await secretsInUse(planner).check(connection, keys)
    const base: Base = {
      manifest,
      planner,
      connection,
      hasher,
      keys,
      ...(encryption && { encryption }),
      log,
      clock,
      hearing: heard,
      background: behind.start,
      tell,
    }
    const auth = options.auth?.(base)
    const limits = options.limits === 'off' ? undefined : createLimits(manifest, options.limits ?? {}, log)
    open.add(() => limits?.close())
    const outbound = createOutbound({ ...options.outbound, ...(metrics && { seen: countOutbound(metrics) }) })
    open.add(() => outbound.close())
    const files = createFiles({ manifest, planner, log, storage: place })
    const sweeping = files && place && keepSwept(files, base)
    open.add(() => sweeping?.stop())
    const runtime: Runtime = {
      ...base,
      handlers: new Map(Object.entries(handlers)),
      concealed: concealedFields(manifest),
      ...(auth ? { auth } : {}),
      outbound,
      executor,
      ...(files ? { files } : {}),
      kept: keptAnswers(planner),
      ...(results ? { results: metrics ? countedResults(results, metrics) : results } : {}),
      ...(onError && { onError }),
      ...(tracing && { tracing }),
      ...(limits && { limits }),
      development: mode === 'development',
      deadline: options.deadline ?? defaultDeadline,
    }
    return {
      ...base,
      ...(files && { files }),
      engine: createEngine(runtime),
      ...(limits && { limits }),
      ...(tracing && { tracing }),
      explain: createExplain(runtime),
      schema,
      async ready() {
        try {
          await connection.query({ sql: 'select 1', params: [], shape: ['one'] })
        } catch (cause) {
          throw new Problem('unavailable', { message: 'The database does not answer', retryAfter: 1, cause })
        }
      },
      idle: behind.idle,
      close: () => open.close(),
    }
  } catch (error) {
    await open
      .close()
      .catch((cause: unknown) => log.warn('closing after a start that failed has failed too', { cause }))
    throw error
  }
}

/** Keys of the secrets given, or of one that lives as long as a database in memory. Undefined: the database keeps a root. */
function keysGiven({ secrets, mode, driver, database }: BootOptions): Keys | undefined {
  if (secrets) return keysOf(rootsOf(secrets), { apart: true })
  const { url = 'memory://' } = typeof database === 'string' ? { url: database } : (database ?? {})
  const passing = mode === 'development' && !driver && url === 'memory://'
  return passing ? keysOf([randomBytes(secretLength)], { apart: true }) : undefined
}

function checkOptions({ mode, deadline }: BootOptions): void {
  if (mode !== 'development' && mode !== 'production') {
    throw new Problem('invalid-setting', {
      message: `The mode is ${JSON.stringify(mode)}`,
      hint: "Say mode: 'development' or mode: 'production'.",
    })
  }
  if (deadline !== undefined && !(Number.isFinite(deadline) && deadline > 0)) {
    throw new Problem('invalid-setting', {
      message: `The deadline is ${deadline}`,
      hint: 'Say how many milliseconds a call may take.',
    })
  }
}
