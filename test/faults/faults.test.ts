import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import pg from 'pg'
import { NO_POSTGRES, postgresUrl } from '../../packages/bede/test/support/postgres.ts'
import { check } from './check.ts'
import type { Told } from './clients.ts'
import { reasonAgainst, runFaults } from './run.ts'

/** `BEDE_FAULTS=200` for the whole exercise; `npm run test:faults` says more while it runs. */
const count = Number(process.env.BEDE_FAULTS ?? 20)

test(`${count} faults under load: nothing acknowledged is lost, half there or there twice`, {
  skip: reasonAgainst() ?? false,
}, async () => {
  const report = await runFaults(count)
  assert.deepEqual([...report.broken, ...report.strange], [])
  assert.equal(report.unknown, 0, 'every write was answered in the end')
  assert.ok(report.acknowledged > count * 5, `${report.acknowledged} writes were acknowledged`)
  assert.ok(report.repeated > 0, 'clients have felt the faults')
  assert.equal(
    Object.values(report.faults).reduce((sum, times) => sum + times, 0),
    count,
  )
})

const url = await postgresUrl()

describe('the checker finds what it looks for', { skip: url ? false : NO_POSTGRES }, () => {
  const client = new pg.Client({ connectionString: url ?? '' })
  after(() => client.end())

  const sheet = '01890000-0000-7000-8000-000000000001'
  const honest: readonly Told[] = [
    { kind: 'entry', key: 'e1', acknowledged: true },
    { kind: 'entry', key: 'e2', acknowledged: false },
    { kind: 'transfer', key: 't1', acknowledged: true },
    { kind: 'bump', sheet, version: 1, at: 1 },
    { kind: 'bump', sheet, version: 2, at: 2 },
    { kind: 'read', sheet, version: 2, begun: 3 },
  ]
  const fill = (statements = '') =>
    client.query(`drop schema if exists bede cascade; drop table if exists entry, sheet;
      create schema bede; create table bede.outbox (payload jsonb);
      create table entry (key text unique, transfer text); create table sheet (id uuid, version int);
      insert into entry values ('e1', null), ('t1-from', 't1'), ('t1-to', 't1');
      insert into bede.outbox select jsonb_build_object('key', key) from entry;
      insert into sheet values ('${sheet}', 2); ${statements}`)

  test('and nothing where all is well', async () => {
    await client.connect()
    await fill()
    assert.deepEqual((await check(url ?? '', honest)).broken, [])
  })

  for (const [what, statements, told, pattern] of [
    ['a write that is missing', "delete from entry where key = 'e1'", [], /^e1 was acknowledged and is not there/],
    ['a write without its event', "delete from bede.outbox where payload ->> 'key' = 'e1'", [], /^e1 has 0 events/],
    ['an event that came twice', 'insert into bede.outbox values (\'{"key":"e1"}\')', [], /^e1 has 2 events/],
    ['an event without its write', 'insert into bede.outbox values (\'{"key":"x"}\')', [], /of x is without/],
    ['half a transfer', "insert into entry values ('t2-to', 't2')", [], /t2 has 1 sides/],
    ['an increment that is lost', 'update sheet set version = 1', [], /is at 1 after 2 acknowledged/],
    ['an increment that counted twice', 'update sheet set version = 3', [], /is at 3 after 2 acknowledged/],
    ['a read of the past', '', [{ kind: 'read', sheet, version: 1, begun: 3 }], /saw 1 after 2 had been told/],
    ['one version told twice', '', [{ kind: 'bump', sheet, version: 2, at: 4 }], /were told the same version/],
  ] as const) {
    test(what, async () => {
      await fill(statements)
      const { broken } = await check(url ?? '', [...honest, ...told])
      assert.match(broken.join('\n'), new RegExp(pattern, `${pattern.flags}m`))
    })
  }
})
