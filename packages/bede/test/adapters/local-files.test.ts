import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { localFiles } from '../../src/adapters/files/local.ts'
import { pieces } from '../support/samples.ts'
import { conforms } from './file-storage.conformance.ts'

const parent = await mkdtemp(join(tmpdir(), 'bede-test-files-'))
after(() => rm(parent, { recursive: true }))
let count = 0
const fresh = (): string => join(parent, String(count++))
const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

conforms('a folder', async () => {
  const folder = fresh()
  return { storage: await localFiles(folder), left: () => filesIn(folder) }
})

test("files and folders are this user's alone, and no link is followed", async () => {
  const folder = fresh()
  const storage = await localFiles(folder)
  await storage.write('0190a1/aa/one', pieces(Buffer.from('x'), 1))
  for (const path of ['', '0190a1', '0190a1/aa', '0190a1/aa/one'])
    assert.equal((await stat(join(folder, path))).mode & 0o077, 0, path)
  await symlink('/etc/passwd', join(folder, '0190a1/aa/two'))
  await assert.rejects(storage.read('0190a1/aa/two'), { code: 'ELOOP' })
})

test('what a process that died was writing is tidied away once it is old', async () => {
  const folder = fresh()
  const storage = await localFiles(folder)
  const [old, young] = ['old', 'young'].map((name) => join(folder, '.incoming', name))
  for (const path of [old, young]) await writeFile(String(path), 'half')
  await utimes(String(old), 0, 0)
  await storage.tidy(new Date(Date.now() - 86_400_000))
  assert.deepEqual(await filesIn(folder), ['young'])
})

test('a place that is no folder is refused at the start', async () => {
  const path = fresh()
  await writeFile(path, '')
  await assert.rejects(localFiles(path), { code: 'invalid-setting' })
})
