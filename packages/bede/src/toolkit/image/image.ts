import { Problem } from '../../telemetry/problem.ts'
import { dimensions, headerBytes } from '../content/dimensions.ts'
import { sniff, sniffedBytes } from '../content/sniff.ts'
import { Queue } from '../queue.ts'
import { readSize, type Size } from '../size.ts'
import { readSpan, type Span } from '../span.ts'
import { decoder, encoder, type ImageFormat, resizer } from './codecs.ts'
import { inWorker } from './in-worker.ts'
import { refusedImage } from './refusal.ts'
import type { Fit, Sides } from './target-size.ts'

export interface ImageHeader {
  /** Its media type, by its first bytes. */
  readonly type: string
  /** In pixels, as it is stored: a photograph may be turned when it is shown. */
  readonly width: number
  readonly height: number
}

export interface ImageOptions {
  readonly format: ImageFormat
  /** In pixels; what is not said follows from the other. It is never made larger than it was. */
  readonly width?: number
  readonly height?: number
  /** `inside`: nothing is cut off. `cover`: exactly this shape. Default `inside`. */
  readonly fit?: Fit
  /** Of JPEG and WebP, from 1 to 100. Default 80. */
  readonly quality?: number
  /** Pixels that an image may have, by its header, before it is decoded. Default 25 million. */
  readonly pixels?: number
  /** Bytes that may come out. Default `10mb`. */
  readonly max?: Size
  /** How long it may take. Default `20s`. */
  readonly time?: Span
}

export interface ConvertedImage extends ImageHeader {
  readonly bytes: Buffer
}

/** Images from strangers. What is refused is the Problem `invalid-image` (422). */
export interface Image {
  /** What an image is and how large, by its header: nothing is decoded. Needs no package. */
  dimensions(bytes: Uint8Array): ImageHeader
  /**
   * Another size, another format, or both, of a JPEG, PNG or WebP, turned as it is to be shown. Only pixels come out:
   * no place, no camera, no comment of the original. It is decoded in a worker of its own, in WebAssembly, within limits.
   * Throws the Problem `unavailable` (503) where too many are at it.
   */
  convert(bytes: Uint8Array, options: ImageOptions): Promise<ConvertedImage>
}

export const boundImage = (signal: () => AbortSignal): Image => new Bound(signal)

/** One is made for every call of a handler, so it is made of nothing. */
class Bound implements Image {
  readonly #signal: () => AbortSignal

  constructor(signal: () => AbortSignal) {
    this.#signal = signal
  }

  dimensions(bytes: Uint8Array): ImageHeader {
    return headerOf(bytes)
  }

  convert(bytes: Uint8Array, options: ImageOptions): Promise<ConvertedImage> {
    return converted(bytes, options, this.#signal())
  }
}

function headerOf(bytes: Uint8Array): ImageHeader {
  const type = sniff(bytes.subarray(0, sniffedBytes), bytes.length <= sniffedBytes)
  const found = dimensions(type, bytes.subarray(0, headerBytes), bytes.length <= headerBytes)
  if (!found) throw refusedImage('it is none, or does not say how large it is')
  return { type, ...found }
}

/** Each takes some ten bytes for every pixel while it is at it. */
const atOnce = 2
const waiting = 32
const queue = new Queue(atOnce, waiting)

const formats: Readonly<Record<string, ImageFormat>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
}
/** The longest side that all formats can have (WebP: RFC 9649 §2.5). */
const longestSide = 16_383

async function converted(bytes: Uint8Array, options: ImageOptions, signal: AbortSignal): Promise<ConvertedImage> {
  const {
    format,
    width,
    height,
    fit = 'inside',
    quality = 80,
    pixels = 25_000_000,
    max = '10mb',
    time = '20s',
  } = options
  const [most, seconds] = [readSize(max), readSpan(time)]
  const counts = [width ?? 1, height ?? 1, quality, pixels]
  if (most === undefined || seconds === undefined || !counts.every((one) => Number.isSafeInteger(one) && one > 0))
    throw new Problem('internal', { cause: new Error('A size, quality or limit of an image is not one') })
  const header = headerOf(bytes)
  const from = formats[header.type]
  if (!from) throw refusedImage('it is neither JPEG, PNG nor WebP')
  if (header.width * header.height > pixels) throw refusedImage(`it has more than ${pixels} pixels`)
  if (Math.max(header.width, header.height) > longestSide)
    throw refusedImage(`a side is longer than ${longestSide} pixels`)
  const wanted = { fit, ...(width !== undefined && { width }), ...(height !== undefined && { height }) }
  const codecs = { decoder: decoder(from), resizer: resizer(), encoder: encoder(format) }
  const outcome = await queue.run(() => {
    const task = {
      ...codecs,
      bytes: copied(bytes),
      format,
      wanted,
      quality: Math.min(quality, 100),
      pixels,
      memory: memoryFor(bytes.length, header),
    }
    return inWorker(task, seconds * 1_000, signal)
  }, signal)
  if ('refused' in outcome) throw refusedImage(outcome.refused)
  if (outcome.bytes.byteLength > most) throw refusedImage(`what comes out is larger than ${most} bytes`)
  const { width: across, height: down } = outcome
  return { type: `image/${format}`, width: across, height: down, bytes: Buffer.from(outcome.bytes) }
}

/** Bytes of memory that each codec may take for an image which is what its header says; what is more is a bomb. */
const memoryFor = (length: number, { width, height }: Sides): number =>
  leastMemory + length * perByte + width * height * perPixel

/** What codecs begin with, and their tables. */
const leastMemory = 64 * 1024 ** 2
/** The image as it came, as codecs copy it. */
const perByte = 4
/** The hungriest is the resizer, which takes 57; encoders of noise take 55. */
const perPixel = 96

/** Bytes of its own, which are handed to the worker and not copied again. */
const copied = (bytes: Uint8Array): ArrayBuffer => {
  const own = new ArrayBuffer(bytes.length)
  new Uint8Array(own).set(bytes)
  return own
}
