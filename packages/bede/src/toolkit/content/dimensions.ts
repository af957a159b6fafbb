import { stands, u16be, u16le, u24le, u32be, u32le } from './bytes.ts'
import { heif } from './heif.ts'
import { type Dimensions, sides } from './sides.ts'

/** Bytes within which an image must say how large it is: a photograph's own notes and color profile stand before it. */
export const headerBytes = 524_288

type Reader = (head: Uint8Array, whole: boolean) => Dimensions | undefined

const readers: Readonly<Record<string, Reader>> = {
  /** PNG §11.2.1: `IHDR` comes first. */
  'image/png': (head) => (stands(head, 'IHDR', 12) ? sides(u32be(head, 16), u32be(head, 20)) : undefined),
  /** GIF89a §18 and §20: a picture in it may be larger than the screen it says it has. */
  'image/gif': gif,
  'image/webp': webp,
  'image/jpeg': jpeg,
  'image/bmp': bmp,
  'image/avif': heif,
  'image/heic': heif,
}

/** Pictures made of dots: what decodes one makes room for all of them. */
export const bitmapTypes: readonly string[] = Object.keys(readers)

/**
 * How large the image is that begins with these bytes, by its header alone: nothing is decoded. Undefined: they do not
 * say it, or not yet. `whole`: there are no more bytes than these.
 */
export const dimensions = (type: string, head: Uint8Array, whole = false): Dimensions | undefined =>
  readers[type]?.(head, whole)

/** The oldest header (BITMAPCOREHEADER) has its sides in two bytes each, every other one in four. */
const oldestBmp = 12

function bmp(head: Uint8Array): Dimensions | undefined {
  if (u32le(head, 14) === oldestBmp) return sides(u16le(head, 18), u16le(head, 20))
  return sides(signed(u32le(head, 18)), signed(u32le(head, 22)))
}

/** A height below zero counts from the top (BITMAPINFOHEADER). */
const signed = (value: number | undefined): number | undefined => value && Math.abs(value | 0)

function gif(head: Uint8Array): Dimensions | undefined {
  const screen = sides(u16le(head, 6), u16le(head, 8))
  const flags = head[10]
  if (!screen || flags === undefined) return undefined
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  // Extensions stand before the first picture: each a list of blocks that ends with an empty one.
  while (head[at] === 0x21) {
    at += 2
    for (let length = head[at]; length !== 0; length = head[at]) {
      if (length === undefined) return undefined
      at += length + 1
    }
    at += 1
  }
  if (head[at] !== 0x2c) return undefined
  const left = u16le(head, at + 1)
  const top = u16le(head, at + 3)
  const first = sides(u16le(head, at + 5), u16le(head, at + 7))
  if (!first || left === undefined || top === undefined) return undefined
  return { width: Math.max(screen.width, left + first.width), height: Math.max(screen.height, top + first.height) }
}

/** RFC 9649 §2.5 to §2.7. */
function webp(head: Uint8Array): Dimensions | undefined {
  if (stands(head, 'VP8X', 12)) {
    const [width, height] = [u24le(head, 24), u24le(head, 27)]
    return width === undefined || height === undefined ? undefined : { width: width + 1, height: height + 1 }
  }
  if (stands(head, 'VP8L', 12)) {
    const bits = u32le(head, 21)
    return bits === undefined || head[20] !== 0x2f
      ? undefined
      : { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  if (!stands(head, 'VP8 ', 12) || !stands(head, '\x9d\x01\x2a', 23)) return undefined
  const [width, height] = [u16le(head, 26), u16le(head, 28)]
  return sides(width && width & 0x3fff, height && height & 0x3fff)
}

/** ITU-T T.81 §B.1 and §B.2.2: segments up to the frame's header. */
function jpeg(head: Uint8Array): Dimensions | undefined {
  let at = 2
  while (at + 4 <= head.length) {
    if (head[at] !== 0xff) return undefined
    const marker = head[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (isBare(marker)) return undefined
    // Start of frame, all of them but DHT, JPG and DAC, which stand between them.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return sides(u16be(head, at + 7), u16be(head, at + 5))
    const length = u16be(head, at + 2) ?? 0
    if (length < 2 || marker === 0xda || marker === 0xd9) return undefined
    at += 2 + length
  }
  return undefined
}

/**
 * Markers without a length: none stands before the frame in a photograph. A reader that takes them for what they are and
 * one that skips a length find different frames.
 */
const isBare = (marker: number): boolean => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)
