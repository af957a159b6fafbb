import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { atEnd } from './cleanup.ts'

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
  const stopped = atEnd(() => stop(child))
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (said = (said + String(chunk)).slice(-4000)))
  try {
    while (!(await answers(options.url, options.ready))) {
      if (child.exitCode !== null) throw new Error(`${script} ${args[0]} stopped with ${child.exitCode}: ${said}`)
      if (performance.now() - begun > patience) throw new Error(`${script} ${args[0]} does not answer: ${said}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return { child, milliseconds: performance.now() - begun, stop: stopped }
  } catch (error) {
    await stopped()
    throw error
  }
}

/** A port on which nothing listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
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

/** Asks a process to end, and after ten seconds makes it. */
export function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    const insist = setTimeout(() => child.kill('SIGKILL'), 10_000)
    child.once('exit', () => {
      clearTimeout(insist)
      resolve()
    })
    child.kill('SIGTERM')
  })
}
