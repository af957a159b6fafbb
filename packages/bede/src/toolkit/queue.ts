import { Problem } from '../telemetry/problem.ts'

/** Seconds after which somebody who was turned away may come again. */
const retryAfter = 1

/**
 * Lets so many run at once and so many wait, in the order in which they came. Who comes beyond is turned away with the
 * Problem `unavailable` (503). Who gives up leaves the line at once; in cockatiel's bulkhead the place would stay taken.
 */
export class Queue {
  readonly #atOnce: number
  readonly #most: number
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(atOnce: number, waiting: number) {
    this.#atOnce = atOnce
    this.#most = waiting
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    if (this.#running >= this.#atOnce) await this.#turn(signal)
    else this.#running++
    try {
      return await work()
    } finally {
      // A place is handed on and never free in between: who comes later cannot take it.
      const [next] = this.#waiting
      if (next) {
        this.#waiting.delete(next)
        next()
      } else this.#running--
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#most)
      throw new Problem('unavailable', { message: 'Too many of these run already', retryAfter })
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(enter)
        reject(signal.reason)
      }
      const enter = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      this.#waiting.add(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
}
