import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type Codec, compile, decoder, encoder, resizer } from '../../../src/toolkit/image/codecs.ts'
import { boundImage } from '../../../src/toolkit/image/image.ts'
import { inWorker } from '../../../src/toolkit/image/in-worker.ts'
import { withMemoryLimit } from '../../../src/toolkit/image/memory-limit.ts'
import type { ImageTask } from '../../../src/toolkit/image/worker.ts'
import { madePng } from './made.ts'

const folder = mkdtempSync(join(tmpdir(), 'bede-test-image-'))
after(() => rmSync(folder, { recursive: true }))

const megabyte = 1024 ** 2
const never = new AbortController().signal
const refused = (message: RegExp) => (error: Error) => {
  assert.match(error.message, message)
  assert.deepEqual([Reflect.get(error, 'code'), Reflect.get(error, 'status')], ['invalid-image', 422])
  return true
}
/** Longer than any of these takes on a machine that has much else to do. */
const patience = 120_000

/** 1000 pixels on each side: four megabytes when it is decoded. */
const picture = madePng({ width: 1_000, height: 1_000 }, { color: () => [1, 2, 3, 255] })
const task = (changed: Partial<ImageTask> = {}): ImageTask => ({
  bytes: new Uint8Array(picture).buffer,
  decoder: decoder('png'),
  resizer: resizer(),
  encoder: encoder('png'),
  format: 'png',
  wanted: { fit: 'inside' },
  quality: 80,
  pixels: 1_000_000,
  memory: 64 * megabyte,
  ...changed,
})

/** A codec that has gone wrong: what stands in place of the real one does this and nothing else. */
function wrong(name: string, run: string): Codec {
  const module = join(folder, `${name}.mjs`)
  writeFileSync(module, `export const init = async () => {}\nexport default async () => { ${run} }`)
  return { module, wasm: decoder('png').wasm }
}

describe('a worker that decodes an image is held', () => {
  test('class 116: to the memory that an image of its size needs: one that takes far more is refused', async () => {
    const made = await inWorker(task(), patience, never)
    assert.deepEqual([Reflect.get(made, 'width'), Reflect.get(made, 'height')], [1_000, 1_000])
    assert.deepEqual(await inWorker(task({ memory: 4 * megabyte }), patience, never), {
      refused: 'it cannot be decoded',
    })
    const smaller = { wanted: { fit: 'inside', width: 900 }, memory: 20 * megabyte } as const
    assert.deepEqual(await inWorker(task(smaller), patience, never), { refused: 'it cannot be resized' })
  })

  test('class 116: to its heap', async () => {
    const greedy = wrong('greedy', 'const all = []; for (;;) all.push({ all: [all.length] })')
    await assert.rejects(inWorker(task({ decoder: greedy }), patience, never), refused(/within the memory/))
  })

  test('class 116: to its time: one that hangs, in its own code or for nothing, is ended', async () => {
    for (const run of ['for (;;);', 'await new Promise((resolve) => setInterval(() => {}, 1000))']) {
      const hanging = wrong(`hanging${run.length}`, run)
      await assert.rejects(inWorker(task({ decoder: hanging }), 1_000, never), refused(/longer than 1 s/))
    }
    // Nothing of it is left: where one ran on, this process would not end either.
    assert.ok(!process.getActiveResourcesInfo().includes('MessagePort'))
  })

  test('and is ended when the caller goes away, while it hangs', async () => {
    const control = new AbortController()
    const hanging = inWorker(task({ decoder: wrong('gone', 'for (;;);') }), patience, control.signal)
    control.abort(new Error('the caller went away'))
    await assert.rejects(hanging, /went away/)
  })

  test('one that gives up is the image; one that cannot be loaded is not', async () => {
    const givesUp = wrong('gives-up', "throw new Error('canary')")
    assert.deepEqual(await inWorker(task({ decoder: givesUp }), patience, never), { refused: 'it cannot be decoded' })
    assert.deepEqual(await inWorker(task({ encoder: givesUp }), patience, never), { refused: 'it cannot be encoded' })
    const missing = { ...decoder('png'), module: join(folder, 'missing.mjs') }
    await assert.rejects(inWorker(task({ decoder: missing }), patience, never), { code: 'internal', status: 500 })
  })
})

test('the time of a call is that of its options', async () => {
  // Noise is what encoders take longest for: many seconds for 24 million pixels.
  const [width, height] = [6_000, 4_000]
  const large = madePng({ width, height }, { line: randomBytes(width * 4) })
  const image = boundImage(() => never)
  await assert.rejects(image.convert(large, { format: 'webp', quality: 100, time: '1s' }), refused(/longer than 1 s/))
})

test('each codec does with the memory that the largest image needs, and none can take more', async () => {
  for (const codec of [
    resizer(),
    ...(['jpeg', 'png', 'webp'] as const).flatMap((one) => [decoder(one), encoder(one)]),
  ]) {
    const module = readFileSync(codec.wasm)
    // What it says of itself is what it was built with; the rest is the same to the last byte.
    const bounded = withMemoryLimit(module, 100 * megabyte)
    await compile(bounded)
    assert.ok(Math.abs(bounded.length - module.length) <= 4)
    assert.throws(() => withMemoryLimit(module, megabyte / 2), TypeError, 'it begins larger')
  }
})

test('a memory that is asked for more than its limit gets none', async () => {
  const { Instance } = Reflect.get(globalThis, 'WebAssembly')
  for (const memory of [
    [0, 1],
    [1, 1, 200, 1],
  ]) {
    const grown = async (bytes: Uint8Array, pages: number): Promise<number> =>
      new Instance(await compile(bytes)).exports.grow(pages)
    const module = growing(memory)
    assert.equal(await grown(module, 100), 1, 'it takes what it likes')
    const bounded = withMemoryLimit(module, 10 * 65_536 + 1)
    assert.equal(await grown(bounded, 9), 1)
    assert.equal(await grown(bounded, 10), -1)
  }
  assert.throws(() => withMemoryLimit(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0), megabyte), /no memory/)
})

/** A module with a memory of these limits and `grow(pages)`, which gives how many there were, or -1. */
const growing = (limits: readonly number[]): Uint8Array =>
  Uint8Array.of(
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    ...[1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f],
    ...[3, 2, 1, 0],
    ...[5, limits.length + 1, 1, ...limits],
    ...[7, 8, 1, 4, ...Buffer.from('grow'), 0, 0],
    ...[10, 8, 1, 6, 0, 0x20, 0, 0x40, 0, 0x0b],
  )
