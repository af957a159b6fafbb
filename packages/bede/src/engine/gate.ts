import { Problem } from '../telemetry/problem.ts'

/** Lets at most so many pieces of work run at once; the others wait in order. */
export interface Gate {
  /** Throws the Problem `unavailable` when already too many wait. */
  pass<T>(work: () => Promise<T>): Promise<T>
}

export interface GateLimits {
  readonly atOnce: number
  readonly waiting: number
}

export function gate({ atOnce, waiting }: GateLimits): Gate {
  let running = 0
  const queue: (() => void)[] = []
  return {
    async pass(work) {
      if (running >= atOnce) {
        if (queue.length >= waiting)
          throw new Problem('unavailable', { message: 'Too many are waiting already', retryAfter: 1 })
        await new Promise<void>((resolve) => queue.push(resolve))
      } else {
        running++
      }
      try {
        return await work()
      } finally {
        const next = queue.shift()
        if (next)
          next() // hands its place over: `running` stays
        else running--
      }
    },
  }
}
