import { type Admission, createAdmission } from '../admission.ts'
import { StoreError } from '../driver.ts'
import { canceled } from '../session.ts'
import type { StopSignal } from '../stop.ts'
import type { Member } from './member.ts'
import type { PoolLimits } from './options.ts'
import type { Paces } from './paces.ts'

/** The connections of one database. */
export interface Pool {
  /** Runs `f` on a connection that others may use at the same time, for one statement; `name` is its name. */
  shared<T>(f: (member: Member) => Promise<T>, signal?: StopSignal, name?: string): Promise<T>
  /** Runs `f` on a connection that is nobody else's meanwhile. */
  alone<T>(f: (member: Member) => Promise<T>, signal?: StopSignal): Promise<T>
  /** Opens one connection, to learn whether there is a database. Rejects with what the attempt said. */
  warm(): Promise<Member>
  /** To be called by members when something has changed. */
  changed(member: Member): void
  /** Refuses whoever waits, finishes what is in flight, closes. */
  close(): Promise<void>
}

/** A connection and who uses it. */
interface Place {
  readonly member: Member
  users: number
  /** Milliseconds that what its users do is expected to take. */
  ahead: number
  /** When it was last given work while it had none, or was done with some: by the clock of the process. */
  moved: number
  /** Its one user has it alone. */
  alone: boolean
  /** Promised to whoever waits for one alone: it gets no new users and is given when the last one has left. */
  claimed: boolean
}

interface Waiter {
  /** Since when. */
  readonly since: number
  admit(place: Place): void
  refuse(error: StoreError): void
}

/** After a failed attempt to connect, the next one waits: this long at first, doubled up to the second figure. */
const firstBackoff = 100
const maxBackoff = 1_000
/**
 * Milliseconds of work that may be ahead of a statement on a connection while others are idle. Short ones gather there:
 * what one turn of the event loop sends over one connection costs one system call and wakes one process of the server,
 * which is more than a short statement takes.
 */
const gathered = 0.5
/**
 * Milliseconds after which a connection that answers nothing is one that is held up: by a statement that is longer than
 * it used to be, or waits for a lock. Nothing is sent behind it while there is another.
 */
const heldUpAfter = 25
/** Milliseconds that a statement takes at most of those that share `spread` connections; longer ones share all. */
const passing = 10
/** What a statement that was not seen yet is expected to take, in milliseconds. */
const unknown = 1_000

/**
 * A pool over `connect`. Statements outside transactions may follow each other on a connection without waiting: short
 * ones gather on one, all others go to the idlest. Transactions take one for themselves. One connection is always left
 * to the former, so that single statements, the health check among them, are answered while transactions hold all the
 * others.
 */
export function createPool(connect: () => Promise<Member>, limits: PoolLimits, paces: Pick<Paces, 'of'>): Pool {
  const places = new Set<Place>()
  /** Where short statements gather. */
  let gathering: Place | undefined
  const sharers: Waiter[] = []
  const loners: Waiter[] = []
  const admissions = new Map<Waiter[], Admission>([
    [sharers, createAdmission(limits.queue)],
    [loners, createAdmission(limits.queue)],
  ])
  const spread = Math.min(limits.spread, limits.connections)
  const maxAlone = Math.max(1, limits.connections - 1)
  let opening = 0
  let closed = false
  let failures = 0
  let retryAt = 0
  let lastFailure: unknown

  const inUse = (): number => places.size + opening
  const count = (holds: (place: Place) => boolean): number => [...places].filter(holds).length

  /** The usable place with the fewest users, of the first so many that `suits`. */
  function idlest(suits: (place: Place) => boolean, most = Number.POSITIVE_INFINITY): Place | undefined {
    let best: Place | undefined
    let seen = 0
    for (const place of places) {
      if (!isUsable(place) || !suits(place)) continue
      if (!best || place.users < best.users) best = place
      if (++seen >= most) break
    }
    return best
  }

  const isSharable = (place: Place): boolean => place.users < limits.pipelined && !place.claimed

  function sharable(expected: number): Place | undefined {
    const heldUp = performance.now() - heldUpAfter
    const isMoving = (place: Place) => isSharable(place) && (place.users === 0 || place.moved >= heldUp)
    if (gathering && gathering.ahead + expected <= gathered && isUsable(gathering) && isMoving(gathering))
      return gathering
    // Behind a long one nobody short waits, be the others as many as they may.
    const isPassing = (place: Place) => isMoving(place) && place.ahead <= passing * limits.pipelined
    const near = expected <= passing ? idlest(isPassing, spread) : undefined
    const found = near ?? idlest(isMoving) ?? idlest(isSharable)
    if (expected <= gathered) gathering = found
    return found
  }

  /** Hands out what is free, claims what is wanted, opens what is missing. */
  function settle(): void {
    for (const place of places) retire(place)
    if (loners.length > 0) settleLoners()
    while (sharers.length > 0) {
      const place = idlest(isSharable)
      if (!place) break
      if (place.users++ === 0) place.moved = performance.now()
      sharers.shift()?.admit(place)
    }
    const missing = Math.min(loners.length + sharers.length - opening, limits.connections - inUse())
    for (let i = 0; i < missing; i++) open()
  }

  function settleLoners(): void {
    while (loners.length > 0 && count((place) => place.alone) < maxAlone) {
      const place = idlest((candidate) => candidate.users === 0)
      if (!place) break
      place.users++
      place.alone = true
      place.claimed = false
      loners.shift()?.admit(place)
    }
    let wanted = Math.min(loners.length, maxAlone - count((place) => place.alone))
    if (inUse() < limits.connections) wanted = 0 // new connections are on their way to them
    for (const place of places) if (place.claimed && wanted-- <= 0) place.claimed = false
    for (; wanted > 0; wanted--) {
      const place = idlest((candidate) => !candidate.claimed)
      if (!place) break
      place.claimed = true
    }
  }

  /** Takes a lost connection out, and a worn one as soon as nobody uses it. */
  function retire(place: Place): void {
    const { member } = place
    if (!member.lost && (!member.worn || place.users > 0)) return
    places.delete(place)
    if (gathering === place) gathering = undefined
    if (!member.lost) void member.end()
  }

  async function use<T>(place: Place, f: (member: Member) => Promise<T>, expected = 0): Promise<T> {
    place.ahead += expected
    try {
      return await f(place.member)
    } finally {
      // Whatever went wrong, nobody inherits an open transaction.
      if (place.alone && place.member.inTransaction) await place.member.end()
      place.users--
      place.moved = performance.now()
      place.ahead = place.users === 0 ? 0 : place.ahead - expected
      place.alone = false
      if (sharers.length > 0 || loners.length > 0 || place.member.worn) settle()
    }
  }

  function open(): void {
    if (performance.now() < retryAt) {
      if (places.size === 0) refuseAll(unreachable(lastFailure))
      return
    }
    void warm().catch((error) => {
      if (places.size === 0) refuseAll(unreachable(error))
    })
  }

  async function warm(): Promise<Member> {
    opening++
    try {
      const member = await connect()
      failures = 0
      retryAt = 0
      if (closed) {
        await member.end()
        throw gone()
      }
      places.add({ member, users: 0, ahead: 0, moved: 0, alone: false, claimed: false })
      return member
    } catch (error) {
      lastFailure = error
      retryAt = performance.now() + Math.min(firstBackoff * 2 ** failures++, maxBackoff)
      throw error
    } finally {
      opening--
      settle()
    }
  }

  function refuseAll(error: StoreError): void {
    for (const waiter of [...sharers.splice(0), ...loners.splice(0)]) waiter.refuse(error)
  }

  function wait(queue: Waiter[], signal: StopSignal | undefined): Promise<Place> {
    if (closed) throw gone()
    if (signal?.aborted) throw canceled(signal)
    const admission = admissions.get(queue)
    admission?.admit(queue.length, queue[0]?.since)
    return new Promise((resolve, reject) => {
      const leave = (error: StoreError) => {
        const place = queue.indexOf(waiter)
        if (place >= 0) queue.splice(place, 1)
        waiter.refuse(error)
      }
      const stop = () => leave(canceled(signal))
      const timer = setTimeout(() => leave(unreachable(new Error(exhausted(limits)))), limits.acquireTimeout)
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', stop)
      }
      const waiter: Waiter = {
        since: performance.now(),
        admit(place) {
          done()
          admission?.moved()
          resolve(place)
        },
        refuse(error) {
          done()
          reject(error)
        },
      }
      signal?.addEventListener('abort', stop, { once: true })
      queue.push(waiter)
      settle()
    })
  }

  return {
    warm,
    changed: settle,
    async shared(f, signal, name) {
      const pace = paces.of(name)
      const free = closed || sharers.length > 0 ? undefined : sharable(pace)
      if (free && free.users > 0 && free !== gathering && inUse() < (pace <= passing ? spread : limits.connections))
        open()
      // What is not known yet may be long: nothing gathers behind it.
      const expected = Math.min(pace, unknown)
      if (!free) return use(await wait(sharers, signal), f, expected)
      if (free.users++ === 0) free.moved = performance.now()
      return use(free, f, expected)
    },
    async alone(f, signal) {
      return use(await wait(loners, signal), f)
    },
    async close() {
      closed = true
      refuseAll(gone())
      await Promise.all([...places].map(({ member }) => member.end()))
      places.clear()
    },
  }
}

const isUsable = ({ member, alone }: Place): boolean => !(member.lost || member.worn || member.canceling || alone)

const unreachable = (cause: unknown): StoreError => new StoreError('unavailable', { cause })
const gone = (): StoreError => unreachable(new Error('The database connections have been closed.'))
const exhausted = (limits: PoolLimits): string =>
  `All ${limits.connections} connections were busy for ${limits.acquireTimeout} milliseconds.`
