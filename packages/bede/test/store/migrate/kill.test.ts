import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after as afterAll, test } from 'node:test'
import { applyMigrations } from '../../../src/store/migrate/apply.ts'
import { openStore } from '../../../src/store/open.ts'
import { NO_POSTGRES, postgresUrl } from '../../support/postgres.ts'
import { startChild } from '../child.ts'
import { first, notesSql, second } from './making.ts'

/** More events than an undisturbed run tells of. */
const mostEvents = 40
const rows = 250

const postgres = await postgresUrl()
const folder = mkdtempSync(join(tmpdir(), 'bede-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

for (const { name, url, skip, stride } of [
  // A process with an embedded database of its own takes seconds to start: not every event there.
  { name: 'PGlite', url: `pglite://${join(folder, 'data')}`, skip: false, stride: 9 },
  { name: 'PostgreSQL', url: postgres ?? '', skip: postgres ? false : NO_POSTGRES, stride: 1 },
] as const) {
  test(`a migrator that is killed at any point is followed by one that completes its work: ${name}`, {
    skip,
  }, async () => {
    const seen = new Set<string>()
    for (let at = 1; at < mostEvents; at += stride) {
      const earlier = openStore(url)
      const c = await earlier.open()
      await c.script('drop schema public cascade; create schema public; drop schema if exists bede cascade')
      await applyMigrations(c, [first])
      await c.script(notesSql(rows))
      await earlier.close()

      const child = startChild('migrate/child-apply.ts', url, String(at))
      await child.ended
      const [line = ''] = child.lines
      seen.add(line)

      const driver = openStore(url)
      try {
        const connection = await driver.open()
        const left = `select (count(*) filter (where applied_at is not null) < 2)::int4 from bede.migration`
        const [[due] = []] = await connection.query({ sql: left, params: [], shape: ['due'] })
        const { applied } = await applyMigrations(connection, [first, second])
        assert.equal(String(applied.length), due, line)
        const one = async (sql: string) => (await connection.query({ sql, params: [], shape: ['one'] }))[0]?.[0]
        assert.equal(await one('select count(*) from note where headline = title'), String(rows))
        assert.equal(await one("select count(*) from pg_index where indrelid = 'note'::regclass and indisvalid"), '2')
        assert.equal(await one("select to_regclass('bede.backfill')::text"), null)
        assert.equal(await one('select count(*) from bede.migration where applied_at is not null'), '2')
      } finally {
        await driver.close()
      }
      if (line === 'finished') break
    }
    assert.ok(seen.has('finished'), [...seen].join())
    if (stride === 1)
      for (const event of ['migration', 'step', 'batch', 'step-done', 'applied'])
        assert.ok(seen.has(`killed at ${event}`), event)
  })
}
