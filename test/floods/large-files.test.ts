import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NO_POSTGRES, postgresUrl } from '../../packages/bede/test/support/postgres.ts'
import { carryLargeFiles } from './large-files.ts'

const url = await postgresUrl()
const folder = mkdtempSync(join(tmpdir(), 'bede-large-files-'))
after(() => rmSync(folder, { recursive: true }))
const against = process.platform === 'linux' ? undefined : 'memory is read from /proc'

/** `npm run test:floods` does it with 300 MB, and in S3. */
test('a file of 64 MB is sent and fetched in every way, and costs the server less than 48 MB of memory', {
  skip: against ?? (url ? false : NO_POSTGRES),
}, async () => {
  const report = await carryLargeFiles({
    database: url ?? '',
    environment: { BEDE_FILES: folder },
    megabytes: 64,
    bound: 48,
  })
  assert.deepEqual(report.wrong, [])
  assert.equal(report.ways.length, 6)
})
