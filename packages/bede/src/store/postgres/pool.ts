import { type Admission, createAdmission } from '../admission.ts'
import { StoreError } from '../driver.ts'
import { canceled } from '../session.ts'
import type { Member } from './member.ts'
import type { PoolLimits } from './options.ts'

/** The connections of one database. */
export interface Pool {
  /** Runs `f` on a connection that others may use at the same time, for one statement. */
  shared<T>(f: (member: Member) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Runs `f` on a connection that is nobody else's meanwhile. */
  alone<T>(f: (member: Member) => Promise<T>, signal?: AbortSignal): Promise<T>
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
 * A pool over `connect`. Statements outside transactions go to the idlest connection and may follow each other on it
 * without waiting; transactions take one for themselves. One connection is always left to the former, so that single
 * statements, the health check among them, are answered while transactions hold all the others.
 */
export function createPool(connect: () => Promise<Member>, limits: PoolLimits): Pool {
  const places = new Set<Place>()
  const sharers: Waiter[] = []
  const loners: Waiter[] = []
  const admissions = new Map<Waiter[], Admission>([
    [sharers, createAdmission(limits.queue)],
    [loners, createAdmission(limits.queue)],
  ])
  const maxAlone = Math.max(1, limits.connections - 1)
  let opening = 0
  let closed = false
  let failures = 0
  let retryAt = 0
  let lastFailure: unknown

  const inUse = (): number => places.size + opening
  const count = (holds: (place: Place) => boolean): number => [...places].filter(holds).length

  /** The usable place with the fewest users, of those that `suits`. */
  function idlest(suits: (place: Place) => boolean): Place | undefined {
    let best: Place | undefined
    for (const place of places) {
      const { member } = place
      if (member.lost || member.worn || member.canceling || place.alone || !suits(place)) continue
      if (!best || place.users < best.users) best = place
    }
    return best
  }

  const sharable = (): Place | undefined => idlest((place) => place.users < limits.pipelined && !place.claimed)

  /** Hands out what is free, claims what is wanted, opens what is missing. */
  function settle(): void {
    for (const place of places) retire(place)
    if (loners.length > 0) settleLoners()
    while (sharers.length > 0) {
      const place = sharable()
      if (!place) break
      place.users++
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
    if (!member.lost) void member.end()
  }

  async function use<T>(place: Place, f: (member: Member) => Promise<T>): Promise<T> {
    try {
      return await f(place.member)
    } finally {
      // Whatever went wrong, nobody inherits an open transaction.
      if (place.alone && place.member.inTransaction) await place.member.end()
      place.users--
      place.alone = false
      settle()
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
      places.add({ member, users: 0, alone: false, claimed: false })
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

  function wait(queue: Waiter[], signal: AbortSignal | undefined): Promise<Place> {
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
    async shared(f, signal) {
      const free = closed || sharers.length > 0 ? undefined : sharable()
      if (free && free.users > 0 && inUse() < limits.connections) open()
      if (!free) return use(await wait(sharers, signal), f)
      free.users++
      return use(free, f)
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

const unreachable = (cause: unknown): StoreError => new StoreError('unavailable', { cause })
const gone = (): StoreError => unreachable(new Error('The database connections have been closed.'))
const exhausted = (limits: PoolLimits): string =>
  `All ${limits.connections} connections were busy for ${limits.acquireTimeout} milliseconds.`
