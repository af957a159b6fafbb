import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openFiles } from '../../src/cli/serve/files.ts'
import { readSettings } from '../../src/cli/settings/settings.ts'
import { start } from '../../src/identity/start.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { studio } from '../attacks/support/studio.ts'

test('BEDE_FILES names a folder, and nothing that is an address', () => {
  assert.deepEqual(readSettings({ BEDE_FILES: './files' }).files, { folder: './files' })
  assert.equal(readSettings({}).files, undefined)
  for (const wrong of ['s3://bucket', 'https://x.example/', ' '])
    assert.throws(() => readSettings({ BEDE_FILES: wrong }), { code: 'invalid-setting' }, wrong)
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
