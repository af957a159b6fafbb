import type { Socket } from 'node:net'
import { Stop } from '../../../store/stop.ts'
import { Problem } from '../../../telemetry/problem.ts'

/** A request on its way through a route. */
export interface Flight {
  readonly stop: Stop
  readonly socket: Socket
  /** Something is being done for it; else it waits for its caller, who has not sent all or not taken all. */
  working: boolean
  /** Bytes of its body or of its answer that are kept for it. */
  held: number
}

export interface FlightLimits {
  /** Requests that something is done for at once. Those that wait for their caller do not count. */
  readonly atOnce: number
  /** Bytes of bodies and answers that are kept for all requests together. */
  readonly held: number
  /** Milliseconds that the process may be late with what it has to do. */
  readonly lateness: number
  /** Milliseconds that a body may take, and bytes that each second more has to bring. */
  readonly requestTime: number
  readonly readRate: number
}

/** The requests that are under way: how many may be, and how much may be kept for them. */
export interface Flights extends Iterable<Flight> {
  /** Throws a Problem `unavailable` where there is more to do than can be done: before anything else costs anything. */
  admit(): void
  begin(socket: Socket): Flight
  /** It waits for its caller now. */
  wait(flight: Flight): void
  /** It waits for its caller to send a body. */
  receive(flight: Flight): void
  /** The connections on which a body that is waited for does not come, or hardly. */
  slow(): readonly Socket[]
  /** Its caller has sent all. */
  resume(flight: Flight): void
  /**
   * Keeps so many bytes more for it. Where that is too much for all together, those go that have waited longest for
   * their callers. False: nobody waits, and there is no room.
   */
  hold(flight: Flight, bytes: number): boolean
  /** Nothing more is kept for it. */
  release(flight: Flight): void
  end(flight: Flight): void
}

/** Below this part of `atOnce` a process that is late is not late because of requests. */
const crowd = 1 / 16
/** Milliseconds for which one refusal is said to all: each would have a stack and a line in the log. */
const same = 1_000

const full = () => new Problem('unavailable', { message: 'More is asked for than can be answered now.', retryAfter: 1 })

/** `late`: by how many milliseconds the process is behind. */
export function createFlights(limits: FlightLimits, late: () => number): Flights {
  const { atOnce, held: mostHeld, lateness, requestTime, readRate } = limits
  const all = new Set<Flight>()
  /** Those for which something is kept, the oldest first. */
  const holding = new Set<Flight>()
  /** Since when they wait for bodies, and what had been read on their connections then. */
  const receiving = new Map<Flight, { readonly since: number; readonly read: number }>()
  let working = 0
  let held = 0
  let refusal = full()
  let since = 0

  function wait(flight: Flight): void {
    if (!flight.working) return
    flight.working = false
    working--
  }

  function release(flight: Flight): void {
    if (!holding.delete(flight)) return
    held -= flight.held
    flight.held = 0
  }

  return {
    [Symbol.iterator]: () => all.values(),
    admit() {
      if (working < atOnce && (working <= atOnce * crowd || late() < lateness)) return
      const now = performance.now()
      if (now - since > same) {
        refusal = full()
        since = now
      }
      throw refusal
    },
    begin(socket) {
      const flight = { stop: new Stop(), socket, working: true, held: 0 }
      all.add(flight)
      working++
      return flight
    },
    wait,
    receive(flight) {
      // It may have ended while something else was done for it.
      if (!all.has(flight)) return
      wait(flight)
      receiving.set(flight, { since: performance.now(), read: flight.socket.bytesRead })
    },
    slow() {
      const now = performance.now()
      const isLate = (
        { socket }: Flight,
        { since, read }: { readonly since: number; readonly read: number },
      ): boolean => now > since + requestTime + ((socket.bytesRead - read) / readRate) * 1000
      return [...receiving].flatMap(([flight, begun]) => (isLate(flight, begun) ? [flight.socket] : []))
    },
    resume(flight) {
      receiving.delete(flight)
      if (flight.working || !all.has(flight)) return
      flight.working = true
      working++
    },
    hold(flight, bytes) {
      if (!all.has(flight)) return true
      holding.add(flight)
      flight.held += bytes
      held += bytes
      if (held <= mostHeld) return true
      for (const other of holding) {
        if (other === flight || other.working) continue
        release(other)
        other.socket.resetAndDestroy()
        if (held <= mostHeld) return true
      }
      return false
    },
    release,
    end(flight) {
      receiving.delete(flight)
      wait(flight)
      release(flight)
      all.delete(flight)
    },
  }
}
