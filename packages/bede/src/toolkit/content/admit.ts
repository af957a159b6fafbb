import { createHash } from 'node:crypto'
import { Problem } from '../../telemetry/problem.ts'
import { shownSize } from '../size.ts'
import { bitmapTypes, dimensions, headerBytes } from './dimensions.ts'
import type { Dimensions } from './sides.ts'
import { anything, plainText, sniff, sniffedBytes, textTypes } from './sniff.ts'

/** What a file may be. */
export interface FileRules {
  /** Media types, each one that can be told by its bytes; `application/octet-stream`: anything. */
  readonly types: readonly string[]
  /** Bytes at most. */
  readonly max: number
  /** Dots of an image at most, width times height, as its header says. */
  readonly pixels?: number
}

/** How the sender describes it. */
export interface Said {
  /** The media type it is sent as: decides only between texts, which nothing else tells apart. */
  readonly type?: string
  /** Bytes, where they are known before they come. */
  readonly length?: number
}

/** A file whose beginning has been looked at. */
export interface Admitted {
  /** What it is, by its bytes. */
  readonly type: string
  /** Of an image. */
  readonly dimensions?: Dimensions
  /** All of its bytes, once. Throws a Problem `too-large` where there are more than allowed. */
  readonly body: AsyncIterable<Uint8Array>
  /** What was read; whole when `body` has ended. */
  measured(): Measured
  /** Closes the source, whether anything of `body` was read or not: who sends it must not be left waiting. */
  close(): Promise<void>
}

export interface Measured {
  readonly size: number
  /** In hex. */
  readonly sha256: string
}

/**
 * Looks at the beginning of a file and lets it through, or refuses it with a Problem: `too-large`,
 * `unsupported-media-type`, `invalid-value` (it is empty, or an image with too many dots). Nothing is decoded or
 * unpacked, and no more than half a megabyte is held. A source that is refused is closed.
 */
export async function admit(source: AsyncIterable<Uint8Array>, rules: FileRules, said: Said = {}): Promise<Admitted> {
  const chunks = source[Symbol.asyncIterator]()
  try {
    if (said.length !== undefined && said.length > rules.max) throw tooLarge(rules.max)
    const start = await beginning(chunks, rules.max)
    const { type, found } = await inspected(start, rules, said)
    const hash = createHash('sha256')
    let size = 0
    const body = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (let next: Uint8Array | undefined = start.head(); next; next = await start.next()) {
          size += next.length
          if (size > rules.max) throw tooLarge(rules.max)
          hash.update(next)
          yield next
        }
      } finally {
        await chunks.return?.()
      }
    }
    return {
      type,
      ...(found && { dimensions: found }),
      body: body(),
      measured: () => ({ size, sha256: hash.copy().digest('hex') }),
      close: async () => {
        await chunks.return?.()
      },
    }
  } catch (refusal) {
    await chunks.return?.()
    throw refusal
  }
}

interface Beginning {
  /** What has been read so far. */
  head(): Uint8Array
  /** Whether that is all. */
  readonly ended: boolean
  /** Reads on until there are so many bytes, or no more. */
  atLeast(bytes: number): Promise<void>
  /** The next bytes behind the head. */
  next(): Promise<Uint8Array | undefined>
}

async function beginning(chunks: AsyncIterator<Uint8Array>, most: number): Promise<Beginning> {
  let head: Uint8Array = Buffer.alloc(0)
  let ended = false
  const next = async (): Promise<Uint8Array | undefined> => {
    const { done, value } = await chunks.next()
    if (done) ended = true
    return done ? undefined : value
  }
  const start: Beginning = {
    head: () => head,
    get ended() {
      return ended
    },
    async atLeast(bytes) {
      const parts = [head]
      for (let length = head.length; length < bytes && !ended; ) {
        const chunk = await next()
        if (!chunk) break
        parts.push(chunk)
        length += chunk.length
        if (length > most) throw tooLarge(most)
      }
      head = Buffer.concat(parts)
    },
    next,
  }
  await start.atLeast(sniffedBytes)
  return start
}

/** What the file is, and how large an image is; refuses what the rules do not allow. */
async function inspected(
  start: Beginning,
  { types, pixels }: FileRules,
  said: Said,
): Promise<{ readonly type: string; readonly found?: Dimensions }> {
  if (start.head().length === 0) throw unfit('The file is empty.')
  const type = typeAmong(sniff(start.head(), start.ended), types, said.type)
  if (!bitmapTypes.includes(type)) return { type }
  let found = dimensions(type, start.head(), start.ended)
  // An image says how large it is behind its notes: read on, twice as far each time.
  for (let reach = sniffedBytes * 2; !found && !start.ended && reach <= headerBytes; reach *= 2) {
    await start.atLeast(reach)
    found = dimensions(type, start.head(), start.ended)
  }
  if (pixels === undefined) return { type, ...(found && { found }) }
  if (!found) throw unfit('The image does not say how large it is.')
  if (found.width * found.height > pixels) {
    const size = `${found.width} × ${found.height}`
    throw unfit(`The image has ${size} pixels; at most ${pixels.toLocaleString('en')} in all are accepted.`)
  }
  return { type, found }
}

/** The type to go by: what the bytes are, where that is accepted; a text is what its sender says, among texts. */
function typeAmong(is: string, types: readonly string[], said: string | undefined): string {
  const named = said?.split(';', 1)[0]?.trim().toLowerCase()
  if (is === plainText) {
    const texts = types.filter((type) => textTypes.includes(type))
    const one = texts.find((type) => type === named) ?? (texts.includes(plainText) ? plainText : texts[0])
    if (one !== undefined) return one
  } else if (types.includes(is)) return is
  if (types.includes(anything)) return is
  throw new Problem('unsupported-media-type', {
    message: `The file is ${is === anything ? 'of no type that is known here' : is} by its bytes.`,
    hint: `Accepted: ${types.join(', ')}. Neither its name nor its Content-Type changes what it is.`,
  })
}

const unfit = (message: string): Problem => new Problem('invalid-value', { message })

const tooLarge = (most: number): Problem =>
  new Problem('too-large', { message: `A file may have at most ${shownSize(most)} here.` })
