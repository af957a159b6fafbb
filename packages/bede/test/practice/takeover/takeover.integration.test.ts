import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { planFolder } from '../../../src/cli/migrate/write.ts'
import { takeOverInto } from '../../../src/cli/new/take-over.ts'
import { openProject } from '../../../src/cli/project/project.ts'
import { start } from '../../../src/identity/start.ts'
import { readMigrations } from '../../../src/sql/migration/folder.ts'
import type { Connection } from '../../../src/store/driver.ts'
import { introspect } from '../../../src/store/introspect/introspect.ts'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { migrationStatus } from '../../../src/store/migrate/status.ts'
import { undoMigration } from '../../../src/store/migrate/undo.ts'
import { openStore } from '../../../src/store/open.ts'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { NO_POSTGRES, postgresUrl } from '../../support/postgres.ts'
import { hostile, hostileSql } from './hostile.ts'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bede-takeover-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/taken-over/${name}.sql`, import.meta.url), 'utf8')

async function on<T>(url: string, f: (connection: Connection) => Promise<T>): Promise<T> {
  const driver = openStore(url)
  try {
    return await f(await driver.open())
  } finally {
    await driver.close()
  }
}

/** A password that nothing may keep. Whoever connects is trusted here, so it opens nothing. */
const PASSWORD = 'hunter2-of-nobody'
const withPassword = (url: string): string => {
  const address = new URL(url)
  address.password = PASSWORD
  return address.href
}

const textsIn = (of: string): string =>
  readdirSync(of, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')

/** What a database holds, but for how many rows. */
const heldBy = async (url: string) => {
  const { tables, version: _, ...rest } = await on(url, introspect)
  return { ...rest, tables: tables.map(({ rows: __, ...table }) => table) }
}

/** Replaces `nobody` by `anyone`, as whoever opens a backend would. */
function open(project: string): void {
  for (const file of readdirSync(join(project, 'services'))) {
    const path = join(project, 'services', file)
    writeFileSync(path, readFileSync(path, 'utf8').replace(/\bnobody\b(?!`)/g, 'anyone'))
  }
}

function typeErrors(project: string): string {
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true })
  symlinkSync(join(root, 'packages/bede'), join(project, 'node_modules/bede'))
  symlinkSync(join(root, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'))
  return spawnSync(process.execPath, [join(root, 'node_modules/.bin/tsc'), '--noEmit', '-p', project], {
    encoding: 'utf8',
  }).stdout
}

const replan = async (project: string) => {
  const { manifest } = await openProject({}, project)
  return planFolder({
    dir: join(project, 'migrations'),
    manifest,
    name: undefined,
    rows: 1,
    url: undefined,
    folder: project,
  })
}

interface Case {
  readonly name: string
  readonly sql: () => string
  readonly tables: number
  readonly views: number
  /** Rows that lists give. */
  readonly rows: Readonly<Record<string, number>>
}

const schemas: readonly Case[] = [
  { name: 'pagila', sql: () => fixture('pagila'), tables: 15, views: 8, rows: { film: 2, filmActor: 3, filmList: 2 } },
  { name: 'chinook', sql: () => fixture('chinook'), tables: 11, views: 0, rows: { artist: 2, playlistTrack: 1 } },
  { name: 'northwind', sql: () => fixture('northwind'), tables: 14, views: 0, rows: { customers: 2, orderDetails: 1 } },
  {
    name: 'class 70: hostile',
    sql: () => hostileSql,
    tables: 1 + 2 * hostile.length,
    views: hostile.length,
    rows: { bystander: 1 },
  },
]

const server = await postgresUrl()

describe('a database that was there', { skip: server ? false : NO_POSTGRES }, () => {
  for (const { name, sql, tables, views, rows } of schemas) {
    const title = name.startsWith('class') ? name : `${name}:`
    const project = join(folder, name.replace(/\W/g, ''))
    test(`${title} is only read, declared whole, recorded, and served`, async () => {
      const url = (await postgresUrl()) ?? ''
      await on(url, (connection) => connection.script(sql()))
      const before = await heldBy(url)

      const { models } = await takeOverInto(project, project, withPassword(url))
      assert.deepEqual([models.length, models.filter(({ readonly }) => readonly).length], [tables + views, views])
      assert.deepEqual(await heldBy(url), before, 'the database was only read')
      assert.equal(Object.hasOwn(globalThis, 'pwned'), false)
      const written = textsIn(project)
      assert.ok(!written.includes(PASSWORD) && !written.includes(new URL(url).pathname), 'nothing of the address')
      assert.equal(typeErrors(project), '')
      assert.equal(await replan(project), undefined, 'nothing to do')

      const migrations = readMigrations(join(project, 'migrations'))
      await on(url, async (connection) => {
        assert.deepEqual((await migrationStatus(connection, migrations)).drift, [])
        assert.deepEqual((await applyMigrations(connection, migrations)).adopted, [migrations[0]?.id])
        const { drift, pending, others } = await migrationStatus(connection, migrations)
        assert.deepEqual([drift, pending, others], [[], [], []])
      })
      assert.deepEqual(await heldBy(url), before, 'what was there is untouched')

      const closed = await start((await openProject({}, project)).app, {
        database: url,
        mode: 'production',
        migrations: join(project, 'migrations'),
      })
      try {
        for (const model of models) {
          await assert.rejects(
            closed.call(`${model.name}.list`, {}, null),
            (problem) => isProblem(problem) && [401, 403].includes(problem.status),
            'nobody may, until somebody says who',
          )
        }
      } finally {
        await closed.close()
      }
      open(project)
      const backend = await start((await openProject({}, project)).app, {
        database: url,
        mode: 'production',
        migrations: join(project, 'migrations'),
      })
      try {
        for (const model of models) {
          const { status, answer } = await backend.call(`${model.name}.list`, {}, null)
          assert.equal(status, 200, model.name)
          const items: unknown[] = answer.kind === 'json' ? JSON.parse(answer.text).items : []
          if (Object.hasOwn(rows, model.name)) assert.equal(items.length, rows[model.name], model.name)
        }
      } finally {
        await backend.close()
      }
      await on(url, async (connection) => {
        const counted = await connection.query({
          sql: "select to_regclass('bystander') is not null",
          params: [],
          shape: ['is'],
        })
        assert.equal(counted[0]?.[0], name.startsWith('class') ? 't' : 'f')
      })
      assert.equal(Object.hasOwn(globalThis, 'pwned'), false)
    })

    test(`${title} is made anew in an empty database, with nothing lost`, async () => {
      const [url, again] = [(await postgresUrl()) ?? '', (await postgresUrl()) ?? '']
      await on(url, (connection) => connection.script(sql()))
      const migrations = readMigrations(join(project, 'migrations'))
      await on(again, (connection) => applyMigrations(connection, migrations))
      assert.deepEqual(await heldBy(again), await heldBy(url))
    })
  }

  test('what has changed since is named, and nothing is recorded', async () => {
    const url = (await postgresUrl()) ?? ''
    await on(url, (connection) => connection.script(`${fixture('chinook')}; alter table "Track" drop column "Bytes"`))
    const migrations = readMigrations(join(folder, 'chinook', 'migrations'))
    const before = await heldBy(url)
    await on(url, (connection) =>
      assert.rejects(
        applyMigrations(connection, migrations),
        (problem) => isProblem(problem) && problem.details.some(({ place }) => place === 'Track.Bytes'),
      ),
    )
    assert.deepEqual(await heldBy(url), before)
  })

  test('what was there is not undone', async () => {
    const url = (await postgresUrl()) ?? ''
    await on(url, (connection) => connection.script(fixture('chinook').replace(/^insert .*$/gm, '')))
    const [first] = readMigrations(join(folder, 'chinook', 'migrations'))
    const before = await heldBy(url)
    await on(url, async (connection) => {
      await applyMigrations(connection, first ? [first] : [])
      await assert.rejects(
        undoMigration(connection, first ? [first] : []),
        (problem) => isProblem(problem) && problem.code === 'cannot-undo',
      )
    })
    assert.deepEqual(await heldBy(url), before)
  })

  test('an empty database, a wrong address and a folder in use leave nothing behind', async () => {
    const url = (await postgresUrl()) ?? ''
    const place = join(folder, 'none')
    for (const address of [url, 'mysql://root@localhost/shop', 'postgres://localhost']) {
      await assert.rejects(
        takeOverInto(place, 'none', address),
        (problem) => isProblem(problem) && problem.code === 'usage',
      )
    }
    assert.ok(!readdirSync(folder).includes('none'))
    await assert.rejects(
      takeOverInto(join(folder, 'chinook'), 'chinook', url),
      (problem) => isProblem(problem) && problem.code === 'folder-in-use',
    )
  })
})
