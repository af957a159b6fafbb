import { crc32, deflateRawSync, constants as zlib } from 'node:zlib'
import { textTypes } from '../../../toolkit/content/sniff.ts'
import { smallestFile } from '../inventory/made-up-file.ts'

/** Stands in files that are sent, where whatever takes them for a page would run it. */
const script = '<script id="zqfilezq">alert(1)</script>'
export const liveScript = /<script id="zqfilezq">/

const page = `<!doctype html><title>x</title>${script}`
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1">${script}</svg>`

/** A file that is not what its name and its sender say. */
export interface Disguised {
  readonly what: string
  /** What its bytes are. */
  readonly is: string
  readonly bytes: Uint8Array
}

export const disguises: readonly Disguised[] = [
  { what: 'a program', is: 'application/x-elf', bytes: Buffer.from(`\x7fELF\x02\x01\x01${'\0'.repeat(57)}`, 'latin1') },
  { what: 'a page with a script', is: 'text/html', bytes: Buffer.from(page) },
  { what: 'a drawing with a script', is: 'image/svg+xml', bytes: Buffer.from(drawing) },
]

/** A file that is what it says, and holds a script. Undefined: nothing of this type could be run by anybody. */
export function scripted(type: string): Uint8Array | undefined {
  if (type === 'text/html' || type === 'application/octet-stream') return Buffer.from(page)
  if (type === 'image/svg+xml') return Buffer.from(drawing)
  if (type === 'application/xml')
    return Buffer.from(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">${script}</html>`)
  if (type === 'application/json') return Buffer.from(JSON.stringify({ note: page }))
  return textTypes.includes(type) ? Buffer.from(`a line\n${script}\n`) : undefined
}

/** A file of this type that has one byte more than may be. */
export function oversized(type: string, max: number): Uint8Array | undefined {
  const small = smallestFile(type)
  if (!small) return undefined
  const isText = textTypes.includes(type) || type === 'application/octet-stream'
  return Buffer.concat([small, Buffer.alloc(Math.max(0, max + 1 - small.length), isText ? 0x20 : 0)])
}

/** A picture of one dot, whose header says that it has so many. */
export function hugePicture(side: number): Uint8Array {
  const png = Buffer.from(smallestFile('image/png') ?? [])
  png.writeUInt32BE(side, 16)
  png.writeUInt32BE(side, 20)
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
  return png
}

const mebibyte = 1_048_576
/** Bytes that a bomb unpacks to: far more than a handler may hold, and no more than a machine stands. */
export const unpacked = 256 * mebibyte

/** Zeros, deflated (RFC 1951): one block that refers to nothing before it, again and again, and an empty one at the end. */
function deflatedZeros(before: Uint8Array = Buffer.alloc(0)): Buffer {
  const flushed = (bytes: Uint8Array) => deflateRawSync(bytes, { finishFlush: zlib.Z_FULL_FLUSH })
  const block = flushed(Buffer.alloc(mebibyte))
  const all = Array.from({ length: unpacked / mebibyte }, () => block)
  return Buffer.concat([...(before.length > 0 ? [flushed(before)] : []), ...all, Buffer.from([3, 0])])
}

const sumOfZeros = (start = 0): number => {
  const zeros = Buffer.alloc(mebibyte)
  let sum = start
  for (let done = 0; done < unpacked; done += mebibyte) sum = crc32(zeros, sum)
  return sum
}

/** A zip of one file of zeros (APPNOTE 6.3.10 §4.3). `said`: how long its headers say that the file is. */
function zipBomb(said: number): Buffer {
  const name = Buffer.from('a.txt')
  const data = deflatedZeros()
  const shared = Buffer.alloc(26)
  shared.writeUInt16LE(20, 0)
  shared.writeUInt16LE(8, 4)
  shared.writeUInt32LE(sumOfZeros(), 10)
  shared.writeUInt32LE(data.length, 14)
  shared.writeUInt32LE(said, 18)
  shared.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, name, data])
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), shared, Buffer.alloc(14), name])
  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(local.length, 12)
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end])
}

/** A tar of one file of zeros, in gzip (RFC 1952). */
function gzipBomb(): Buffer {
  const head = Buffer.alloc(512)
  head.write('a.txt')
  head.write('0000644\0', 100)
  head.write(`${unpacked.toString(8).padStart(11, '0')}\0`, 124)
  head.write('00000000000\0        0', 136)
  head.write('ustar\0', 257)
  head.write('00', 263)
  const sum = head.reduce((all, one) => all + one, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const tail = Buffer.alloc(8)
  tail.writeUInt32LE(sumOfZeros(crc32(head)), 0)
  tail.writeUInt32LE((unpacked + head.length) >>> 0, 4)
  return Buffer.concat([Buffer.from('\x1f\x8b\x08\0\0\0\0\0\0\xff', 'latin1'), deflatedZeros(head), tail])
}

/** Small files that unpack to {@link unpacked}, by their type; one says that it does not. */
export const bombs: readonly (readonly [type: string, what: string, bytes: () => Buffer])[] = [
  ['application/zip', 'a zip', () => zipBomb(unpacked)],
  ['application/zip', 'a zip that says it is small', () => zipBomb(10)],
  ['application/gzip', 'a tar.gz', gzipBomb],
]
