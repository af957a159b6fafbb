import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { createScratch, sweepScratch, withScratch } from '../../src/toolkit/scratch/scratch.ts'
import { pieces } from '../support/samples.ts'

const parent = await mkdtemp(join(tmpdir(), 'bede-test-scratch-'))
after(() => rm(parent, { recursive: true }))
const left = (): Promise<string[]> => readdir(parent)

test('what is written is there while it is needed, for this user alone, and gone after', async () => {
  const path = await withScratch(async (scratch) => {
    const file = await scratch.write(pieces(Buffer.from('hello'), 2))
    assert.equal(await readFile(file, 'utf8'), 'hello')
    assert.equal((await stat(dirname(file))).mode & 0o077, 0)
    return file
  }, parent)
  await assert.rejects(readFile(path))
  assert.deepEqual(await left(), [])
})

test('class 117: a thousand uploads that break off leave nothing', async () => {
  for (let i = 0; i < 1_000; i++) {
    const failing = withScratch(async (scratch) => {
      await scratch.write(broken(i % 3))
    }, parent)
    await assert.rejects(failing)
  }
  assert.deepEqual(await left(), [])
})

async function* broken(after: number) {
  for (let i = 0; i < after; i++) yield Buffer.alloc(1_000)
  throw new Error('the line broke')
}

test('a write that is broken off leaves no part of a file, though the folder stays', async () => {
  const scratch = createScratch(parent)
  const cut = new AbortController()
  async function* slow() {
    yield Buffer.alloc(10)
    cut.abort()
    yield Buffer.alloc(10)
  }
  await assert.rejects(scratch.write(slow(), cut.signal))
  assert.deepEqual(await readdir(await scratch.folder()), [])
  await scratch.remove()
  await scratch.remove()
  await assert.rejects(scratch.folder())
  assert.deepEqual(await left(), [])
})

test('nothing is made for who needs nothing', async () => {
  await withScratch(async () => {
    assert.deepEqual(await left(), [])
  }, parent)
})

test('folders of processes that are gone are swept, and no others', async () => {
  const scratch = createScratch(parent)
  const mine = await scratch.folder()
  await mkdir(join(parent, 'bede-scratch-4194999-gone'))
  await mkdir(join(parent, `bede-scratch-${process.ppid}-alive`))
  await mkdir(join(parent, 'somebody-elses'))
  const old = join(parent, `bede-scratch-${process.ppid}-old`)
  await mkdir(old)
  await utimes(old, 0, 0)
  assert.equal(await sweepScratch(parent), 2)
  assert.deepEqual(
    (await left()).sort(),
    [mine.slice(parent.length + 1), `bede-scratch-${process.ppid}-alive`, 'somebody-elses'].sort(),
  )
  await scratch.remove()
})
