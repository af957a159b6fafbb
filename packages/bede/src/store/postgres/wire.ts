import { Socket } from 'node:net'
import pg from 'pg'
import type { Body, Row, Text } from '../../sql/statement.ts'
import { readBody, readErrorFields, readNotification, readRow } from '../message.ts'
import { MessageWriter } from './writer.ts'

/** What came back for one request. */
export interface Reply {
  readonly rows: readonly Row[]
  /** In place of rows, where that was asked for: the first value of the last row. */
  readonly body: Body | undefined
  /** The tag of the last completed command, e.g. `COMMIT` or `INSERT 0 1`. */
  readonly tag: string
  /** Milliseconds since it could begin: since it was sent, or since what was ahead of it was answered. */
  readonly took: number
}

interface Flight {
  readonly rows: Row[]
  readonly bare: boolean
  body: Body | undefined
  /** By the simple query, which ends by itself. */
  readonly script: boolean
  tag: string
  took: number
  error: Error | undefined
  /** The server has said how it went. */
  ended: boolean
  /** The name of a statement that is sent along to be parsed, until the server has done so. */
  parsing: string | undefined
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

export interface WireEvents {
  /** The connection has ended, or cannot go on. Said once. */
  lost(): void
  notified?(channel: string, payload: string): void
}

/**
 * PostgreSQL's protocol 3 on a connection that `pg` has opened: encryption and sign-in are pg's, what comes after is
 * here. Statements go by the extended query without Describe, text in and text out; requests are sent without waiting
 * for each other, and all of one turn of the event loop leave together.
 */
export class Wire {
  readonly #socket: Socket
  readonly #events: WireEvents
  readonly #writer = new MessageWriter()
  /** Requests sent and not answered, in order; those before `#first` are done. */
  #flights: Flight[] = []
  #first = 0
  readonly #parsed = new Set<string>()
  /** The parts of a message whose end has not come, how many bytes they are and how many there must be to go on. */
  #parts: Buffer[] = []
  #held = 0
  #wanted = 0
  /** Since when the server has been busy with the first of what was sent, and how many of `#flights` were. */
  #busySince = 0
  #sent = 0
  #landedTogether: Flight[] = []
  #scheduled = false
  #ending = false
  #over: Error | undefined
  /** Inside a transaction, as the server said last. */
  inTransaction = false

  constructor(client: pg.Client, events: WireEvents) {
    this.#socket = socketOf(client)
    this.#events = events
    this.#socket.removeAllListeners('data')
    this.#socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    this.#socket.on('error', (error) => this.destroy(error))
    this.#socket.on('close', () => this.destroy(new Error('The connection was closed.')))
    if (this.#socket.destroyed) setImmediate(() => this.destroy(new Error('The connection was closed.')))
  }

  /** Statements without parameters, in one implicit transaction. */
  script(sql: string): Promise<Reply> {
    return this.#request({ script: true }, () => this.#writer.query(sql))
  }

  /**
   * One statement; one with a name is parsed when this connection first sees that name. `bare`: of its row only the
   * first value is wanted, as it comes.
   */
  statement(sql: string, name: string | undefined, params: readonly Text[], bare = false): Promise<Reply> {
    const known = name !== undefined && this.#parsed.has(name)
    return this.#request({ parsing: known ? undefined : name, bare }, () => {
      if (!known) this.#writer.parse(name ?? '', sql)
      this.#writer.run(name ?? '', params)
      if (!known && name !== undefined) this.#parsed.add(name)
    })
  }

  /** Ends the connection at once; what is under way is refused with `error`. */
  destroy(error: Error): void {
    if (this.#over) return
    this.#over = error
    this.#socket.destroy()
    const waiting = this.#flights.slice(this.#first)
    this.#flights = []
    this.#first = 0
    for (const { reject } of waiting) reject(error)
    this.#events.lost()
  }

  /** Ends the connection when the server has answered what is under way; resolves when it is closed. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve()
      this.#socket.once('close', () => resolve())
      this.#ending = true
      this.#endIfIdle()
    })
  }

  /** Not before the last answer is here: on a connection that is half closed, others may end the other half too. */
  #endIfIdle(): void {
    if (this.#ending && this.#flights.length === 0) this.#socket.end(terminate)
  }

  #request(
    { parsing, script = false, bare = false }: { parsing?: string | undefined; script?: boolean; bare?: boolean },
    write: () => void,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(this.#over)
      this.#writer.whole(write)
      this.#flights.push({
        rows: [],
        bare,
        body: undefined,
        script,
        tag: '',
        took: 0,
        error: undefined,
        ended: false,
        parsing,
        resolve,
        reject,
      })
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#writer.empty || this.#over) return
    if (this.#sent === 0) this.#busySince = performance.now()
    this.#sent = this.#flights.length - this.#first
    this.#socket.write(this.#writer.take())
  }

  /** Whatever the server sends, the most it can end is this connection. */
  #receive(bytes: Buffer): void {
    if (this.#over) return
    try {
      this.#read(bytes)
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
    if (this.#landedTogether.length > 0) this.#timed()
  }

  /** Of answers that came together nobody knows which took how long. */
  #timed(): void {
    const now = performance.now()
    const each = (now - this.#busySince) / this.#landedTogether.length
    for (const flight of this.#landedTogether) flight.took = each
    this.#sent = Math.max(0, this.#sent - this.#landedTogether.length)
    this.#busySince = now
    this.#landedTogether = []
  }

  #read(bytes: Buffer): void {
    let buffer = bytes
    if (this.#held > 0) {
      this.#parts.push(bytes)
      this.#held += bytes.length
      if (this.#held < this.#wanted) return
      buffer = Buffer.concat(this.#parts, this.#held)
      this.#parts = []
      this.#held = 0
    }
    let at = 0
    this.#wanted = headSize
    while (buffer.length - at >= headSize) {
      const length = buffer.readInt32BE(at + 1)
      if (length < leastLength || length > mostLength) throw broken()
      const end = at + 1 + length
      if (end > buffer.length) {
        this.#wanted = end - at
        break
      }
      this.#message(buffer, at, end)
      at = end
    }
    if (at === buffer.length) return
    this.#parts.push(at === 0 ? buffer : buffer.subarray(at))
    this.#held = buffer.length - at
  }

  #message(bytes: Buffer, at: number, end: number): void {
    const flight = this.#flights[this.#first]
    switch (bytes[at]) {
      case letter.parsed:
        if (flight) flight.parsing = undefined
        return
      case letter.dataRow:
        if (!flight) throw broken()
        this.#row(flight, bytes, at + headSize, end)
        return
      case letter.commandComplete:
        if (!flight) throw broken()
        flight.ended = true
        flight.tag = bytes.toString('latin1', at + headSize, end - 1)
        return
      case letter.emptyQuery:
        if (flight) flight.ended = true
        return
      case letter.ready:
        // An end without an answer, or one that nobody waits for: from here on everybody would get another's.
        if (!flight?.ended || end - at !== headSize + 1) throw broken()
        this.inTransaction = bytes[at + headSize] !== idle
        this.#landed(flight)
        return
      case letter.error: {
        const error = serverError(bytes, at + headSize, end)
        // Words that nobody asked for are the last ones: the server ends the connection after them.
        if (!flight) this.destroy(error)
        else {
          flight.ended = true
          flight.error ??= error
          if (flight.parsing !== undefined) this.#parsed.delete(flight.parsing)
        }
        return
      }
      case letter.notification: {
        const { channel, payload } = readNotification(bytes, at + headSize, end)
        this.#events.notified?.(channel, payload)
        return
      }
      case letter.copyIn:
        // The server takes whatever was sent behind for data, and its ends for nothing.
        if (this.#flights.length - this.#first !== 1 || !flight?.script) throw new Error('COPY takes no data this way.')
        this.#writer.copyFail()
        this.#flush()
    }
  }

  /** One that is too long for a text of JavaScript fails its own statement and no other. */
  #row(flight: Flight, bytes: Buffer, start: number, end: number): void {
    if (flight.error) return
    try {
      if (flight.bare) flight.body = readBody(bytes, start, end)
      else flight.rows.push(readRow(bytes, start, end))
    } catch (error) {
      if (!isTooLong(error)) throw error
      flight.error = tooLong(end - start)
    }
  }

  #landed(flight: Flight): void {
    this.#first++
    if (this.#first === this.#flights.length) {
      this.#flights.length = 0
      this.#first = 0
    } else if (this.#first >= compactAfter) {
      this.#flights = this.#flights.slice(this.#first)
      this.#first = 0
    }
    this.#landedTogether.push(flight)
    if (flight.error) flight.reject(flight.error)
    else flight.resolve(flight)
    this.#endIfIdle()
  }
}

const headSize = 5
/** A length counts itself; no message of the server is longer than what it can hold in memory (MaxAllocSize). */
const leastLength = 4
const mostLength = 0x3fff_ffff
/** Answered requests that may stay in the list before the others. */
const compactAfter = 64
const idle = 0x49
const terminate = Buffer.from([0x58, 0, 0, 0, 4])
const letter = {
  parsed: 0x31,
  dataRow: 0x44,
  commandComplete: 0x43,
  ready: 0x5a,
  error: 0x45,
  notification: 0x41,
  copyIn: 0x47,
  emptyQuery: 0x49,
} as const

const broken = (): Error => new Error('The server does not keep to its protocol.')
const isTooLong = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STRING_TOO_LONG'

/** As the server says it of what is too long for itself (program_limit_exceeded). */
function tooLong(length: number): pg.DatabaseError {
  const error = new pg.DatabaseError('The answer holds a longer text than there can be.', length, 'error')
  error.code = '54000'
  return error
}

/** pg names it nowhere in its types; its version is exact, and another one that has none does not connect. */
function socketOf(client: pg.Client): Socket {
  const connection: unknown = Reflect.get(client, 'connection')
  const stream: unknown = typeof connection === 'object' && connection ? Reflect.get(connection, 'stream') : undefined
  if (stream instanceof Socket) return stream
  throw new TypeError('pg has no socket where it has been.')
}

/** The same error as pg makes of the same message. */
function serverError(bytes: Buffer, start: number, end: number): pg.DatabaseError {
  const fields = readErrorFields(bytes, start, end)
  const error = new pg.DatabaseError(fields.get('M') ?? 'The server said nothing.', end - start, 'error')
  error.severity = fields.get('S')
  error.code = fields.get('C')
  error.detail = fields.get('D')
  error.hint = fields.get('H')
  error.position = fields.get('P')
  error.where = fields.get('W')
  error.schema = fields.get('s')
  error.table = fields.get('t')
  error.column = fields.get('c')
  error.dataType = fields.get('d')
  error.constraint = fields.get('n')
  error.file = fields.get('F')
  error.line = fields.get('L')
  error.routine = fields.get('R')
  return error
}
