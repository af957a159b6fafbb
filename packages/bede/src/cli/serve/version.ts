import type { Mailbox } from '../../adapters/mailbox.ts'
import type { App } from '../../declare/app.ts'
import type { MailSetup } from '../../identity/mail/delivery.ts'
import { requireOrigin } from '../../identity/required-origin.ts'
import { type Backend, type StartOptions, start } from '../../identity/start.ts'
import type { Driver } from '../../store/driver.ts'
import { createFront } from '../../surface/front.ts'
import type { HttpServer } from '../../surface/http/server.ts'
import { createWatch } from '../../surface/http/watch.ts'
import { mailboxPages } from '../../surface/mailbox/surface.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Metrics } from '../../telemetry/metrics/registry.ts'
import type { Address } from '../settings/address.ts'
import type { EdgeSettings } from '../settings/edge.ts'

/** One version of the app, ready to serve. */
export interface Version extends Pick<Backend, 'manifest' | 'schema' | 'close'> {
  readonly http: HttpServer
}

export interface VersionOptions {
  readonly driver: Driver
  readonly address: Address
  readonly log: Logger
  readonly development: boolean
  /** The project's migrations folder. */
  readonly migrations?: string
  /** Somebody has said which address to listen on. */
  readonly exposed: boolean
  /** What stands in front of it, and how much of it there may be at once. */
  readonly edge?: EdgeSettings
  /** Milliseconds to serve on once it was asked to stop. */
  readonly drain?: number
  /** Bytes that answers of cached views may take. */
  readonly cache?: number
  /** Where numbers about it are kept; absent: nothing is measured. */
  readonly metrics?: Metrics
  /** A line for each request. */
  readonly logRequests?: boolean
  /** What of the place's own network handlers may call. */
  readonly httpPrivate?: readonly string[]
  /** What all keys are derived from. */
  readonly secrets?: StartOptions['secrets']
  /** How processes hear of each other's writes, where the database does not tell them. */
  readonly changes?: StartOptions['changes']
  /** How mails leave. */
  readonly mail?: MailSetup
  /** Where files are kept. */
  readonly files?: StartOptions['files']
  /** Where people reach the app: signed tokens are in its name, and its pages may act with a session in a cookie. */
  readonly origin?: string | (() => string)
  /** Shown beside the API reference; in development. */
  readonly mailbox?: Mailbox
  /** Other processes listen on the same port. */
  readonly shared?: boolean
  /** `off`: nobody is limited, whatever the app says. Absent: in production callers are, also where it says nothing. */
  readonly limits?: StartOptions['limits']
}

/** Starts a backend and mounts every surface on a server. Nothing listens yet. Throws a Problem, with nothing left open. */
export async function createVersion(app: App, options: VersionOptions): Promise<Version> {
  const { driver, address, log, development, exposed, drain = 0, shared = false } = options
  const { limits, hsts, ...front } = options.edge ?? {}
  const backend = await start(app, {
    driver,
    mode: development ? 'development' : 'production',
    log,
    limits: options.limits ?? { usual: !development },
    ...(options.cache !== undefined && { cache: options.cache }),
    ...(options.metrics && { metrics: options.metrics }),
    ...(options.httpPrivate && { http: { private: options.httpPrivate } }),
    ...(options.secrets && { secrets: options.secrets }),
    ...(options.changes && { changes: options.changes }),
    ...(options.mail && { mail: options.mail }),
    ...(options.files && { files: options.files }),
    ...(options.origin !== undefined && { origin: options.origin }),
    ...(options.migrations !== undefined && { migrations: options.migrations }),
  })
  const { manifest, schema, close } = backend
  try {
    const watch = createWatch({ metrics: options.metrics, log: options.logRequests ? log : undefined })
    requireOrigin(manifest, options.origin)
    const http = createFront(backend, {
      ...address,
      exposed,
      shared,
      development,
      ...front,
      ...(hsts === undefined ? {} : { hsts }),
      limits: { ...limits, drainTime: drain },
      ...(typeof options.origin === 'string' ? { origin: options.origin } : {}),
      ...(watch && { watch }),
      ...(development && options.mailbox && { more: [mailboxPages(options.mailbox)] }),
    })
    return { manifest, http, schema, close }
  } catch (error) {
    await close()
    throw error
  }
}
