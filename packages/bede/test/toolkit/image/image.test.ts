import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import decode, { init } from '@jsquash/png/decode.js'
import fc from 'fast-check'
import { compile } from '../../../src/toolkit/image/codecs.ts'
import { boundImage } from '../../../src/toolkit/image/image.ts'
import { targetSize } from '../../../src/toolkit/image/target-size.ts'
import { resolveOptional } from '../../../src/toolkit/optional-package.ts'
import { exif, madePng } from './made.ts'

// What browsers have, and the codec makes.
Reflect.set(
  globalThis,
  'ImageData',
  class {
    readonly data: Uint8ClampedArray
    readonly width: number
    constructor(data: Uint8ClampedArray, width: number) {
      this.data = new Uint8ClampedArray(data)
      this.width = width
    }
  },
)
const image = boundImage(() => new AbortController().signal)
const refused = { code: 'invalid-image', status: 422 }
const left = [255, 0, 0, 255]
const right = [0, 0, 255, 255]
/** Red on its left, blue on its right. */
const flag = madePng({ width: 60, height: 40 }, { color: (x) => (x < 30 ? left : right) })

/** What the pixels at these places look like, by the codec itself. */
async function colors(png: Buffer, ...places: readonly (readonly [number, number])[]): Promise<readonly string[]> {
  await init(await compile(readFileSync(resolveOptional('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'))))
  const { data, width } = await decode(new Uint8Array(png).buffer)
  return places.map(([x, y]) => {
    const [red = 0, green = 0, blue = 0] = data.subarray((y * width + x) * 4)
    return red > 200 && green < 60 && blue < 60
      ? 'red'
      : blue > 200 && green < 60 && red < 60
        ? 'blue'
        : `${red},${green},${blue}`
  })
}

test('what an image is and how large is told without decoding it, whatever its name is', () => {
  assert.deepEqual(image.dimensions(flag), { type: 'image/png', width: 60, height: 40 })
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('GIF'),
    Buffer.from('<svg width="10" height="10"/>'),
    flag.subarray(0, 20),
  ])
    assert.throws(() => image.dimensions(bytes), refused)
})

test('each format becomes each other, and its pixels stay where they are', async () => {
  for (const format of ['jpeg', 'webp', 'png'] as const) {
    const made = await image.convert(flag, { format, quality: 95 })
    assert.deepEqual(image.dimensions(made.bytes), { type: `image/${format}`, width: 60, height: 40 })
    assert.deepEqual([made.type, made.width, made.height], [`image/${format}`, 60, 40])
    const again = await image.convert(made.bytes, { format: 'png', width: 30 })
    assert.deepEqual([again.width, again.height], [30, 20])
    assert.deepEqual(await colors(again.bytes, [2, 10], [27, 10]), ['red', 'blue'])
    // A crop of its middle has both colors: neither side was lost on the way.
    const square = await image.convert(made.bytes, { format: 'png', width: 20, height: 20, fit: 'cover' })
    assert.deepEqual([square.width, square.height], [20, 20])
    assert.deepEqual(await colors(square.bytes, [2, 10], [17, 10]), ['red', 'blue'])
  }
})

test('nothing of what a camera notes comes out, and the picture stands as it was held', async () => {
  const jpeg = (await image.convert(flag, { format: 'jpeg' })).bytes
  const noted = Buffer.concat([jpeg.subarray(0, 2), exif(6, 'canary 52.5 13.4'), jpeg.subarray(2)])
  assert.deepEqual(image.dimensions(noted), { type: 'image/jpeg', width: 60, height: 40 })
  for (const format of ['jpeg', 'webp', 'png'] as const) {
    const made = await image.convert(noted, { format })
    assert.deepEqual([made.width, made.height], [40, 60])
    if (format === 'png') assert.deepEqual(await colors(made.bytes, [20, 3], [20, 57]), ['red', 'blue'])
    assert.ok(!made.bytes.includes('canary') && !made.bytes.includes('Exif') && !made.bytes.includes('eXIf'))
  }
  const texts = madePng(
    { width: 4, height: 4 },
    {
      more: [
        ['tEXt', Buffer.from('Comment\0canary')],
        ['eXIf', Buffer.from('II*\0canary')],
      ],
    },
  )
  assert.ok(!(await image.convert(texts, { format: 'png' })).bytes.includes('canary'))
})

test('class 116: an image is refused by its header, before it is decoded', async () => {
  const bomb = madePng({ width: 60_000, height: 60_000 }, { rows: 0 })
  await assert.rejects(image.convert(bomb, { format: 'png' }), /more than 25000000 pixels/)
  await assert.rejects(image.convert(flag, { format: 'png', pixels: 2_399 }), refused)
  assert.equal((await image.convert(flag, { format: 'png', pixels: 2_400 })).width, 60)
  await assert.rejects(image.convert(madePng({ width: 20_000, height: 1 }, { rows: 0 }), { format: 'webp' }), /side/)
})

test('class 116: what is in an image may not be more than its header says', async () => {
  const zeros = deflateSync(Buffer.alloc(30_000_000))
  const bombs = [
    // Text that unpacks to 30 MB, pixels that do, and a color profile.
    madePng({ width: 4, height: 4 }, { more: [['zTXt', Buffer.concat([Buffer.from('a\0\0'), zeros])]] }),
    madePng({ width: 4, height: 4 }, { rows: 100_000 }),
    madePng({ width: 4, height: 4 }, { more: [['iCCP', Buffer.concat([Buffer.from('a\0\0'), zeros])]] }),
  ]
  for (const bomb of bombs) {
    try {
      const { width, height, bytes } = await image.convert(bomb, { format: 'png' })
      assert.deepEqual([width, height, bytes.length < 1_000], [4, 4, true])
    } catch (error) {
      assert.equal(Reflect.get(Object(error), 'code'), 'invalid-image')
    }
  }
})

test('what is damaged is refused, and the process goes on', async () => {
  const webp = (await image.convert(flag, { format: 'webp' })).bytes
  await assert.rejects(image.convert(flag.subarray(0, 60), { format: 'png' }), refused)
  await assert.rejects(image.convert(webp.subarray(0, 40), { format: 'png' }), refused)
  await assert.rejects(
    image.convert(Buffer.from('GIF89a\x3c\0\x28\0\0\0\0,\0\0\0\0\x3c\0\x28\0\0', 'latin1'), { format: 'png' }),
    /neither/,
  )
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 30, max: flag.length - 1 }),
      fc.integer({ min: 0, max: 255 }),
      async (at, byte) => {
        const changed = Buffer.from(flag)
        changed[at] = byte
        await image.convert(changed, { format: 'png' }).catch((error) => assert.equal(error.code, 'invalid-image'))
      },
    ),
    { numRuns: 4 },
  )
})

test('it is ended when the caller goes away, and while it runs the rest goes on', async () => {
  const large = madePng({ width: 3_000, height: 4 }, { color: () => [1, 2, 3, 255] })
  const control = new AbortController()
  let ticks = 0
  const ticking = setInterval(() => {
    ticks += 1
    if (ticks === 2) control.abort(new Error('the caller went away'))
  }, 1)
  await assert.rejects(boundImage(() => control.signal).convert(large, { format: 'webp' }), /went away/)
  clearInterval(ticking)
  await assert.rejects(boundImage(() => control.signal).convert(large, { format: 'webp' }), /went away/)
})

test('so many are at it at once, and so many wait; who comes beyond comes again', async () => {
  const control = new AbortController()
  const bound = boundImage(() => control.signal)
  const all = Promise.allSettled(Array.from({ length: 36 }, () => bound.convert(flag, { format: 'png' })))
  control.abort(Object.assign(new Error('left'), { code: 'left' }))
  const codes = (await all).map((one) => (one.status === 'rejected' ? Reflect.get(Object(one.reason), 'code') : ''))
  assert.equal(codes.filter((code) => code === 'unavailable').length, 2)
  assert.equal(codes.filter((code) => code === 'left').length, 34)
  assert.equal((await image.convert(flag, { format: 'png' })).width, 60, 'their places are free again')
})

test("what comes out is bounded too, and a wrong option is the app's mistake", async () => {
  await assert.rejects(image.convert(flag, { format: 'png', max: '20b' }), /comes out/)
  for (const wrong of [
    { width: 0 },
    { height: -1 },
    { width: 1.5 },
    { quality: 0 },
    { max: 'much' },
    { time: '5' },
    { pixels: Number.NaN },
  ])
    await assert.rejects(Reflect.apply(image.convert, image, [flag, { format: 'png', ...wrong }]), { code: 'internal' })
})

test('nothing is made larger, nothing is distorted', () => {
  const side = fc.integer({ min: 1, max: 16_000 })
  fc.assert(
    fc.property(
      fc.record({ width: side, height: side }),
      fc.option(side, { nil: undefined }),
      fc.option(side, { nil: undefined }),
      fc.constantFrom('inside' as const, 'cover' as const),
      (from, width, height, fit) => {
        const to = targetSize(from, {
          fit,
          ...(width !== undefined && { width }),
          ...(height !== undefined && { height }),
        })
        assert.ok(to.width >= 1 && to.height >= 1 && to.width <= from.width && to.height <= from.height)
        assert.ok(to.width <= (width ?? from.width) && to.height <= (height ?? from.height))
        if (fit === 'inside')
          assert.ok(Math.abs(to.width * from.height - to.height * from.width) <= Math.max(from.width, from.height))
      },
    ),
  )
})
