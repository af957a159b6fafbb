import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { createScratch } from '../../toolkit/scratch/scratch.ts'

/** Bytes that are held in memory; more than these lie in a file. */
const few = 65_536

/**
 * Bytes that have come and are not sent on yet: in memory while they are few, then in a file. So whoever sends slowly, and
 * however many do, takes no memory.
 */
export class Gathered {
  readonly #most: number
  readonly #scratch = createScratch()
  #held: Uint8Array[] = []
  #file: FileHandle | undefined
  #length = 0

  /** `most`: bytes that it takes before they have to be given away. */
  constructor(most: number) {
    this.#most = most
  }

  get isFull(): boolean {
    return this.#length === this.#most
  }

  /** Whether giving them takes as much memory as they are. */
  get isLarge(): boolean {
    return this.#length > few
  }

  /** Takes as many of these as there is room for. How many. */
  async take(bytes: Uint8Array): Promise<number> {
    const taken = bytes.subarray(0, this.#most - this.#length)
    if (this.#length + taken.length <= few) this.#held.push(taken)
    else {
      this.#file ??= await open(join(await this.#scratch.folder(), 'part'), 'wx+', 0o600)
      let at = this.#length
      if (this.#held.length > 0) at = await this.#write(this.#held.splice(0), 0)
      await this.#write([taken], at)
    }
    this.#length += taken.length
    return taken.length
  }

  /** Gives all that came since the last time, and begins anew. */
  async give(): Promise<Uint8Array> {
    const length = this.#length
    this.#length = 0
    if (length <= few || !this.#file) return Buffer.concat(this.#held.splice(0))
    const all = Buffer.allocUnsafe(length)
    for (let at = 0; at < length; ) {
      const { bytesRead } = await this.#file.read(all, at, length - at, at)
      if (bytesRead === 0) throw new Error('A part that lay in a file is cut short')
      at += bytesRead
    }
    return all
  }

  /** Removes the file. */
  async close(): Promise<void> {
    await this.#file?.close()
    await this.#scratch.remove()
  }

  async #write(pieces: readonly Uint8Array[], from: number): Promise<number> {
    let at = from
    for (const piece of pieces)
      for (let done = 0; done < piece.length; ) {
        const written = await this.#file?.write(piece, done, piece.length - done, at)
        done += written?.bytesWritten ?? 0
        at += written?.bytesWritten ?? 0
      }
    return at
  }
}
