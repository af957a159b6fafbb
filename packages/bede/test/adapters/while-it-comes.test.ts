import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { test } from 'node:test'
import { whileItComes } from '../../src/adapters/files/while-it-comes.ts'

const long = 60_000

test('bytes pass as they are, however slowly they are taken', async () => {
  const bytes = Buffer.alloc(300_000, 'x')
  const taken: Buffer[] = []
  for await (const chunk of whileItComes(Readable.from([bytes.subarray(0, 200_000), bytes.subarray(200_000)]), 5)) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    taken.push(chunk)
  }
  assert.ok(Buffer.concat(taken).equals(bytes))
})

test('a source that gives nothing to somebody who waits is ended, and so is its reader', async () => {
  const source = new PassThrough()
  source.write('begun')
  await assert.rejects(whileItComes(source, 20).toArray(), /nothing came for 20 ms/)
  assert.ok(source.destroyed)
})

test('what is cut off is never taken for the end', async () => {
  const cut = new PassThrough()
  const passed = whileItComes(cut, long)
  cut.write('begun')
  setImmediate(() => cut.destroy())
  await assert.rejects(passed.toArray(), /it ended before its end/)
  const broken = new PassThrough()
  const other = whileItComes(broken, long)
  setImmediate(() => broken.destroy(new Error('the line broke')))
  await assert.rejects(other.toArray(), /the line broke/)
})

test('a reader who leaves ends the source', async () => {
  const source = new PassThrough()
  source.write('begun')
  const passed = whileItComes(source, long)
  for await (const _ of passed) break
  assert.ok(source.destroyed)
})
