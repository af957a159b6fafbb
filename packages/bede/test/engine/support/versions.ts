import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { localFiles } from '../../../src/adapters/files/local.ts'
import { planFolder } from '../../../src/cli/migrate/write.ts'
import { type Backend, start } from '../../../src/identity/start.ts'
import { type App, link } from '../../../src/index.ts'
import { readMigrations } from '../../../src/sql/migration/folder.ts'
import type { Connection, Driver } from '../../../src/store/driver.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { openStore } from '../../../src/store/open.ts'
import { silent } from '../../../src/telemetry/logger.ts'
import { isProblem } from '../../../src/telemetry/problem.ts'
import type { TestStore } from '../../support/stores.ts'

/** Versions of one app that keeps files, over one database and one folder of migrations. */
export interface Versions {
  readonly connection: Connection
  /** The files that are stored. */
  stored(): Promise<readonly string[]>
  /** As after a process that was killed when all was written, and before that was noted. */
  unsettle(): Promise<void>
  /** The model and the field of every record. */
  records(): Promise<readonly string[]>
  /** Serves a version two days later than it is, and sweeps. */
  serving(version: App, work: (backend: Backend) => Promise<void>): Promise<void>
  /** Plans the next migration, with every loss accepted that it names, and applies what is due. */
  migrate(version: App, name: string): Promise<readonly string[]>
  close(): Promise<void>
}

export async function versionsOn(store: TestStore): Promise<Versions> {
  const secret = randomBytes(32).toString('base64url')
  const folder = await mkdtemp(join(tmpdir(), 'bede-dropped-'))
  const [files, migrations] = [join(folder, 'files'), join(folder, 'migrations')]
  const driver = openStore(store.url)
  const connection = await driver.open()
  // What the test before has made.
  await connection.script('drop schema if exists bede cascade; drop schema public cascade; create schema public')
  const lasting: Driver = { ...driver, open: async () => connection, close: async () => {} }
  const inTwoDays = () => new Date(Date.now() + 2 * 86_400_000)
  return {
    connection,
    stored: async () => (await readdir(files, { recursive: true })).filter((one) => /[0-9a-f]{12}$/.test(one)),
    async unsettle() {
      await mkdir(join(files, 'unsettled'), { recursive: true })
      for (const id of await readdir(files, { recursive: true }))
        if (/[0-9a-f]{12}$/.test(id)) await writeFile(join(files, 'unsettled', basename(id)), '')
    },
    async records() {
      const sql = 'select model, field from bede.file order by id'
      return (await connection.query({ sql, params: [], shape: ['model', 'field'] })).map(String).toSorted()
    },
    async serving(version, work) {
      const options = { driver: lasting, mode: 'production', migrations, log: silent, clock: inTwoDays } as const
      const backend = await start(version, { ...options, files: await localFiles(files), secrets: { current: secret } })
      try {
        await backend.idle()
        await work(backend)
        await backend.files?.sweep(connection, inTwoDays())
      } finally {
        await backend.close()
      }
    },
    async migrate(version, name) {
      const { manifest } = link(version)
      const losses: string[] = []
      const plan = { dir: migrations, manifest, name, rows: 1, url: undefined, folder }
      await planFolder(plan).catch(async (problem: unknown) => {
        assert.ok(isProblem(problem) && problem.code === 'unaccepted-loss', String(problem))
        const up = join(migrations, (await readdir(migrations)).sort().at(-1) ?? '', 'up.sql')
        await assert.rejects(applyMigrations(connection, readMigrations(migrations)), { code: 'unaccepted-loss' })
        losses.push(...problem.details.map(({ place }) => String(place)))
        await writeFile(
          up,
          `${await readFile(up, 'utf8')}\n${losses.map((loss) => `-- accept loss: ${loss}\n`).join('')}`,
        )
      })
      await applyMigrations(connection, readMigrations(migrations))
      return losses
    },
    async close() {
      await driver.close()
      await rm(folder, { recursive: true })
    },
  }
}
