import { StoreError } from './driver.ts'

export interface QueueLimits {
  /** How many may wait at once. */
  readonly waiting: number
  /** Milliseconds: whoever would have to wait longer is told at once, and not after having waited. */
  readonly patience: number
}

export const defaultQueue: QueueLimits = { waiting: 1_000, patience: 1_000 }

/** Who may still join a queue. */
export interface Admission {
  /**
   * Throws the StoreError `busy` where as many wait already, where the first of them has waited longer than anybody
   * should, or where the queue, at the pace at which it has moved, is longer than that. `since`: when the first came.
   */
  admit(waiting: number, since: number | undefined): void
  /** To be called when the queue moves on by one. */
  moved(waiting: number): void
}

/** Of the pace, so much is what was measured last: a crowd is over soon after it is over. */
const weight = 0.1

/** `clock`: milliseconds that never go back. */
export function createAdmission({ waiting: most, patience }: QueueLimits, clock = () => performance.now()): Admission {
  /** Milliseconds between two that leave the queue, while it is not empty. */
  let pace: number | undefined
  let last: number | undefined

  return {
    admit(waiting, since) {
      if (waiting === 0) {
        last = undefined
        return
      }
      const waited = since === undefined ? 0 : clock() - since
      const ahead = Math.max(waited, (pace ?? 0) * (waiting + 1))
      if (waiting < most && ahead <= patience) return
      throw new StoreError('busy', {
        cause: new Error(`${waiting} wait already, and the next one would for some ${Math.round(ahead)} milliseconds.`),
      })
    },
    moved(waiting) {
      const now = clock()
      if (last !== undefined) pace = pace === undefined ? now - last : pace + weight * (now - last - pace)
      last = waiting > 0 ? now : undefined
      if (waiting === 0) pace = undefined
    },
  }
}
