import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../../telemetry/problem.ts'

/** Milliseconds between two looks. */
const looking = 5
/** Milliseconds after which processes that were killed will not end: they wait for a disk that does not answer. */
const patience = 30_000

/** Waits until nothing of a program is left. Throws the Problem `internal` where it will not end. */
export async function until(isGone: () => boolean): Promise<void> {
  const began = performance.now()
  for (let gone = isGone(); !gone; gone = isGone()) {
    if (performance.now() - began > patience)
      throw new Problem('internal', { cause: new Error('Processes of a program were killed and do not end') })
    await delay(looking)
  }
}
