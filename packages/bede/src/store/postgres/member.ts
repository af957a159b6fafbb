import pg from 'pg'
import type { Body, Row, Statement } from '../../sql/statement.ts'
import { type QueryOptions, StoreError } from '../driver.ts'
import { databaseFailure, isStalePlan } from '../failure.ts'
import { canceled, checkParameters, checkStatement, type Session } from '../session.ts'
import { type SessionLimits, sessionSettings } from '../settings.ts'
import type { Paces } from './paces.ts'
import { type Reply, Wire } from './wire.ts'

/**
 * Statements prepared on one connection before it is replaced: the server keeps every plan until the connection ends.
 * A new connection costs some milliseconds, which is little for each of so many.
 */
const maxPrepared = 500

/** A statement of a megabyte, once: it raises the threshold at which glibc gives memory back after every statement. */
const warmAllocator = "length(repeat('x', 1000000))"

/** The class of a full disk or memory: the statement could not be done, but the connection can go on. */
const insufficientResources = '53'

/** One connection to the server and what Bede knows about it. */
export interface Member extends Session {
  /** The server's process behind it. */
  readonly pid: number
  /** `server_version_num`: 150014 is 15.14. */
  readonly version: number
  /** The connection has ended. */
  readonly lost: boolean
  /** To be replaced as soon as nobody uses it. */
  readonly worn: boolean
  /** A statement is to be canceled or a request for that is on its way: what is sent now could be hit in its place. */
  readonly canceling: boolean
  /** Inside a transaction, as the server said last. */
  readonly inTransaction: boolean
  body(statement: Statement, options?: QueryOptions): Promise<Body | undefined>
  end(): Promise<void>
}

export interface MemberOptions {
  readonly url: string
  readonly limits: SessionLimits
  readonly connectTimeout: number
  readonly paces: Pick<Paces, 'seen'>
  /** Cancels whatever the server's process `pid` is running; settles when the request has been delivered. */
  cancel(pid: number): Promise<void>
  /** The connection was lost, or a cancel request has been delivered. */
  changed(member: Member): void
  notified?(channel: string, payload: string): void
}

/** Connects, sets the session up and answers it. Rejects with what `pg` says when there is no connection. */
export async function connectMember(options: MemberOptions): Promise<Member> {
  const client = new pg.Client({
    connectionString: options.url,
    connectionTimeoutMillis: options.connectTimeout,
    fallback_application_name: 'bede',
    keepAlive: true,
  })
  let member: PipelinedMember | undefined
  client.on('error', () => member?.lose()) // without a listener a lost connection would end the process
  try {
    await client.connect()
    await client.query(sessionSettings(options.limits))
    const { rows } = await client.query<{ pid: string; version: string }>(
      `select pg_backend_pid() as pid, current_setting('server_version_num') as version, ${warmAllocator}`,
    )
    member = new PipelinedMember(client, options, Number(rows[0]?.pid), Number(rows[0]?.version))
    return member
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** A statement on its way. `unwanted`: its caller has gone away. */
interface Flight {
  unwanted: boolean
  /** Milliseconds after which its cancel request is repeated. */
  repeat?: number
}

/** Milliseconds between cancel requests for one statement: doubled from the first to the last. */
const firstRepeat = 10
const maxRepeat = 1_000

interface Prepared {
  /** The name on this connection, never used for another text. */
  readonly wireName: string
  readonly sql: string
}

class PipelinedMember implements Member {
  readonly pid: number
  readonly version: number
  lost = false
  readonly #wire: Wire
  readonly #options: MemberOptions
  readonly #prepared = new Map<string, Prepared>()
  /** Statements sent and not yet answered. */
  readonly #inFlight = new Set<Flight>()
  /** How many of them are unwanted. */
  #unwanted = 0
  #namesUsed = 0
  #cancelDelivered: Promise<void> | undefined

  constructor(client: pg.Client, options: MemberOptions, pid: number, version: number) {
    this.#options = options
    this.pid = pid
    this.version = version
    this.#wire = new Wire(client, {
      lost: () => this.lose(),
      notified: (channel, payload) => options.notified?.(channel, payload),
    })
  }

  get worn(): boolean {
    return this.#namesUsed >= maxPrepared
  }

  get canceling(): boolean {
    return this.#cancelDelivered !== undefined || this.#unwanted > 0
  }

  get inTransaction(): boolean {
    return this.#wire.inTransaction
  }

  lose(): void {
    if (this.lost) return
    this.lost = true
    this.#wire.destroy(new Error('The connection was given up.'))
    this.#options.changed(this)
  }

  async end(): Promise<void> {
    this.lost = true
    await this.#wire.end()
  }

  async query(statement: Statement, options: QueryOptions = {}): Promise<readonly Row[]> {
    return (await this.#ask(statement, options, false)).rows
  }

  async body(statement: Statement, options: QueryOptions = {}): Promise<Body | undefined> {
    return (await this.#ask(statement, options, true)).body
  }

  async #ask(statement: Statement, { signal }: QueryOptions, bare: boolean): Promise<Reply> {
    if (signal?.aborted) throw canceled(signal)
    const flight = { unwanted: false }
    if (!signal) return this.#run(statement, bare, flight)
    const stop = () => {
      flight.unwanted = true
      if (this.#inFlight.has(flight)) this.#unwanted++
      this.#cancelIfAlone()
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await this.#run(statement, bare, flight)
    } catch (error) {
      // The server says the same of a timeout and of a cancel; whoever asked for one gets that answer.
      throw flight.unwanted && error instanceof StoreError && error.failure === 'timeout' ? canceled(signal) : error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async command(sql: string): Promise<string> {
    return (await this.#send(() => this.#wire.script(sql))).tag
  }

  async script(sql: string): Promise<void> {
    await this.#send(() => this.#wire.script(sql))
  }

  async #run(statement: Statement, bare: boolean, flight: Flight): Promise<Reply> {
    const prepared = this.#prepare(statement)
    const { sql, params, name } = statement
    try {
      const reply = await this.#send(() => this.#wire.statement(sql, prepared?.wireName, params, bare), flight)
      this.#options.paces.seen(name, reply.took)
      return reply
    } catch (error) {
      const cause = error instanceof StoreError ? error.cause : undefined
      if (!prepared || !(cause instanceof pg.DatabaseError) || !isStalePlan(cause)) throw error
      if (this.#prepared.get(prepared.sql) === prepared) this.#prepared.delete(prepared.sql)
      // Nothing of it has run. Inside a transaction the failure has ended it: only whoever began it can begin again.
      if (this.inTransaction) throw new StoreError('serialization', { cause: error })
      const again = this.#prepare(statement)
      return this.#send(() => this.#wire.statement(sql, again?.wireName, params, bare), flight)
    }
  }

  /** The statement's name on this connection; undefined: it is not kept. */
  #prepare(statement: Statement): Prepared | undefined {
    const known = statement.name === undefined ? undefined : this.#prepared.get(statement.sql)
    if (known) {
      checkParameters(statement)
      return known
    }
    checkStatement(statement)
    if (statement.name === undefined) return undefined
    const prepared = { wireName: `bede_${this.#namesUsed++}`, sql: statement.sql }
    this.#prepared.set(statement.sql, prepared)
    return prepared
  }

  async #send(query: () => Promise<Reply>, flight: Flight = { unwanted: false }): Promise<Reply> {
    while (this.#cancelDelivered) await this.#cancelDelivered
    if (flight.unwanted) throw canceled()
    this.#inFlight.add(flight)
    try {
      return await query()
    } catch (error) {
      throw this.#failure(error)
    } finally {
      this.#inFlight.delete(flight)
      if (flight.unwanted) this.#unwanted--
      if (this.#unwanted > 0) this.#cancelIfAlone()
    }
  }

  /** What a failed exchange means. The server's last words come before the end of the connection: it takes no more. */
  #failure(error: unknown): StoreError {
    if (!(error instanceof pg.DatabaseError)) {
      this.lose()
      return new StoreError('unavailable', { cause: error })
    }
    const failure = databaseFailure(error)
    if (failure.failure === 'unavailable' && !error.code?.startsWith(insufficientResources)) this.lose()
    return failure
  }

  /**
   * A cancel request names a process, not a statement. It is only sent when the statement is the only one in flight,
   * and nothing new is sent until it has been delivered, so it cannot hit another. With others behind it, it finishes.
   * One that arrives before the statement has begun does nothing, so it is repeated until the statement has ended.
   */
  #cancelIfAlone(): void {
    const [only, second] = this.#inFlight
    if (!only?.unwanted || second || this.#cancelDelivered || this.lost) return
    this.#cancelDelivered = this.#options
      .cancel(this.pid)
      .catch(() => {}) // it is asked again, or the statement finishes by itself or at its timeout
      .then(() => {
        this.#cancelDelivered = undefined
        this.#options.changed(this)
        only.repeat = only.repeat ? Math.min(only.repeat * 2, maxRepeat) : firstRepeat
        setTimeout(() => this.#inFlight.has(only) && this.#cancelIfAlone(), only.repeat).unref()
      })
  }
}
