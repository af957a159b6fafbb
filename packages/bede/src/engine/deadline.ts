import { Stop, type StopSignal } from '../store/stop.ts'
import { Problem } from '../telemetry/problem.ts'

/**
 * How long one call may take, and whether its caller is still there: it stops when the time is over or the caller goes
 * away. Whoever begins one ends it: a call that is over must hear nothing, and keep nothing of a long-lived signal.
 */
export class Deadline extends Stop {
  /** Milliseconds, and when they are over by the clock of the process. */
  readonly milliseconds: number
  readonly until: number
  readonly #caller: StopSignal | undefined
  #leave: (() => void) | undefined

  constructor(milliseconds: number, caller: StopSignal | undefined) {
    super()
    this.milliseconds = milliseconds
    this.until = performance.now() + milliseconds
    this.#caller = caller
    if (caller?.aborted) this.#left()
    else if (caller) {
      this.#leave = () => this.#left()
      caller.addEventListener('abort', this.#leave, { once: true })
    }
    watchOf(milliseconds).add(this)
  }

  #left(): void {
    this.abort(new Problem('canceled'))
  }

  /** The Problem that ends the call, `deadline-exceeded` or `canceled`; undefined while it may go on. */
  problem(): Problem | undefined {
    return this.aborted && this.reason instanceof Problem ? this.reason : undefined
  }

  /** Throws that Problem. */
  check(): void {
    const over = this.problem()
    if (over) throw over
  }

  /** `work`, or the Problem as soon as the call must end; `work` itself is told by the signal. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>()
    const end = () => reject(this.reason)
    if (this.aborted) end()
    else this.addEventListener('abort', end)
    work.catch(() => {}) // whoever lost the race must not end the process
    try {
      return await Promise.race([work, promise])
    } finally {
      this.removeEventListener('abort', end)
    }
  }

  end(): void {
    watches.get(this.milliseconds)?.delete(this)
    if (this.#leave) this.#caller?.removeEventListener('abort', this.#leave)
  }
}

/** All deadlines of one length: the one that began first is over first, so one timer serves them. */
class Watch {
  readonly #milliseconds: number
  readonly #waiting = new Set<Deadline>()
  #ticking = false

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  add(deadline: Deadline): void {
    this.#waiting.add(deadline)
    if (!this.#ticking) this.#wait(this.#milliseconds)
  }

  delete(deadline: Deadline): void {
    this.#waiting.delete(deadline)
  }

  #wait(milliseconds: number): void {
    this.#ticking = true
    setTimeout(() => this.#look(), Math.min(milliseconds, longestTimer)).unref()
  }

  #look(): void {
    const now = performance.now()
    for (const deadline of this.#waiting) {
      // A timer may come a part of a millisecond before its time.
      if (deadline.until - now >= 1) {
        this.#wait(deadline.until - now)
        return
      }
      this.#waiting.delete(deadline)
      deadline.abort(
        new Problem('deadline-exceeded', { message: `The answer took longer than ${this.#milliseconds} ms` }),
      )
    }
    this.#ticking = false
    watches.delete(this.#milliseconds)
  }
}

/** What setTimeout can wait, in milliseconds. */
const longestTimer = 2 ** 31 - 1
const watches = new Map<number, Watch>()

function watchOf(milliseconds: number): Watch {
  const known = watches.get(milliseconds)
  if (known) return known
  const made = new Watch(milliseconds)
  watches.set(milliseconds, made)
  return made
}
