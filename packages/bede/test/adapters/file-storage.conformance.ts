import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileStorage } from '../../src/engine/files/storage.ts'
import { pieces } from '../support/samples.ts'

/** What every place for files has to do. `left`: what is there, unfinished writes included. */
export function conforms(
  name: string,
  open: () => Promise<{ storage: FileStorage; left(): Promise<readonly string[]> }>,
) {
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251))

  test(`${name}: what is written comes back, whole and in parts, and is gone when it is removed`, async () => {
    const { storage, left } = await open()
    await storage.write('0190a1/aa/one', pieces(bytes, 7_001))
    assert.ok(bytes.equals(await whole(storage, '0190a1/aa/one')))
    for (const [start, end] of [
      [0, 0],
      [10, 70_000],
      [99_999, 99_999],
    ] as const)
      assert.ok(bytes.subarray(start, end + 1).equals(await whole(storage, '0190a1/aa/one', { start, end })))
    await storage.write('0190a1/aa/empty', pieces(Buffer.alloc(0), 1))
    assert.equal((await whole(storage, '0190a1/aa/empty')).length, 0)
    for (const key of ['0190a1/aa/one', '0190a1/aa/empty', '0190a1/aa/never']) await storage.remove(key)
    assert.equal(await storage.read('0190a1/aa/one'), undefined)
    assert.deepEqual(await left(), [])
    await storage.close()
  })

  test(`${name}: what is not written to its end is not there, whoever stopped it`, async () => {
    const { storage, left } = await open()
    async function* broken() {
      yield bytes
      throw new Error('the line broke')
    }
    await assert.rejects(storage.write('0190a1/aa/broken', broken()), /the line broke/)
    const cut = new AbortController()
    async function* slow() {
      yield bytes
      cut.abort(new Error('nobody waits'))
      yield bytes
    }
    await assert.rejects(storage.write('0190a1/aa/slow', slow(), cut.signal), /nobody waits/)
    assert.equal(await storage.read('0190a1/aa/broken'), undefined)
    assert.deepEqual(await left(), [])
    await storage.close()
  })

  test(`${name}: a large file comes back as it was, and one that breaks off late leaves nothing`, async () => {
    const { storage, left } = await open()
    const large = Buffer.alloc(20 * 1024 * 1024 + 5)
    for (let at = 0; at < large.length; at += 65_536) large.writeUInt32BE(at, Math.min(at, large.length - 4))
    for (const size of [1024 * 1024, 3_000_001, large.length]) {
      await storage.write('0190a1/aa/large', pieces(large, size))
      assert.ok(large.equals(await whole(storage, '0190a1/aa/large')), `written in pieces of ${size}`)
      const [start, end] = [8 * 1024 * 1024 - 3, 16 * 1024 * 1024 + 3]
      assert.ok(large.subarray(start, end + 1).equals(await whole(storage, '0190a1/aa/large', { start, end })))
      await storage.remove('0190a1/aa/large')
    }
    async function* broken() {
      yield large
      throw new Error('the line broke')
    }
    await assert.rejects(storage.write('0190a1/aa/broken', broken()), /the line broke/)
    const cut = new AbortController()
    async function* slow() {
      yield large
      cut.abort(new Error('nobody waits'))
    }
    await assert.rejects(storage.write('0190a1/aa/slow', slow(), cut.signal), /nobody waits/)
    assert.equal(await storage.read('0190a1/aa/slow'), undefined)
    assert.deepEqual(await left(), [])
    await storage.close()
  })

  test(`${name}: keys are listed by how they begin`, async () => {
    const { storage } = await open()
    const keys = ['unsettled/a', 'unsettled/b', '0190a1/aa/a', '0190a1/ab/b', '0190a2/aa/c']
    for (const key of keys) await storage.write(key, pieces(bytes, 50_000))
    const listed = async (prefix: string) => {
      const found: string[] = []
      for await (const key of storage.list(prefix)) found.push(key)
      return found.sort()
    }
    assert.deepEqual(await listed('unsettled/'), ['unsettled/a', 'unsettled/b'])
    assert.deepEqual(await listed('0190a1/'), ['0190a1/aa/a', '0190a1/ab/b'])
    assert.deepEqual(await listed('0190a1/ab/'), ['0190a1/ab/b'])
    assert.deepEqual(await listed('nothing/'), [])
    await storage.tidy(new Date(Date.now() + 60_000))
    for (const key of keys) await storage.remove(key)
    await storage.close()
  })

  test(`class 111: ${name}: a key that Bede did not make is refused`, async () => {
    const { storage, left } = await open()
    for (const key of ['../x', 'a/../../x', '/etc/passwd', 'a//b', 'a\\b', '.incoming/x', 'A', 'a\0b', '', 'a/'])
      await assert.rejects(async () => storage.write(key, pieces(bytes, 100)), TypeError, key)
    assert.deepEqual(await left(), [])
    await storage.close()
  })
}

async function whole(storage: FileStorage, key: string, span?: { start: number; end: number }): Promise<Buffer> {
  const found = await storage.read(key, span)
  assert.ok(found)
  return Buffer.concat(await found.toArray())
}
