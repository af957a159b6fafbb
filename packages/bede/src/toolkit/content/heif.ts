import { find, stands, u16be, u32be } from './bytes.ts'
import { type Dimensions, sides } from './sides.ts'

/**
 * How large what is in an AVIF or HEIC file is at most: its pictures and their tiles (`meta`), and those that follow each
 * other in a track (`moov`). Some decoders show the one and some the other, so both are read. Undefined: they do not say
 * it within these bytes, or one of the two may be yet to come.
 */
export function heif(head: Uint8Array, whole: boolean): Dimensions | undefined {
  const meta = boxOf(head, 'meta')
  const moov = boxOf(head, 'moov')
  // A picture that is yet to come could be larger.
  if (!meta || meta.end > head.length || (moov && moov.end > head.length)) return undefined
  if (!moov && !whole && isSequence(head)) return undefined
  const all = [...items(head, meta), ...(moov ? tracks(head, moov) : [])]
  return all.reduce<Dimensions | undefined>(
    (largest, one) => (largest && area(largest) >= area(one) ? largest : one),
    undefined,
  )
}

const area = ({ width, height }: Dimensions): number => width * height

interface Box {
  readonly start: number
  readonly end: number
}

/** Bytes of a box's size and type (ISO/IEC 14496-12 §4.2). Sizes that are written elsewhere, or not at all, are not read. */
const boxHeader = 8
/** The same with the version and the flags of a full box. */
const fullBoxHeader = 12

/** Where the first box of a type is among those that the file consists of; its letters may stand in any other one. */
function boxOf(head: Uint8Array, type: string): Box | undefined {
  for (let start = 0; ; ) {
    const size = u32be(head, start)
    if (size === undefined || size < boxHeader) return undefined
    if (stands(head, type, start + 4)) return { start, end: start + size }
    start += size
  }
}

/** Where these letters stand in a box. What is none of its boxes and has their letters can only make a picture larger. */
function* placesOf(head: Uint8Array, letters: string, { start, end }: Box): Generator<number> {
  for (let at = find(head, letters, start); at >= 0 && at < end; at = find(head, letters, at + letters.length))
    yield at - 4
}

/** `ispe` boxes (ISO/IEC 23008-12 §6.5.3), one for each picture in the file and for each tile. */
function* items(head: Uint8Array, meta: Box): Generator<Dimensions> {
  for (const at of placesOf(head, 'ispe', meta)) {
    const found = sides(u32be(head, at + fullBoxHeader), u32be(head, at + fullBoxHeader + 4))
    if (found) yield found
  }
}

/** Behind the times, the numbers and the matrix of a track, by the version of its box (ISO/IEC 14496-12 §8.3.2). */
const trackSides = [84, 96]
/** Behind what all entries of a picture's track begin with (ISO/IEC 14496-12 §12.1.3). */
const entrySides = 32

/** `tkhd` says how large a track is shown, and each entry of `stsd` how large its pictures are. */
function* tracks(head: Uint8Array, moov: Box): Generator<Dimensions> {
  for (const at of placesOf(head, 'tkhd', moov)) {
    const behind = trackSides[head[at + boxHeader] ?? 0]
    if (behind === undefined) continue
    const found = sides(fixed(u32be(head, at + behind)), fixed(u32be(head, at + behind + 4)))
    if (found) yield found
  }
  for (const at of placesOf(head, 'stsd', moov)) {
    const entries = u32be(head, at + fullBoxHeader) ?? 0
    for (let n = 0, entry = at + fullBoxHeader + 4; n < entries && entry < moov.end; n++) {
      const found = sides(u16be(head, entry + entrySides), u16be(head, entry + entrySides + 2))
      if (found) yield found
      const size = u32be(head, entry) ?? 0
      if (size < boxHeader) break
      entry += size
    }
  }
}

/** 16 bits before the point and 16 behind it. */
const fixed = (value: number | undefined): number | undefined => value && Math.ceil(value / 65_536)

/** Brands of files whose pictures follow each other in a track (ISO/IEC 23008-12 §10.3, AVIF 1.1 §6.3). */
const sequences: ReadonlySet<string> = new Set(['avis', 'msf1', 'hevc', 'hevx', 'hevm', 'hevs'])

/** By the brands of the file, the first of which stands apart (ISO/IEC 14496-12 §4.3). */
function isSequence(head: Uint8Array): boolean {
  const end = Math.min(u32be(head, 0) ?? 0, head.length)
  for (let at = boxHeader; at + 4 <= end; at += at === boxHeader ? 8 : 4)
    if (sequences.has(Buffer.from(head.subarray(at, at + 4)).toString('latin1'))) return true
  return false
}
