import { StoreError } from '../../store/driver.ts'
import { isProblem } from '../../telemetry/problem.ts'
import type { Runtime } from '../runtime.ts'
import type { Files } from './files.ts'

/** Undoes what was written where the transaction was refused. Where nobody knows what became of it, the sweep finds out. */
export async function committed<T>(undo: () => Promise<void>, transaction: () => Promise<T>): Promise<T> {
  try {
    return await transaction()
  } catch (error) {
    if (isRefusal(error)) await undo().catch(() => {})
    throw error
  }
}

export const isRefusal = (error: unknown): boolean =>
  (isProblem(error) && error.status < 499) ||
  (error instanceof StoreError && !['unavailable', 'canceled', 'timeout'].includes(error.failure))

export function notSettled({ log, tell }: Runtime, cause: unknown): void {
  log.warn('settling a file failed', { cause })
  tell('settling a file', cause)
}

/** What is left to do when it is committed: it is true already, and what fails of it is done by the sweep. */
export async function settled(
  runtime: Runtime,
  files: Files,
  kept: () => Promise<void>,
  before: string | undefined,
): Promise<void> {
  await kept().catch((cause: unknown) => notSettled(runtime, cause))
  if (before !== undefined) runtime.background('removing a file', () => files.discard(runtime.connection, before))
}
