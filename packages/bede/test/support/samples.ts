/** Small files of many types, as their first bytes. */

const latin = (text: string): Buffer => Buffer.from(text, 'latin1')
const u16le = (value: number): Buffer => Buffer.from([value & 255, value >> 8])
const u16be = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const u32be = (value: number): Buffer => Buffer.concat([u16be(value >>> 16), u16be(value & 0xffff)])
const u32le = (value: number): Buffer => Buffer.from(u32be(value).toReversed())

export const png = (width: number, height: number): Buffer =>
  Buffer.concat([latin('\x89PNG\r\n\x1a\n'), u32be(13), latin('IHDR'), u32be(width), u32be(height), Buffer.alloc(9)])

export const gif = (width: number, height: number): Buffer =>
  Buffer.concat([
    latin('GIF89a'),
    u16le(width),
    u16le(height),
    latin('\x80\0\0'),
    Buffer.alloc(6),
    latin('\x21\xf9\x04\0\0\0\0\0'),
    latin('\x2c\0\0\0\0'),
    u16le(width),
    u16le(height),
    latin('\0\x02'),
  ])

/** `notes`: bytes that stand before what says how large it is. */
export function jpeg(width: number, height: number, notes = 0): Buffer {
  const parts = [latin('\xff\xd8')]
  for (let left = notes; left > 0; left -= 60_000) {
    const length = Math.min(left, 60_000)
    parts.push(latin('\xff\xe1'), u16be(length + 2), Buffer.alloc(length))
  }
  parts.push(latin('\xff\xc4'), u16be(4), latin('\0\0'))
  parts.push(latin('\xff\xc2'), u16be(11), latin('\x08'), u16be(height), u16be(width), latin('\x01\0\0\0'))
  return Buffer.concat(parts)
}

export const bmp = (width: number, height: number): Buffer =>
  Buffer.concat([
    latin('BM'),
    Buffer.alloc(4),
    Buffer.alloc(8),
    u32le(40),
    u32le(width),
    u32le(-height >>> 0),
    Buffer.alloc(8),
  ])

/** With the header of OS/2 1.x. */
export const oldestBmp = (width: number, height: number): Buffer =>
  Buffer.concat([latin('BM'), Buffer.alloc(12), u32le(12), u16le(width), u16le(height), u16le(1), u16le(24)])

export const webp = (width: number, height: number): Buffer =>
  Buffer.concat([
    latin('RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0'),
    u16le(width - 1),
    latin('\0'),
    u16le(height - 1),
    latin('\0'),
  ])

export function avif(width: number, height: number): Buffer {
  const ispe = Buffer.concat([u32be(20), latin('ispe'), u32be(0), u32be(width), u32be(height)])
  const tile = Buffer.concat([u32be(20), latin('ispe'), u32be(0), u32be(64), u32be(64)])
  const meta = Buffer.concat([latin('meta'), u32be(0), tile, ispe, tile])
  return Buffer.concat([u32be(20), latin('ftypavif'), u32be(0), latin('mif1'), u32be(meta.length + 4), meta])
}

const box = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  return Buffer.concat([u32be(content.length + 8), latin(type), content])
}

/** Pictures that follow each other: what is shown first says one size, its track another, and its entry a third. */
export function avifSequence(
  still: readonly [number, number],
  track: readonly [number, number],
  entry: readonly [number, number],
  {
    version = 0,
    brand = 'avis',
    free = 0,
  }: { readonly version?: 0 | 1; readonly brand?: string; readonly free?: number } = {},
): Buffer {
  const ispe = box('ispe', u32be(0), u32be(still[0]), u32be(still[1]))
  const times = Buffer.alloc(version === 0 ? 20 : 32)
  const shown = [u32be(track[0] * 65_536), u32be(track[1] * 65_536)]
  const tkhd = box('tkhd', Buffer.from([version, 0, 0, 7]), times, Buffer.alloc(16), Buffer.alloc(36), ...shown)
  const said = Buffer.alloc(28)
  said.writeUInt16BE(entry[0], 24)
  said.writeUInt16BE(entry[1], 26)
  const stsd = box('stsd', u32be(0), u32be(1), box('av01', said, Buffer.alloc(50)))
  const mdia = box('mdia', box('minf', box('stbl', stsd)))
  return Buffer.concat([
    box('ftyp', latin(brand), u32be(0), latin('avifmif1')),
    box('meta', u32be(0), box('iprp', box('ipco', ispe))),
    ...(free > 0 ? [box('free', Buffer.alloc(free))] : []),
    box('moov', box('mvhd', Buffer.alloc(100)), box('trak', tkhd, mdia)),
    box('mdat', Buffer.alloc(100)),
  ])
}

const zip = (name: string, content = ''): Buffer =>
  Buffer.concat([
    latin('PK\x03\x04'),
    Buffer.alloc(22),
    u16le(name.length),
    u16le(0),
    latin(name),
    latin(content),
    latin('PK'),
  ])

export const samples: readonly (readonly [type: string, bytes: Buffer])[] = [
  ['image/png', png(1, 1)],
  ['image/gif', gif(1, 1)],
  ['image/jpeg', jpeg(1, 1)],
  ['image/bmp', bmp(1, 1)],
  ['image/webp', webp(1, 1)],
  ['image/avif', avif(1, 1)],
  ['image/heic', latin('\0\0\0\x14ftypheic\0\0\0\0mif1')],
  ['video/mp4', latin('\0\0\0\x14ftypisom\0\0\0\0mp42')],
  ['audio/mp4', latin('\0\0\0\x14ftypM4A \0\0\0\0isom')],
  ['video/quicktime', latin('\0\0\0\x14ftypqt  \0\0\0\0')],
  ['video/webm', latin('\x1a\x45\xdf\xa3\x93\x42\x82\x88webm')],
  ['audio/ogg', latin('OggS\0\x02OpusHead')],
  ['audio/wav', latin('RIFF\0\0\0\0WAVEfmt ')],
  ['audio/mpeg', latin('ID3\x04')],
  ['application/pdf', latin('%PDF-1.7\n%\xe2\xe3')],
  ['application/zip', zip('a.txt')],
  ['application/vnd.oasis.opendocument.text', zip('mimetype', 'application/vnd.oasis.opendocument.text')],
  ['application/epub+zip', zip('mimetype', 'application/epub+zip')],
  [
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    Buffer.concat([zip('[Content_Types].xml'), zip('word/document.xml')]),
  ],
  ['application/gzip', latin('\x1f\x8b\x08\0')],
  ['application/x-elf', latin('\x7fELF\x02')],
  ['text/plain', Buffer.from('Grüße, 1 < 2\n')],
  ['application/octet-stream', latin('\0\x01\x02\x03')],
]

/** A file as it comes over a line. */
export async function* pieces(file: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size)
}
