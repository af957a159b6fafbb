import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { openFiles } from '../../src/cli/serve/files.ts'
import { readSettings } from '../../src/cli/settings/settings.ts'
import { start } from '../../src/identity/start.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { studio } from '../attacks/support/studio.ts'

test('BEDE_FILES names a folder or a bucket, and nothing else that is an address', () => {
  assert.deepEqual(readSettings({ BEDE_FILES: './files' }).files, { folder: './files' })
  assert.equal(readSettings({}).files, undefined)
  const s3 = 's3://bucket/prefix?region=eu-central-1'
  assert.deepEqual(readSettings({ BEDE_FILES: s3 }).files, { s3 })
  for (const wrong of ['https://x.example/', ' ', 's3://', 'S3://bucket', 's4://bucket'])
    assert.throws(() => readSettings({ BEDE_FILES: wrong }), { code: 'invalid-setting' }, wrong)
})

test('class 110: the address of a bucket that cannot be used is never told', () => {
  const canary = 'canary-7f3a'
  for (const wrong of [
    `s3://key:${canary}@bucket`,
    `s3://${canary}_`,
    `s3://bucket?secret=${canary}`,
    `s3://bucket/../${canary}`,
    `s3://bucket?endpoint=https://key:${canary}@x.example`,
  ])
    assert.throws(
      () => readSettings({ BEDE_FILES: wrong }),
      (error) =>
        isProblem(error) && error.details[0]?.place === 'BEDE_FILES' && !inspect(error, { depth: 9 }).includes(canary),
      wrong,
    )
})

test('files lie beside the embedded database where nobody says another place; else nowhere by themselves', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bede-test-place-'))
  t.after(() => rm(folder, { recursive: true }))
  assert.equal(await openFiles(undefined, { folder, embedded: false }), undefined)
  await openFiles(undefined, { folder, embedded: true })
  assert.deepEqual(await readdir(join(folder, '.bede')), ['files'])
  await openFiles({ folder: join(folder, 'mine') }, { folder, embedded: false })
  assert.deepEqual((await readdir(folder)).sort(), ['.bede', 'mine'])
})

test('in production an app that keeps files does not start without a place for them', async () => {
  const refused = start(studio(), { mode: 'production', database: 'memory://', log: silent })
  await assert.rejects(refused, (error: Error) => /BEDE_FILES/.test(String(Reflect.get(error, 'hint'))))
})
