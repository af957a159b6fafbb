import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openBeneath } from '../../../src/toolkit/paths/open-beneath.ts'
import { traversals } from '../../support/traversals.ts'

const top = mkdtempSync(join(tmpdir(), 'bede-paths-'))
after(() => rmSync(top, { recursive: true, force: true }))
const root = join(top, 'root')
mkdirSync(join(root, 'a/b'), { recursive: true })
writeFileSync(join(root, 'a/b/c.txt'), 'inside')
writeFileSync(join(top, 'secret.txt'), 'outside')
symlinkSync('../secret.txt', join(root, 'link.txt'))
symlinkSync('a/b/c.txt', join(root, 'inner.txt'))
symlinkSync('..', join(root, 'up'))
symlinkSync('a', join(root, 'alias'))
symlinkSync('nowhere', join(root, 'dangling'))

const read = async (name: string): Promise<string> => {
  await using handle = await openBeneath(root, name)
  return await handle.readFile('utf8')
}
const files = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((one) => join(one.parentPath, one.name))
const unsafe = { code: 'unsafe-name' }

test('a file below the root is opened by its name', async () => {
  assert.equal(await read('a/b/c.txt'), 'inside')
  await assert.rejects(read('a/b/d.txt'), { code: 'not-found' })
  await assert.rejects(read('x/b/d.txt'), { code: 'not-found' })
})

test('class 111: no link is followed, in any part, wherever it leads', async () => {
  for (const name of ['link.txt', 'inner.txt', 'up/secret.txt', 'up/root/a/b/c.txt', 'alias/b/c.txt', 'dangling'])
    await assert.rejects(read(name), unsafe, name)
})

test('class 111: what is not a file is not opened, and nobody waits for it', async () => {
  execFileSync('mkfifo', [join(root, 'pipe')])
  for (const name of ['a', 'a/b', 'pipe']) await assert.rejects(read(name), unsafe, name)
  await assert.rejects(read('a/b/c.txt/d'), unsafe)
})

test('class 111: none of the corpus opens or makes anything', async () => {
  const before = files(top)
  for (const name of traversals)
    for (const create of [false, true]) await assert.rejects(openBeneath(root, name, { create }), unsafe, name)
  assert.deepEqual(files(top), before)
})

test('a file is made once, private, with the folders on its way, and through no link', async () => {
  const make = async (name: string, text: string) => {
    await using handle = await openBeneath(root, name, { create: true })
    await handle.writeFile(text)
  }
  await make('new/folder/file.txt', 'one')
  assert.equal(readFileSync(join(root, 'new/folder/file.txt'), 'utf8'), 'one')
  assert.equal(statSync(join(root, 'new/folder/file.txt')).mode & 0o777, 0o600)
  assert.equal(statSync(join(root, 'new/folder')).mode & 0o777, 0o700)
  const before = files(top)
  await assert.rejects(make('new/folder/file.txt', 'two'), { code: 'conflict', status: 409 })
  for (const name of ['link.txt', 'dangling']) await assert.rejects(make(name, 'two'), { code: 'conflict' })
  for (const name of ['up/made.txt', 'alias/made.txt', 'a/b/c.txt/d']) await assert.rejects(make(name, 'two'), unsafe)
  assert.deepEqual(files(top), before)
  assert.equal(readFileSync(join(root, 'new/folder/file.txt'), 'utf8'), 'one')
  assert.equal(readFileSync(join(top, 'secret.txt'), 'utf8'), 'outside')
  assert.ok(!existsSync(join(root, 'nowhere')))
})

test('class 111: no handle is left open by refusals', {
  skip: process.platform !== 'linux' && 'counts /proc/self/fd',
}, async () => {
  const open = () => readdirSync('/proc/self/fd').length
  const before = open()
  for (let turn = 0; turn < 50; turn++)
    for (const name of ['link.txt', 'a/b', 'up/secret.txt', 'a/b/none', '../x']) await assert.rejects(read(name))
  assert.equal(open(), before)
})
