import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_POSTGRES, postgresUrl } from '../../packages/bede/test/support/postgres.ts'
import { reasonAgainst, runFloods } from './run.ts'

const url = await postgresUrl()

/** `npm run test:floods` is the whole of it. */
test('slow callers, crowds and bombs: memory stays under its bound, and health is answered throughout', {
  skip: reasonAgainst() ?? (url ? false : NO_POSTGRES),
}, async () => {
  const report = await runFloods({
    database: url ?? '',
    seconds: 0.5,
    connections: 500,
    bound: 400,
    environment: {
      BEDE_HTTP_CONNECTIONS: '400',
      BEDE_HTTP_CONNECTIONS_PER_ADDRESS: '40',
      BEDE_HTTP_REQUESTS: '100',
    },
  })
  assert.deepEqual(report.wrong, [])
  const idle = report.results.find(({ name }) => name === 'connections that say nothing')
  assert.ok((idle?.closed ?? 0) > 50, 'too many connections are not kept')
  const bombs = Object.keys(report.results.find(({ name }) => name === 'bombs of JSON')?.statuses ?? {})
  assert.ok(
    bombs.every((status) => status.startsWith('4')),
    bombs.join(),
  )
})
