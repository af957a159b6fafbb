import { StoreError } from './driver.ts'

export interface QueueLimits {
  /** How many may wait at once. */
  readonly waiting: number
  /** Milliseconds: whoever would have to wait longer is told at once, and not after having waited. */
  readonly patience: number
  /** Milliseconds: the same, once the queue has not been empty for as long as `patience`: that is no crowd but too many. */
  readonly standing: number
}

export const defaultQueue: QueueLimits = { waiting: 1_000, patience: 5_000, standing: 1_000 }

/** Who may still join a queue. */
export interface Admission {
  /**
   * Throws the StoreError `busy` where as many wait already, where the first of them has waited longer than anybody
   * should, or where the queue, at the pace at which it has moved, is longer than that. `since`: when the first came.
   */
  admit(waiting: number, since: number | undefined): void
  /** To be called when the queue moves on by one. */
  moved(): void
}

/** Of the pace, so much is what was measured last. */
const weight = 0.1

/**
 * Two limits, as in adaptive CoDel: a crowd is waited for, a queue that never empties is kept short. The pace is
 * believed only after `standing`: what a single first call took foretells nothing. `clock`: milliseconds that never go
 * back.
 */
export function createAdmission(limits: QueueLimits, clock = () => performance.now()): Admission {
  /** Milliseconds between two that leave the queue, while it is not empty. */
  let pace: number | undefined
  let last = 0
  /** Since when somebody has been waiting. */
  let began = 0

  return {
    admit(waiting, since) {
      const now = clock()
      if (waiting === 0) {
        began = now
        last = now
        pace = undefined
        return
      }
      const stood = now - began
      const waited = since === undefined ? 0 : now - since
      const foretold = stood < limits.standing ? 0 : (pace ?? 0) * (waiting + 1)
      const ahead = Math.max(waited, foretold)
      if (waiting < limits.waiting && ahead <= (stood < limits.patience ? limits.patience : limits.standing)) return
      throw new StoreError('busy', {
        cause: new Error(`${waiting} wait already, and the next one would for some ${Math.round(ahead)} milliseconds.`),
      })
    },
    moved() {
      const now = clock()
      pace = pace === undefined ? now - last : pace + weight * (now - last - pace)
      last = now
    },
  }
}
