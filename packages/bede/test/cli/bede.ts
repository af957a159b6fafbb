import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The command as a terminal finds it. */
export const command = fileURLToPath(new URL('../../bin/bede.js', import.meta.url))

interface Surroundings {
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** The environment of a terminal-less start, without what the test run's own shell says about databases and colors. */
const environmentOf = (extra: Readonly<Record<string, string>> = {}) => {
  const { DATABASE_URL: _, PORT: __, NO_COLOR: ___, FORCE_COLOR: ____, NODE_TEST_CONTEXT: _____, ...all } = process.env
  // What says where the tests find their servers is not the command's.
  const rest = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('BEDE_TEST_')))
  return { ...rest, BEDE_SOURCE: '1', ...extra }
}

/** Runs the real command to its end. */
export function bede(words: readonly string[], { folder = tmpdir(), environment }: Surroundings = {}) {
  const run = spawnSync(process.execPath, [command, ...words], {
    cwd: folder,
    env: environmentOf(environment),
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { code: run.status, out: run.stdout, err: run.stderr }
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  /** Everything said so far. */
  said(): string
  /** Waits until what is said from `from` on matches, and gives the match. */
  until(pattern: RegExp, from?: number): Promise<RegExpMatchArray>
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

/** How long a command may take to say what a test waits for, in milliseconds: only ever reached by a failure. */
const PATIENCE = 60_000

/** Starts the real command and leaves it running. */
export function start(words: readonly string[], { folder = tmpdir(), environment }: Surroundings = {}): Running {
  const child = spawn(process.execPath, [command, ...words], { cwd: folder, env: environmentOf(environment) })
  let text = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      for (const look of waiting) look()
    })
  }
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  return {
    child,
    ended,
    said: () => text,
    until: (pattern, from = 0) =>
      new Promise((resolve, reject) => {
        const done = (settle: () => void) => {
          waiting.delete(look)
          clearTimeout(timer)
          settle()
        }
        const look = () => {
          const match = text.slice(from).match(pattern)
          if (match) done(() => resolve(match))
        }
        const fail = (why: string) => done(() => reject(new Error(`${why}, waiting for ${pattern}; it said:\n${text}`)))
        const timer = setTimeout(() => fail('nothing came'), PATIENCE)
        waiting.add(look)
        void ended.then(({ code }) => fail(`the command ended with ${code}`))
        look()
      }),
  }
}

const template = fileURLToPath(new URL('../../template', import.meta.url))

/** A copy of what `bede new` writes, which the caller may spoil. */
export function project(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'bede-project-'))
  cpSync(template, folder, { recursive: true })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
