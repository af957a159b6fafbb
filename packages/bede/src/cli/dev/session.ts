import { dirname, relative } from 'node:path'
import { createMailbox } from '../../adapters/mailbox.ts'
import type { Secrets } from '../../engine/keys/root-secret.ts'
import type { Sender } from '../../identity/mail/mail.ts'
import type { StartOptions } from '../../identity/start.ts'
import type { Driver } from '../../store/driver.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { type AppFile, loadAppFile } from '../project/app-file.ts'
import type { Database } from '../serve/database.ts'
import { createVersion, type Version } from '../serve/version.ts'
import { type AddressSettings, urlOf } from '../settings/address.ts'
import type { EdgeSettings } from '../settings/edge.ts'
import { problemText } from '../terminal/problem.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { announce, announceChange, announceMail } from './announce.ts'
import { createEdge } from './edge.ts'
import { watchFiles } from './watch.ts'

export interface SessionOptions {
  /** The app file. */
  readonly path: string
  readonly database: Database
  readonly address: AddressSettings
  readonly edge: EdgeSettings
  readonly secrets: Secrets
  /** What of the place's own network handlers may call. */
  readonly httpPrivate: readonly string[]
  /** Where people reach the app, and who its mails are from; absent, what development can have. */
  readonly origin: string | undefined
  readonly sender: Sender | undefined
  /** Where files are kept. */
  readonly files?: StartOptions['files']
  readonly terminal: Terminal
  readonly log: Logger
}

/** A project while it is being written: its last good version is served, and each save may become the next. */
export interface Session {
  /** Opens the database and serves the first version, if it has no mistakes. `since`: when it began, for what is said. */
  begin(since: number): Promise<void>
  /** Rejects with what no save of a file can put right. */
  readonly failed: Promise<never>
  /** Finishes what is in flight and closes everything. */
  end(): Promise<void>
}

/** Of a domain that is never anybody's (RFC 6761 §6.4): what is answered to it reaches nobody. */
const nobody = 'no-reply@app.invalid'

/** What no save of a file can put right. */
const fatal = new Set<string>([
  'cannot-listen',
  'unsafe-address',
  'store-unavailable',
  'store-locked',
  'store-version',
  'store-folder',
])

export function createSession(options: SessionOptions): Session {
  const { path, database, address, edge: front, secrets, httpPrivate, origin, sender, files, terminal, log } = options
  const root = dirname(path)
  const edge = createEdge()
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  // Somebody may end the session before anybody looks at it.
  failed.catch(() => {})
  const here = (): string => urlOf(edge.address ?? address)
  // Versions come and go; what was sent stays.
  const mailbox = createMailbox((mail) => announceMail(mail, { terminal, url: here() }))
  let served: Version | undefined
  let driver: Driver | undefined
  // One at a time: what is saved while a version loads is loaded after it.
  let turn: Promise<void> = Promise.resolve()
  const watcher = watchFiles((changed) => {
    const since = performance.now()
    turn = turn.then(async () => take(await loadAppFile(path), since, changed)).catch(fail)
  })

  async function take(file: AppFile, since: number, changed: readonly string[]): Promise<void> {
    watcher.look(file.loading)
    try {
      if ('problem' in file) throw file.problem
      if (!driver) return
      const next = await createVersion(file.app, {
        driver,
        address,
        edge: front,
        secrets,
        httpPrivate,
        log,
        development: true,
        exposed: address.exposed,
        mailbox,
        ...(files && { files }),
        origin: origin ?? here,
        mail: {
          by: mailbox,
          from: sender ?? { name: file.app.name, address: nobody },
          origin: () => origin ?? here(),
        },
      })
      await edge.serve(next.http)
      const took = performance.now() - since
      const url = here()
      if (!served) announce(next, { terminal, url, database: database.name, files: file.loading.files.size, took })
      else announceChange(served, next, { terminal, changed: changed.map((name) => relative(root, name)), took })
      const before = served
      served = next
      // What it does in the background, the new version does.
      await before?.close()
    } catch (error) {
      if (!served && (!isProblem(error) || fatal.has(error.code))) throw error
      const problem = isProblem(error) ? error : new Problem('internal', { message: String(error), cause: error })
      const rest = served ? 'The last good version is still served.' : 'Nothing is served yet.'
      terminal.say(
        `\n${problemText(problem, terminal)}\n\n${terminal.said('dim', `${rest} Save a file to try again.`)}`,
      )
    }
  }

  return {
    failed,
    async begin(since) {
      const opening = database.driver.open()
      const [connection, file] = await Promise.all([opening, loadAppFile(path)])
      // Versions come and go; the database stays open.
      driver = { ...database.driver, open: async () => connection, close: async () => {} }
      turn = take(file, since, [])
      await turn
    },
    async end() {
      watcher.close()
      await turn.catch(() => {})
      await edge.close()
      await served?.close()
      await database.driver.close()
    },
  }
}
