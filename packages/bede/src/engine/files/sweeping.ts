import type { Runtime } from '../runtime.ts'
import type { Files } from './files.ts'

/** Milliseconds between two sweeps. */
const interval = 3_600_000

/** Sweeps at the start and every hour, in the background. */
export function keepSwept(
  files: Files,
  { connection, clock, background }: Pick<Runtime, 'connection' | 'clock' | 'background'>,
): { stop(): void } {
  const run = (): void =>
    background('sweeping files', async () => {
      await files.sweep(connection, clock())
    })
  const timer = setInterval(run, interval)
  timer.unref()
  run()
  return { stop: () => clearInterval(timer) }
}
