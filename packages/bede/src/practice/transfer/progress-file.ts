import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Problem } from '../../telemetry/problem.ts'

/** Where a run that was cut off goes on: a small file of JSON that is replaced as a whole, never half written. */
export interface ProgressFile<T> {
  /** What was kept; undefined where nothing was begun. Throws a Problem `invalid-file` when it is not this run's. */
  read(): T | undefined
  keep(progress: T): void
  remove(): void
}

/** `about` is what the run is of, as text: another run's progress is refused and not mistaken for this one's. */
export function progressFile<T>(path: string, about: Readonly<Record<string, string>>): ProgressFile<T> {
  const same = JSON.stringify(about)
  return {
    read() {
      const text = contents(path)
      if (text === undefined) return undefined
      const kept = parsed<T>(text)
      if (kept && JSON.stringify(kept.about) === same) return kept.progress
      throw new Problem('invalid-file', {
        message: `${path} is the progress of another run`,
        hint: `It can be told from this one by: ${Object.keys(about).join(', ')}. Name another file, or remove that one.`,
      })
    },
    keep(progress) {
      writeFileSync(`${path}.new`, JSON.stringify({ about, progress }), { mode: 0o600 })
      renameSync(`${path}.new`, path)
    },
    remove: () => rmSync(path, { force: true }),
  }
}

function contents(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function parsed<T>(text: string): { readonly about: unknown; readonly progress: T } | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
