import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Statement } from '../../src/sql/statement.ts'
import { openStore } from '../../src/store/open.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { startChild } from './child.ts'

/** `BEDE_KILL_ROUNDS=20` for the whole exercise; a few are enough to see it break. */
const rounds = Number(process.env.BEDE_KILL_ROUNDS ?? 3)

const once = (sql: string, ...params: string[]): Statement => ({ sql, params, shape: [] })
const turn = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

const folder = await mkdtemp(join(tmpdir(), 'bede-kill-'))
after(() => rm(folder, { recursive: true, force: true }))
const server = await postgresUrl()

for (const { name, url, skip } of [
  { name: 'PGlite in a folder', url: `pglite://${join(folder, 'data')}`, skip: false },
  { name: 'PostgreSQL', url: server ?? '', skip: server ? false : NO_POSTGRES },
]) {
  describe(`kill -9 in the middle of writes: ${name}`, { skip }, () => {
    test(`${rounds} times: what was acknowledged is there, and nothing is half there`, async () => {
      for (let round = 0; round < rounds; round++) {
        const child = startChild('child-write.ts', url, String(round))
        await child.line((line) => line === 'ready')
        await turn(100 + Math.random() * 300)
        await child.kill()
        const acknowledged = child.lines.length - 1
        assert.ok(acknowledged > 0, 'it wrote before it was killed')

        const driver = openStore(url)
        const connection = await driver.open()
        try {
          const [counted] = await connection.query(
            once(
              `select count(*) filter (where halves = 2), count(*) filter (where halves <> 2), max(n)
                 from (select n, count(*) as halves from pair where round = $1 group by n) pairs`,
              String(round),
            ),
          )
          const [whole, broken, last] = (counted ?? []).map(Number)
          assert.equal(broken, 0, 'no pair is half there')
          assert.ok((whole ?? 0) >= acknowledged, `${whole} of ${acknowledged} acknowledged pairs are there`)
          assert.equal(whole, (last ?? 0) + 1, 'none is missing in between')
          const [byIndex] = await connection.query(once('select count(*) from pair where round >= 0'))
          await connection.script('set enable_seqscan = off')
          assert.deepEqual((await connection.query(once('select count(*) from pair where round >= 0')))[0], byIndex)
        } finally {
          await driver.close()
        }
      }
    })
  })
}
