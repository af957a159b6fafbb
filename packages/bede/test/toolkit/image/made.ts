import { crc32, deflateSync } from 'node:zlib'

/** A PNG written by hand: whatever its header is made to say, it says. */
export function madePng(
  { width, height }: { readonly width: number; readonly height: number },
  { color = () => [0, 0, 0, 255], rows = height, more = [], line }: Making = {},
): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 6, 0, 0, 0], 8)
  const lineAt = (y: number): Buffer =>
    line
      ? Buffer.concat([Buffer.of(0), line])
      : Buffer.from([0, ...Array.from({ length: width }, (_, x) => color(x, y)).flat()])
  const lines = Array.from({ length: rows }, (_, y) => lineAt(y))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...more.map(([name, bytes]) => chunk(name, bytes)),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

interface Making {
  /** Red, green, blue and alpha of a pixel. */
  readonly color?: (x: number, y: number) => readonly number[]
  /** Each line, in place of the colors of pixels. */
  readonly line?: Buffer
  /** How many lines there are, where that is not what the header says. */
  readonly rows?: number
  /** Chunks between the header and the pixels. */
  readonly more?: readonly (readonly [name: string, bytes: Buffer])[]
}

function chunk(name: string, bytes: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), bytes])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(bytes.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}

/** A segment of a JPEG with what a camera notes (Exif 2.3 §4.5): how it was held, and where. */
export function exif(orientation: number, note: string): Buffer {
  const tiff = Buffer.alloc(8 + 2 + 12 * 2 + 4)
  tiff.write('II*\0', 0, 'latin1')
  tiff.writeUInt32LE(8, 4)
  tiff.writeUInt16LE(2, 8)
  tiff.writeUInt16LE(0x0112, 10)
  tiff.writeUInt16LE(3, 12)
  tiff.writeUInt32LE(1, 14)
  tiff.writeUInt16LE(orientation, 18)
  tiff.writeUInt16LE(0x010e, 22)
  tiff.writeUInt16LE(2, 24)
  tiff.writeUInt32LE(note.length, 26)
  tiff.writeUInt32LE(tiff.length, 30)
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff, Buffer.from(note)])
  const head = Buffer.from([0xff, 0xe1, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}
