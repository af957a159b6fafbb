import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bede = fileURLToPath(new URL('../packages/bede/bin/bede.js', import.meta.url))

/** A running server, and how long it took to its first answer. */
export interface Served {
  readonly child: ChildProcess
  readonly milliseconds: number
  stop(): Promise<void>
}

export interface ServeOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** What it answers when it is up. */
  readonly url: string
  readonly nodeArgs?: readonly string[]
  /** Which status says that it is up; below 400 unless stated. */
  readonly ready?: (status: number) => boolean
}

const patience = 60_000

/** Runs `bede` and waits until `url` answers with a status below 400. Throws with what it said when it does not. */
export const serve = (args: readonly string[], options: ServeOptions): Promise<Served> =>
  serveScript(bede, args, options)

/** The same for any script of Node. */
export async function serveScript(script: string, args: readonly string[], options: ServeOptions): Promise<Served> {
  const begun = performance.now()
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), script, ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (said = (said + String(chunk)).slice(-4000)))
  try {
    while (!(await answers(options.url, options.ready))) {
      if (child.exitCode !== null) throw new Error(`${script} ${args[0]} stopped with ${child.exitCode}: ${said}`)
      if (performance.now() - begun > patience) throw new Error(`${script} ${args[0]} does not answer: ${said}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return { child, milliseconds: performance.now() - begun, stop: () => stop(child) }
  } catch (error) {
    await stop(child)
    throw error
  }
}

export async function answers(url: string, ready = (status: number) => status < 400): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return ready(response.status)
  } catch {
    return false
  }
}

/** Resident memory of a process in MB (10^6 bytes), from the kernel's own account. */
export function residentMegabytes(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6
}

export function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
