import {
  BrokenCircuitError,
  type BulkheadPolicy,
  BulkheadRejectedError,
  bulkhead,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel'
import type { Destination, Trust } from './destination.ts'
import { busy, failed, OutboundFailure } from './failure.ts'

/** Exchanges with one origin at the same time, and how many more may wait. */
const atOnce = 20
const waiting = 100
/** So many failures in a row, and nothing is sent for so many milliseconds; then one tries. */
const failuresInARow = 10
const pause = 10_000
/** Origins of each kind of trust that are known; more than that are forgotten, those at rest first. */
const mostOrigins = 1_000

interface Origin {
  readonly breaker: CircuitBreakerPolicy
  readonly bulkhead: BulkheadPolicy
}

/** What one exchange came to: its value is there before it is over, while a body still flows. */
export interface Exchanged<T> {
  readonly value: T
  /** The other side says that it is not well. */
  readonly unwell: boolean
  readonly over?: Promise<unknown>
}

/** Keeps what one origin does from the others, and from itself. */
export class Origins {
  readonly #known: Readonly<Record<Trust, Map<string, Origin>>> = {
    allowed: new Map(),
    private: new Map(),
    public: new Map(),
  }

  /**
   * Does `work` when there is room for it. Throws a Problem `upstream-unavailable`, with nothing sent, where the origin
   * has failed too often or too much waits for it; the reason of the signal as soon as it is given.
   */
  within<T>({ url, trust }: Destination, signal: AbortSignal, work: () => Promise<Exchanged<T>>): Promise<T> {
    const { breaker, bulkhead } = this.#of(url.origin, this.#known[trust])
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const whole = breaker.execute(() =>
      bulkhead.execute(async () => {
        signal.throwIfAborted()
        const { value, unwell, over } = await work()
        resolve(value)
        await over
        // Told to the breaker alone: the value has left.
        if (unwell) throw failed(url.origin, 'is not well', { passing: true })
      }),
    )
    whole.catch((error: unknown) => {
      if (error instanceof BrokenCircuitError)
        reject(busy(url.origin, 'has failed too often and is left alone for a while', pause / 1000))
      else if (error instanceof BulkheadRejectedError)
        reject(busy(url.origin, `has ${atOnce} calls at once, and ${waiting} more wait`, 1))
      else reject(error)
    })
    // Whoever waits for room does not wait for it longer than for the rest.
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    return promise
  }

  #of(origin: string, known: Map<string, Origin>): Origin {
    const found = known.get(origin) ?? made()
    // The one that was used last stands last.
    known.delete(origin)
    known.set(origin, found)
    if (known.size > mostOrigins) forgetOne(known, origin)
    return found
  }
}

const made = (): Origin => ({
  breaker: circuitBreaker(
    // What was refused by ourselves, or by the caller's going away, is not the other side's fault.
    handleWhen((error) => error instanceof OutboundFailure && error.passing),
    { halfOpenAfter: pause, breaker: new ConsecutiveBreaker(failuresInARow) },
  ),
  bulkhead: bulkhead(atOnce, waiting),
})

/** One that has calls in flight would be counted anew. */
function forgetOne(known: Map<string, Origin>, but: string): void {
  for (const [origin, { bulkhead }] of known) {
    if (origin === but || bulkhead.executionSlots < atOnce) continue
    known.delete(origin)
    return
  }
  known.delete(but)
  throw busy(but, `is one of more than ${mostOrigins} origins that are called at once`, 1)
}
