import { execFile } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { readClaims, unannounced } from '../../packages/bede/src/practice/rehearse/claims.ts'
import { readMigrations } from '../../packages/bede/src/sql/migration/folder.ts'
import { applyMigrations } from '../../packages/bede/src/store/migrate/apply.ts'
import { lockWatch } from '../../packages/bede/src/store/migrate/locks.ts'
import { openStore } from '../../packages/bede/src/store/open.ts'
import { type Served, serve } from '../process.ts'
import { type Clients, type Met, startClients } from './clients.ts'
import { appText, versions } from './versions.ts'

const bede = fileURLToPath(new URL('../../packages/bede', import.meta.url))

/** One migration, applied while two versions served. */
export interface Migrated {
  readonly change: string
  readonly steps: readonly { readonly title: string; readonly seconds: number; readonly locks: readonly string[] }[]
  readonly seconds: number
  /** Locks stronger than `plan.md` says. */
  readonly unannounced: readonly string[]
  /** Whether `plan.md` says that the version before can serve meanwhile. */
  readonly serves: boolean
  readonly before: Met
  readonly after: Met
}

export interface LiveOptions {
  readonly database: string
  readonly rows: number
  readonly clients: number
  /** How long both versions serve after each migration. */
  readonly seconds: number
  readonly port: number
  readonly env?: Readonly<Record<string, string>>
  readonly say?: (line: string) => void
}

/**
 * Takes a table of so many rows through every version, each migration planned and applied as a user would, while clients
 * of the version before never cease, and those of the new one begin as soon as it can serve.
 */
export async function migrateLive(options: LiveOptions): Promise<readonly Migrated[]> {
  const { database, rows, say = () => {} } = options
  const folder = mkdtempSync(join(tmpdir(), 'bede-live-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(bede, join(folder, 'node_modules/bede'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [n, version] of versions.entries()) writeFileSync(join(folder, `app${n}.ts`), appText(version))
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  const world = { ...options, folder }
  const migrated: Migrated[] = []
  let serving: Serving | undefined
  try {
    await plan(world, 0)
    await apply(world)
    await client.query(
      `insert into customer (id, name, visits, note, created_at)
       select gen_random_uuid(), 'First' || n || ' Last' || n, n % 1000, case when n % 3 > 0 then repeat('words ', 20) || n end, now() - n * interval '1 second'
       from generate_series(1, ${rows}) n`,
    )
    await client.query('vacuum analyze customer')
    const others = (await client.query<{ id: string }>('select id from customer limit 1000')).rows.map(({ id }) => id)
    serving = await begin(world, 0, others)
    for (const n of versions.keys()) {
      if (n === 0) continue
      const report = await plan(world, n)
      const applied = await apply(world)
      const next = await begin(world, n, others)
      await pause(options.seconds * 1000)
      const before = await end(serving)
      serving = undefined
      const after = await next.clients.stop()
      migrated.push({ ...applied, change: versions[n]?.change ?? '', serves: /^\*\*Yes/m.test(report), before, after })
      serving = { ...next, clients: startClients(next.port, versions[n] ?? first, options.clients, others) }
      say(`${versions[n]?.change}: ${applied.seconds.toFixed(1)} s, ${before.requests} + ${after.requests} requests`)
    }
    await plan(world, versions.length - 1)
    const last = await apply(world)
    const none: Met = { requests: 0, errors: new Map(), times: [] }
    migrated.push({
      ...last,
      change: 'what was left for the last version',
      serves: true,
      before: await end(serving),
      after: none,
    })
    serving = undefined
    return migrated
  } finally {
    if (serving) await end(serving)
    await client.end()
    rmSync(folder, { recursive: true })
  }
}

interface World extends LiveOptions {
  readonly folder: string
}

interface Serving {
  readonly server: Served
  readonly clients: Clients
  readonly port: number
}

const first = versions[0] as (typeof versions)[number]

async function begin(world: World, n: number, others: readonly string[]): Promise<Serving> {
  const port = world.port + n
  const server = await serve(['start', '--app', `app${n}.ts`, '--port', String(port)], {
    cwd: world.folder,
    env: { ...world.env, DATABASE_URL: world.database },
    url: `http://127.0.0.1:${port}/health/ready`,
  })
  return { server, port, clients: startClients(port, versions[n] ?? first, world.clients, others) }
}

async function end({ clients, server }: Serving): Promise<Met> {
  const met = await clients.stop()
  await server.stop()
  return met
}

/** `bede migrate plan`, and what a person does who has read it: the accepting line where something would be lost. */
async function plan({ folder, database, env }: World, n: number): Promise<string> {
  const words = [join(bede, 'bin/bede.js'), 'migrate', 'plan', '--app', `app${n}.ts`, '--name', `version-${n}`]
  const args = n === 0 ? words : [...words, '--database', database]
  const run = await new Promise<{ code: number; said: string }>((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...env } }
    execFile(process.execPath, args, options, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, said: out + err }),
    )
  })
  const id = readdirSync(join(folder, 'migrations')).sort().at(-1) ?? ''
  const place = join(folder, 'migrations', id)
  const report = readFileSync(join(place, 'plan.md'), 'utf8')
  const losses = report.match(/^-- accept loss: .*$/gm) ?? []
  if (run.code !== (losses.length > 0 ? 1 : 0)) throw new Error(`bede migrate plan: ${run.said}`)
  for (const loss of losses) appendFileSync(join(place, 'up.sql'), `${loss}\n`)
  return report
}

/** `bede migrate apply`, with an eye on the locks. */
async function apply({ folder, database }: World): Promise<Pick<Migrated, 'steps' | 'seconds' | 'unannounced'>> {
  const driver = openStore(database)
  try {
    const connection = await driver.open()
    const migrations = readMigrations(join(folder, 'migrations'))
    const watch = lockWatch(connection)
    const steps: { title: string; step: number; seconds: number }[] = []
    const ends: Promise<void>[] = []
    const begun = performance.now()
    const { applied } = await applyMigrations(connection, migrations, {
      inspect: watch.inspect,
      tell(progress) {
        if (progress.event !== 'step-done') return
        steps.push({ title: progress.title, step: progress.step, seconds: progress.took / 1000 })
        ends.push(watch.ended())
      },
    })
    await Promise.all(ends)
    const seconds = (performance.now() - begun) / 1000
    const migration = migrations.find(({ id }) => applied.includes(id))
    if (!migration) throw new Error('nothing was applied')
    const claims = readClaims(migration.folder) ?? []
    return {
      seconds,
      steps: steps.map(({ title, step, seconds: took }) => ({
        title,
        seconds: took,
        locks: watch.taken.filter((lock) => lock.step === step).map(({ mode, table }) => `${mode} on ${table}`),
      })),
      unannounced: unannounced(claims, watch.taken, migration).map(
        ({ step, mode, table }) => `step ${step}: ${mode} on ${table}`,
      ),
    }
  } finally {
    await driver.close()
  }
}
