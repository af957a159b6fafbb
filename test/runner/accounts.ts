import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** What the runner's own files export, as far as they are asked here; they run before anything is installed. */
interface Runner {
  runBatches(options: {
    readonly batches: readonly (readonly string[])[]
    readonly concurrency: number
    readonly turnOf?: (batch: readonly string[]) => unknown
    readonly tally: Tally
    readonly process: {
      readonly cwd: string
      readonly execArgv: readonly string[]
      readonly timeout: number
      readonly write: (text: string) => void
    }
  }): Promise<void>
  createTally(shorten: (path: string) => string, print: (text: string) => void): Tally
  turnOf(batch: readonly string[]): string | undefined
  inBatches(paths: readonly string[], read: (path: string) => string): readonly (readonly string[])[]
}

interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly failures: readonly string[]
  close(files: readonly string[]): void
}

const scripts = new URL('../../scripts/test/', import.meta.url)
const part = async (name: string): Promise<Runner> => import(new URL(name, scripts).href)

export const { runBatches } = await part('pool.mjs')
export const { createTally } = await part('tally.mjs')
export const { inBatches, turnOf } = await part('batches.mjs')

/** What the runner made of some files. */
export interface Account {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What has failed, by name. */
  readonly failures: readonly string[]
  /** All that was printed. */
  readonly said: string
}

export interface Run {
  /** Which files share a process, by name; by default all of them one, in their order. */
  readonly batches?: readonly (readonly string[])[]
  /** Batches of which it says the same run one after the other. */
  readonly turnOf?: (batch: readonly string[]) => unknown
  /** Milliseconds a file may take; more than any here needs by default. */
  readonly timeout?: number
}

/** Runs test files, given by name and text, as `npm test` runs those of the repository. */
export async function accountOf(texts: Readonly<Record<string, string>>, run: Run = {}): Promise<Account> {
  const folder = await mkdtemp(join(tmpdir(), 'bede-runner-'))
  try {
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text)
    const said: string[] = []
    const write = (text: string) => void said.push(text)
    const tally = createTally(
      (path) => basename(path),
      (line) => write(`${line}\n`),
    )
    const files = Object.keys(texts).map((name) => join(folder, name))
    await runBatches({
      batches: run.batches?.map((batch) => batch.map((name) => join(folder, name))) ?? [files],
      concurrency: 2,
      ...(run.turnOf && { turnOf: run.turnOf }),
      tally,
      process: { cwd: folder, execArgv: [], timeout: run.timeout ?? 60_000, write },
    })
    tally.close(files)
    const { passed, failed, skipped, failures } = tally
    return { passed, failed, skipped, failures, said: said.join('') }
  } finally {
    await rm(folder, { recursive: true })
  }
}
