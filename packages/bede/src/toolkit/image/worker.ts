import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { type Codec, compile, type ImageFormat } from './codecs.ts'
import { withMemoryLimit } from './memory-limit.ts'
import { targetSize, type Wanted } from './target-size.ts'

/** What one worker does: one image, and then it is gone with all the memory that it took. */
export interface ImageTask {
  readonly bytes: ArrayBuffer
  readonly decoder: Codec
  readonly resizer: Codec
  readonly encoder: Codec
  readonly format: ImageFormat
  readonly wanted: Wanted
  readonly quality: number
  /** Pixels that may come out of the decoder: the header was believed until here. */
  readonly pixels: number
  /** Bytes of memory that each codec may take. */
  readonly memory: number
}

export type ImageOutcome =
  | { readonly bytes: ArrayBuffer; readonly width: number; readonly height: number }
  | { readonly refused: string }

/** What browsers have, and the codecs make: red, green, blue and alpha of each pixel. */
class Pixels {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number

  constructor(data: Uint8ClampedArray, width: number, height?: number) {
    // A copy: what is given may be a part of the codec's own memory.
    this.data = new Uint8ClampedArray(data)
    this.width = width
    this.height = height ?? data.length / 4 / width
  }
}

/** What a codec makes of what it is given; undefined when it gives up, for want of memory too. */
type Run = (given: unknown, options?: object) => Promise<unknown>

async function load({ module, wasm }: Codec, memory: number, init: 'init' | 'initResize' = 'init'): Promise<Run> {
  const loaded: unknown = await import(pathToFileURL(module).href)
  const [prepare, run] = [Reflect.get(Object(loaded), init), Reflect.get(Object(loaded), 'default')]
  if (typeof prepare !== 'function' || typeof run !== 'function') throw new TypeError(`${module} is not what it was`)
  await prepare(await compile(withMemoryLimit(await readFile(wasm), memory)))
  return async (given, options) => {
    try {
      return await run(given, options)
    } catch {
      return undefined
    }
  }
}

async function convert(task: ImageTask): Promise<ImageOutcome> {
  Reflect.set(globalThis, 'ImageData', Pixels)
  const { memory } = task
  const decode = await load(task.decoder, memory)
  const decoded = await decode(task.bytes, { preserveOrientation: true })
  if (!(decoded instanceof Pixels)) return { refused: 'it cannot be decoded' }
  if (decoded.width * decoded.height > task.pixels) return { refused: 'it is larger than it says' }
  const size = targetSize(decoded, task.wanted)
  const same = size.width === decoded.width && size.height === decoded.height
  const options = { ...size, fitMethod: task.wanted.fit === 'cover' ? 'contain' : 'stretch', method: 'lanczos3' }
  const resized = same ? decoded : await (await load(task.resizer, memory, 'initResize'))(decoded, options)
  if (!(resized instanceof Pixels)) return { refused: 'it cannot be resized' }
  if (task.format === 'jpeg') onWhite(resized.data)
  const encode = await load(task.encoder, memory)
  const encoded = await encode(resized, { quality: task.quality })
  if (!(encoded instanceof ArrayBuffer)) return { refused: 'it cannot be encoded' }
  return { bytes: encoded, ...size }
}

/** A JPEG has no transparency: what shows through is white, and not whatever color the pixel has under it. */
function onWhite(data: Uint8ClampedArray): void {
  for (let at = 3; at < data.length; at += 4) {
    const alpha = data[at] ?? opaque
    if (alpha === opaque) continue
    for (let color = at - 3; color < at; color++)
      data[color] = ((data[color] ?? 0) * alpha + opaque * (opaque - alpha)) / opaque
    data[at] = opaque
  }
}

const opaque = 255

const outcome = await convert(workerData as ImageTask) // given by the one who started this, in image.ts
parentPort?.postMessage(outcome, 'bytes' in outcome ? [outcome.bytes] : [])
