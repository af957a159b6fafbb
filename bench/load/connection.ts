import { connect, type Socket } from 'node:net'

/** What comes of one answer. */
export type Answered = (status: number, milliseconds: number) => void

/**
 * A client connection that sends its next request as soon as the answer to the last one is there. It reads as little of
 * an answer as tells where it ends, so that one process of it can keep a server of any make busy.
 */
export class LoadConnection {
  readonly #socket: Socket
  readonly #next: () => Buffer | undefined
  readonly #answered: Answered
  #sent = 0
  #status = 0
  /** Bytes of the body still to come; -1: the head is not complete; -2: chunked, until its end is seen. */
  #missing = -1
  #rest: Buffer = Buffer.alloc(0)
  readonly ended: Promise<void>

  constructor(port: number, next: () => Buffer | undefined, answered: Answered) {
    this.#next = next
    this.#answered = answered
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#socket.on('connect', () => this.#send())
    this.#socket.on('data', (chunk) => this.#read(chunk))
    this.#socket.on('error', reject)
    this.#socket.on('close', () => (this.#missing === -3 ? resolve() : reject(new Error('the server hung up'))))
  }

  #send(): void {
    const request = this.#next()
    if (!request) {
      this.#missing = -3
      this.#socket.end()
      return
    }
    this.#missing = -1
    this.#sent = performance.now()
    this.#socket.write(request)
  }

  #read(chunk: Buffer): void {
    if (this.#missing > 0) {
      this.#missing -= chunk.length
      if (this.#missing === 0) this.#done()
      return
    }
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    if (this.#missing === -2) {
      this.#chunked(bytes)
      return
    }
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) {
      this.#rest = bytes
      return
    }
    const head = bytes.toString('latin1', 0, end)
    this.#status = Number(head.slice(9, 12))
    this.#rest = Buffer.alloc(0)
    const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined && /\ntransfer-encoding: *chunked/i.test(head)) {
      this.#missing = -2
      this.#chunked(bytes.subarray(end + 4))
      return
    }
    this.#missing = Number(length ?? 0) - (bytes.length - end - 4)
    if (this.#missing < 0) throw new Error('more came than was asked for')
    if (this.#missing === 0) this.#done()
  }

  /** The end of a chunked body: nothing follows it, because nothing else was asked for yet. */
  #chunked(bytes: Buffer): void {
    this.#rest = bytes.subarray(Math.max(0, bytes.length - 7))
    if (!bytes.subarray(-5).equals(lastChunk)) return
    this.#rest = Buffer.alloc(0)
    this.#done()
  }

  #done(): void {
    this.#answered(this.#status, performance.now() - this.#sent)
    this.#send()
  }
}

const lastChunk = Buffer.from('0\r\n\r\n')
