import { createAdmission, defaultQueue, type QueueLimits } from '../admission.ts'
import { StoreError } from '../driver.ts'
import { canceled } from '../session.ts'
import type { StopSignal } from '../stop.ts'

/** The queue in front of the one session of an embedded database: one holder at a time, in the order of arrival. */
export interface Gate {
  /** Runs `f` alone. A signal that aborts while waiting takes it out of the queue: it never runs. */
  run<T>(f: () => Promise<T>, signal?: StopSignal): Promise<T>
  /** Refuses whoever waits and whoever comes; settles when the holder is done. */
  close(): Promise<void>
}

interface Waiter {
  readonly since: number
  admit(): void
  refuse(error: Error): void
}

/** One session does one thing at a time, and a long one is nobody's crowd: it is waited for longer than on a server. */
const queue: QueueLimits = { ...defaultQueue, patience: 10_000, standing: 5_000 }

export function createGate(): Gate {
  const admission = createAdmission(queue)
  const waiting: Waiter[] = []
  let held = false
  let closed = false
  let emptied: (() => void) | undefined

  function next(): void {
    const waiter = waiting.shift()
    if (waiter) {
      admission.moved()
      waiter.admit()
    } else {
      held = false
      emptied?.()
    }
  }

  function enter(signal: StopSignal | undefined): Promise<void> | undefined {
    if (closed) throw gone()
    if (signal?.aborted) throw canceled(signal)
    if (!held) {
      held = true
      return undefined
    }
    admission.admit(waiting.length, waiting[0]?.since)
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.splice(waiting.indexOf(waiter), 1)
        reject(canceled(signal))
      }
      const waiter: Waiter = {
        since: performance.now(),
        admit() {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
        refuse(error) {
          signal?.removeEventListener('abort', leave)
          reject(error)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      waiting.push(waiter)
    })
  }

  return {
    async run<T>(f: () => Promise<T>, signal?: StopSignal): Promise<T> {
      const admitted = enter(signal)
      if (admitted) await admitted
      try {
        return await f()
      } finally {
        next()
      }
    },
    async close(): Promise<void> {
      closed = true
      for (const waiter of waiting.splice(0)) waiter.refuse(gone())
      if (held) {
        await new Promise<void>((resolve) => {
          emptied = resolve
        })
      }
    },
  }
}

const gone = (): StoreError => new StoreError('unavailable', { cause: new Error('The database has been closed.') })
