import type { Text } from '../../sql/statement.ts'

/**
 * Writes messages of PostgreSQL's frontend protocol 3 one behind the other into shared memory, so that everything that
 * one turn of the event loop sends leaves in one system call: on small machines that call costs more than all else.
 */
export class MessageWriter {
  #chunk = Buffer.allocUnsafe(chunkSize)
  #begin = 0
  #at = 0

  get empty(): boolean {
    return this.#at === this.#begin
  }

  /** What was written since the last time. Its memory is not written again. */
  take(): Buffer {
    const taken = this.#chunk.subarray(this.#begin, this.#at)
    this.#begin = this.#at
    return taken
  }

  /** All that `write` writes, or nothing of it where it throws: half a message would be taken for the next one. */
  whole(write: () => void): void {
    const written = this.#at - this.#begin
    try {
      write()
    } catch (error) {
      this.#at = this.#begin + written
      throw error
    }
  }

  /** A simple query: one or several statements without parameters. */
  query(sql: string): void {
    this.#room(sql.length * maxUtf8 + headSize + 1)
    const from = this.#head(0x51)
    this.#text(sql)
    this.#end(from)
  }

  parse(name: string, sql: string): void {
    this.#room((name.length + sql.length) * maxUtf8 + headSize + 4)
    const from = this.#head(0x50)
    this.#text(name)
    this.#text(sql)
    this.#at = this.#chunk.writeInt16BE(0, this.#at) // the types are in the statement's text
    this.#end(from)
  }

  /** Binds `params`, as text, to the statement `name`, runs it to its end, and ends the implicit transaction. */
  run(name: string, params: readonly Text[]): void {
    let size = name.length * maxUtf8 + headSize + 16 + executeAndSync.length
    for (const value of params) size += 4 + (value === null ? 0 : value.length * maxUtf8)
    this.#room(size)
    const chunk = this.#chunk
    const from = this.#head(0x42)
    chunk[this.#at++] = 0 // the unnamed portal
    this.#text(name)
    let at = chunk.writeInt16BE(0, this.#at)
    at = chunk.writeUInt16BE(params.length, at)
    for (const value of params) {
      if (value === null) {
        at = chunk.writeInt32BE(-1, at)
      } else {
        const length = chunk.write(value, at + 4)
        chunk.writeInt32BE(length, at)
        at += 4 + length
      }
    }
    this.#at = chunk.writeInt16BE(0, at)
    this.#end(from)
    executeAndSync.copy(chunk, this.#at)
    this.#at += executeAndSync.length
  }

  copyFail(): void {
    this.#room(64)
    const from = this.#head(0x66)
    this.#text('no data is sent this way')
    this.#end(from)
  }

  #head(letter: number): number {
    this.#chunk[this.#at] = letter
    const from = this.#at + 1
    this.#at += headSize
    return from
  }

  #end(from: number): void {
    this.#chunk.writeInt32BE(this.#at - from, from)
  }

  #text(text: string): void {
    this.#at += this.#chunk.write(text, this.#at)
    this.#chunk[this.#at++] = 0
  }

  /** Makes room for a message of at most `size` bytes. Throws RangeError for one that no server takes. */
  #room(size: number): void {
    if (this.#chunk.length - this.#at >= size) return
    if (size > maxMessage * maxUtf8) throw new RangeError(`A statement of ${size} bytes is too large.`)
    const waiting = this.#chunk.subarray(this.#begin, this.#at)
    this.#chunk = Buffer.allocUnsafe(Math.max(chunkSize, waiting.length + size))
    waiting.copy(this.#chunk)
    this.#begin = 0
    this.#at = waiting.length
  }
}

/** Of the memory that messages are written into: some hundreds of usual ones. */
const chunkSize = 64 * 1024
/** A letter, and a length that counts itself. */
const headSize = 5
/** Bytes that one UTF-16 unit of a text can need. */
const maxUtf8 = 3
/** What the server takes at most in one message (PQ_LARGE_MESSAGE_LIMIT), in bytes; counted here in letters. */
const maxMessage = 0x3fff_0000 / maxUtf8
const executeAndSync = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4])
