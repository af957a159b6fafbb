import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isProblem } from '../../src/telemetry/problem.ts'
import { admit, type FileRules } from '../../src/toolkit/content/admit.ts'
import { bitmapTypes, dimensions } from '../../src/toolkit/content/dimensions.ts'
import { givenName } from '../../src/toolkit/content/given-name.ts'
import { knownTypes, sniff, textTypes } from '../../src/toolkit/content/sniff.ts'
import { bytesOf, shownSize } from '../../src/toolkit/size.ts'
import { avif, avifSequence, bmp, gif, jpeg, oldestBmp, pieces, png, samples, webp } from '../support/samples.ts'

test('a file is what its bytes are', () => {
  for (const [type, bytes] of samples) assert.equal(sniff(bytes, true), type)
})

test('what browsers run is never taken for text', () => {
  for (const page of [
    '<!DOCTYPE html><p>',
    '\ufeff \n<HTML>',
    '<script>alert(1)</script>',
    '<!-- x --><script>',
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">',
    '<iframe src=x>',
  ])
    assert.equal(sniff(Buffer.from(page), true), 'text/html', page)
  for (const drawing of [
    '<svg xmlns="http://www.w3.org/2000/svg">',
    '<?xml version="1.0"?>\n<svg >',
    '<!-- a --><svg>',
  ])
    assert.equal(sniff(Buffer.from(drawing), true), 'image/svg+xml', drawing)
  assert.equal(sniff(Buffer.from('<?xml version="1.0"?><a/>'), true), 'application/xml')
})

test('a letter that the beginning cuts is a letter of a text; cut at the end of a file it is none', () => {
  const cut = Buffer.from('ü').subarray(0, 1)
  assert.equal(sniff(Buffer.concat([Buffer.from('a'), cut]), false), 'text/plain')
  assert.equal(sniff(Buffer.concat([Buffer.from('a'), cut]), true), 'application/octet-stream')
})

test('any bytes are of some type that is known, and looking at them never fails', () => {
  const heads = samples.map(([, bytes]) => bytes)
  fc.assert(
    fc.property(
      fc.constantFrom(Buffer.alloc(0), ...heads),
      fc.nat(80),
      fc.uint8Array({ maxLength: 200 }),
      (head, cut, rest) => {
        const bytes = Buffer.concat([head.subarray(0, cut), rest])
        for (const whole of [true, false]) assert.ok(knownTypes.includes(sniff(bytes, whole)))
        for (const type of bitmapTypes) {
          const found = dimensions(type, bytes)
          if (found) assert.ok(found.width > 0 && found.height > 0)
        }
      },
    ),
  )
})

test('an image says how large it is, and half of its header says nothing', () => {
  for (const [type, bytes] of [
    ['image/png', png(640, 480)],
    ['image/gif', gif(640, 480)],
    ['image/jpeg', jpeg(640, 480)],
    ['image/bmp', bmp(640, 480)],
    ['image/webp', webp(640, 480)],
    ['image/avif', avif(640, 480)],
  ] as const) {
    assert.deepEqual(dimensions(type, bytes), { width: 640, height: 480 }, type)
    assert.equal(dimensions(type, bytes.subarray(0, 12)), undefined, type)
  }
})

test('a picture that is larger than the screen of its GIF counts as large as it is', () => {
  const small = gif(1, 1)
  small.writeUInt16LE(60_000, small.length - 6)
  small.writeUInt16LE(50_000, small.length - 4)
  assert.deepEqual(dimensions('image/gif', small), { width: 60_000, height: 50_000 })
})

test('class 116: no image says how large it is in a place that only this reader looks at', () => {
  assert.deepEqual(dimensions('image/bmp', oldestBmp(60_000, 50_000)), { width: 60_000, height: 50_000 })
  // A marker without a length: what reads one after it lands behind the true frame, in a note, where another one stands.
  const frame = 13
  const [large, small] = [jpeg(30_000, 30_000).subarray(-frame), jpeg(1, 1).subarray(-frame)]
  for (const bare of [0x00, 0x01, 0xd0, 0xd7, 0xd8]) {
    const file = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, bare]), large, jpeg(1, 1, 70_000).subarray(2)])
    small.copy(file, 4 + file.readUInt16BE(4))
    assert.equal(dimensions('image/jpeg', file), undefined, String(bare))
  }
  // The letters of a box in the list of brands, with a size before them, and another size of the picture behind them.
  const brands = Buffer.from('\0\0\0\x1cftypavif\0\0\0\0avif\0\0\0\x24meta', 'latin1')
  const free = Buffer.from('\0\0\0\x1cfree\0\0\0\x14ispe\0\0\0\0\0\0\0\x01\0\0\0\x01', 'latin1')
  const box = avif(30_000, 20_000).subarray(20)
  assert.deepEqual(dimensions('image/avif', Buffer.concat([brands, free, box])), { width: 30_000, height: 20_000 })
})

test('class 116: a sequence of pictures is as large as the largest that any decoder finds in it', async () => {
  const [small, large] = [[1, 1], [30_000, 20_000]] as const // biome-ignore format: pairs
  const found = { width: 30_000, height: 20_000 }
  for (const version of [0, 1] as const) {
    assert.deepEqual(dimensions('image/avif', avifSequence(large, small, small, { version })), found)
    assert.deepEqual(dimensions('image/avif', avifSequence(small, large, small, { version })), found)
    assert.deepEqual(dimensions('image/avif', avifSequence(small, small, large, { version })), found)
  }
  for (const brand of ['avis', 'avif']) {
    const file = avifSequence(small, small, large, { brand })
    const moov = file.indexOf('moov') - 4
    // A track that is yet to come, and half of one.
    assert.equal(dimensions('image/avif', file.subarray(0, moov + 60)), undefined, brand)
    assert.deepEqual(
      dimensions('image/avif', file.subarray(0, moov)),
      brand === 'avis' ? undefined : { width: 1, height: 1 },
    )
    // There is none, for all that the brand says: it is the picture that is shown.
    assert.deepEqual(dimensions('image/avif', file.subarray(0, moov), true), { width: 1, height: 1 })
  }
  // Behind all that is read of a file: it does not say it.
  const rules = { types: ['image/avif'], max: 2_000_000, pixels: 1_000_000 }
  const far = avifSequence(small, small, small, { free: 600_000 })
  await assert.rejects(admit(pieces(far, 60_000), rules), refusedWith('invalid-value'))
  const near = await admit(pieces(avifSequence(small, small, small, { free: 300_000 }), 60_000), rules)
  assert.deepEqual(near.dimensions, { width: 1, height: 1 })
  await assert.rejects(
    admit(pieces(avifSequence(small, small, [1_001, 1_000], { free: 300_000 }), 60_000), rules),
    refusedWith('invalid-value'),
  )
})

const images: FileRules = { types: ['image/png', 'image/jpeg'], max: 1_000_000, pixels: 1_000_000 }
const read = async (body: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const refusedWith = (code: string) => (error: unknown) => isProblem(error) && error.code === code

test('what is let through comes out byte for byte, however it was cut, measured', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 20_000 }), fc.integer({ min: 1, max: 9_000 }), async (rest, size) => {
      const file = Buffer.concat([png(2, 3), rest])
      const admitted = await admit(pieces(file, size), images)
      assert.equal(admitted.type, 'image/png')
      assert.deepEqual(admitted.dimensions, { width: 2, height: 3 })
      assert.ok(file.equals(await read(admitted.body)))
      assert.equal(admitted.measured().size, file.length)
      assert.equal(admitted.measured().sha256.length, 64)
    }),
    { numRuns: 30 },
  )
})

test('a photograph with long notes is read on until it says how large it is', async () => {
  const file = jpeg(100, 50, 200_000)
  const admitted = await admit(pieces(file, 1_000), images)
  assert.deepEqual(admitted.dimensions, { width: 100, height: 50 })
  assert.ok(file.equals(await read(admitted.body)))
})

test('what was let through and is then read by nobody can be closed', async () => {
  let closed = 0
  async function* source() {
    try {
      yield Buffer.alloc(10_000, 'x')
      assert.fail('nobody reads on')
    } finally {
      closed += 1
    }
  }
  const { close } = await admit(source(), { types: ['text/plain'], max: 100_000 })
  assert.equal(closed, 0)
  await close()
  assert.equal(closed, 1)
})

test('what is refused is closed: too much, of another type, empty, too many dots, or silent about them', async () => {
  for (const [code, file, rules] of [
    ['too-large', Buffer.concat([png(1, 1), Buffer.alloc(2_000)]), { ...images, max: 1_000 }],
    ['unsupported-media-type', gif(1, 1), images],
    ['unsupported-media-type', Buffer.from('<svg xmlns="…"><script/></svg>'), images],
    ['unsupported-media-type', Buffer.from('%PNG'), images],
    ['invalid-value', Buffer.alloc(0), images],
    ['invalid-value', png(40_000, 40_000), images],
    ['invalid-value', jpeg(1, 1).subarray(0, 4), images],
  ] as const) {
    let closed = false
    async function* source() {
      try {
        yield* pieces(file, 100)
      } finally {
        closed = true
      }
    }
    await assert.rejects(admit(source(), rules), refusedWith(code), code)
    assert.ok(closed, code)
  }
})

test('what says that it is short and is not is cut off where the limit is', async () => {
  let given = 0
  async function* endless() {
    yield png(1, 1)
    for (;;) {
      given += 1
      yield Buffer.alloc(10_000)
    }
  }
  const admitted = await admit(endless(), { ...images, max: 100_000 }, { length: 5 })
  await assert.rejects(read(admitted.body), refusedWith('too-large'))
  assert.ok(given < 15)
  await assert.rejects(admit(endless(), images, { length: 2_000_000 }), refusedWith('too-large'))
})

test('a sender says which text it is, and nothing else', async () => {
  const table = () => pieces(Buffer.from('a,b\n1,2\n'), 3)
  const types = ['text/plain', 'text/csv', 'image/png']
  const typeOf = async (said: string) => (await admit(table(), { types, max: 100 }, { type: said })).type
  assert.equal(await typeOf('text/csv; charset=utf-8'), 'text/csv')
  assert.equal(await typeOf('image/png'), 'text/plain')
  assert.equal(await typeOf('text/html'), 'text/plain')
  assert.equal((await admit(table(), { types: ['text/csv'], max: 100 })).type, 'text/csv')
  assert.equal(
    (await admit(table(), { types: ['application/octet-stream'], max: 100 }, { type: 'text/html' })).type,
    'text/plain',
  )
  assert.ok(
    textTypes.every((type) => !['text/html', 'image/svg+xml', 'application/xml', 'text/javascript'].includes(type)),
  )
})

test('sizes are written in words and read by people', () => {
  assert.deepEqual(
    ['1b', '2kb', '10mb', '1.5gb', 7].map((one) => bytesOf(one, 'max')),
    [1, 2048, 10_485_760, 1_610_612_736, 7],
  )
  for (const wrong of ['', '5 mb', '5m', '-1', 0, -1, 1.5, 'NaN', undefined, Number.POSITIVE_INFINITY])
    assert.throws(() => bytesOf(wrong, 'max'), refusedWith('invalid-declaration'), String(wrong))
  assert.deepEqual([100, 2048, 10_485_760, 1_610_612_736].map(shownSize), ['100 bytes', '2 KB', '10 MB', '1.5 GB'])
})

test('a name that somebody gave is one name, and no path', () => {
  assert.equal(givenName('Sommer 2026.jpg'), 'Sommer 2026.jpg')
  assert.equal(givenName('C:\\fakepath\\naïve.txt'), 'naïve.txt')
  for (const nothing of [undefined, '', '/', '..', 'a/..', '\\', ' ']) assert.equal(givenName(nothing), null)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
      const given = givenName(name)
      if (given === null) return
      assert.doesNotMatch(given, /[/\\\p{Cc}\p{Cf}]|^\.*$/u)
      assert.ok(given.length > 0 && Array.from(given).length <= 255)
    }),
  )
})
