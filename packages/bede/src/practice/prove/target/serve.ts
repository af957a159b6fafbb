import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localFiles } from '../../../adapters/files/local.ts'
import { createMailbox, type Mailbox } from '../../../adapters/mailbox.ts'
import type { App } from '../../../declare/app.ts'
import { type Backend, start } from '../../../identity/start.ts'
import type { Driver } from '../../../store/driver.ts'
import { createFront } from '../../../surface/front.ts'
import { createLogger } from '../../../telemetry/logger.ts'
import { type Random, seeded } from '../random.ts'
import { quickHasher } from './quick-hasher.ts'
import { type TrialConnection, trialConnection } from './trial.ts'
import { type TrialFiles, trialFiles } from './trial-files.ts'

/** An app on a scratch database, served to this machine as it is served in production. */
export interface Served {
  readonly backend: Backend
  readonly origin: string
  /** The scheme of the Authorization header. */
  readonly scheme: string
  readonly trials: TrialConnection
  readonly mailbox: Mailbox
  readonly random: Random
  /** What it has logged. */
  readonly lines: readonly string[]
  close(): Promise<void>
}

const loopback = '127.0.0.1'
/** Of a domain that is nobody's (RFC 6761 §6.4). */
const sender = 'prove@app.invalid'

/** Serves an app on a free port. The database must be empty; it is the caller's to close. `seed`: of all that is made up. */
export async function serve(app: App, driver: Driver, seed = 0): Promise<Served> {
  const random = seeded(seed)
  const files: TrialFiles[] = []
  let idle = async (): Promise<void> => {}
  const trials = trialConnection(await driver.open(), {
    begin: () => files.forEach((one) => void one.begin()),
    async end() {
      await idle()
      await Promise.all(files.map((one) => one.end()))
    },
  })
  const mailbox = createMailbox()
  const lines: string[] = []
  let origin = `http://${loopback}`
  const folder = await mkdtemp(join(tmpdir(), 'bede-prove-'))
  const leave = () => rm(folder, { recursive: true, force: true })
  const backend = await start(app, {
    files: async () => {
      const kept = trialFiles(await localFiles(folder))
      files.push(kept)
      return kept.storage
    },
    driver: { name: driver.name, open: async () => trials.connection, close: async () => {} },
    mode: 'production',
    log: createLogger({ level: 'warn', write: (line) => void lines.push(line) }),
    mail: { by: mailbox, from: { name: app.name, address: sender }, origin: () => origin },
    origin: () => origin,
    secrets: { current: random.bytes(32).toString('base64url') },
    hasher: quickHasher,
    // An answer kept from one trial is no answer in the next.
    cache: 0,
    // Who attacks has many addresses and much time.
    limits: 'off',
  }).catch(async (error: unknown) => {
    await leave()
    throw error
  })
  idle = backend.idle
  try {
    const http = createFront(backend, { host: loopback, port: 0 })
    const { port } = await http.listen()
    origin = `http://${loopback}:${port}`
    return {
      backend,
      origin,
      scheme: backend.options.authorization?.scheme ?? 'Bearer',
      trials,
      mailbox,
      random,
      lines,
      async close() {
        await http.close()
        await backend.close()
        await leave()
      },
    }
  } catch (error) {
    await backend.close()
    await leave()
    throw error
  }
}
