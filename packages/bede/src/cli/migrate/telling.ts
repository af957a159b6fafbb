import type { Progress, Tell } from '../../store/migrate/progress.ts'
import { printable } from '../terminal/printable.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Says what a migrator does: lines for people, or a line of JSON per event for a program. */
export function telling(terminal: Terminal, json: boolean): Tell {
  if (json) return (progress) => terminal.say(JSON.stringify(progress))
  return (progress) => {
    const line = lineOf(progress)
    if (line !== undefined) terminal.say(printable(line))
  }
}

function lineOf(progress: Progress): string | undefined {
  switch (progress.event) {
    case 'waiting':
      return `Another migration is running${progress.holder ? ` (process ${progress.holder} of the server)` : ''}: waiting for it.`
    case 'adopted':
      return `The database had these already; they are recorded as applied: ${progress.migrations.join(', ')}`
    case 'migration':
      return progress.from === 1
        ? `${progress.migration}: ${progress.steps} steps`
        : `${progress.migration}: goes on at step ${progress.from} of ${progress.steps}`
    case 'step':
      return `  step ${progress.step} of ${progress.steps}: ${progress.title}`
    case 'blocked':
      return `    a lock is held by others; attempt ${progress.attempt + 1} in ${progress.pause} ms`
    case 'batch':
      return `    ${progress.total} rows`
    case 'step-done':
      return progress.run === 'batches' ? `    done in ${seconds(progress.took)}` : undefined
    case 'applied':
      return `  applied in ${seconds(progress.took)}`
  }
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
