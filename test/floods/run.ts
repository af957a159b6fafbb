import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../bench/process.ts'
import { createAttacker } from './attacker.ts'
import { type Flood, floods } from './floods.ts'
import { health, type Prober, startProber } from './prober.ts'

/** How one flood went. */
export interface FloodResult {
  readonly name: string
  readonly does: string
  /** The most memory the server had while it lasted, in MB (10^6 bytes). */
  readonly megabytes: number
  /** How often `/health/live` was asked, on a connection of its own each time, and how often it answered 200. */
  readonly asked: number
  readonly answered: number
  /** The slowest of these answers, in milliseconds. */
  readonly slowest: number
  /** What the attacker was answered, by status, and how many of its connections were closed. */
  readonly statuses: Readonly<Record<string, number>>
  readonly closed: number
  /** Nothing was seen of what the server has to do about it. */
  readonly unmet: boolean
}

export interface FloodReport {
  readonly before: number
  /** Memory when all was over. */
  readonly after: number
  readonly results: readonly FloodResult[]
  /** What was wrong. */
  readonly wrong: readonly string[]
}

export interface FloodOptions {
  /** The database it serves from. */
  readonly database: string
  /** Of each flood. */
  readonly seconds: number
  readonly connections: number
  /** Settings of the server. */
  readonly environment?: Readonly<Record<string, string>>
  /** MB that the server may have at most. */
  readonly bound: number
}

/** Why there is no run; undefined where there can be one. */
export const reasonAgainst = (): string | undefined =>
  process.platform === 'linux' ? undefined : 'one machine has several addresses on Linux alone'

const conduit = fileURLToPath(new URL('../../examples/conduit/', import.meta.url))
const bede = fileURLToPath(new URL('../../packages/bede/bin/bede.js', import.meta.url))
const addresses = 12
/** Milliseconds between two turns of a flood, and between two looks at the memory. */
const turn = 10
const between = 50
/** Milliseconds that a flood may last to be seen at all. */
const longest = 30_000

/** Floods `bede start` of the Conduit example in every way in turn, and asks after its health all the while. */
export async function runFloods(options: FloodOptions, say: (line: string) => void = () => {}): Promise<FloodReport> {
  const { database, seconds, connections, environment, bound } = options
  const port = await freePort()
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const child = spawn(process.execPath, [bede, 'start', '--port', String(port)], {
    cwd: conduit,
    env: { ...inherited, ...environment, BEDE_SOURCE: '1', DATABASE_URL: database },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-4_000)
  })
  const url = `http://127.0.0.1:${port}`
  let prober: Prober | undefined
  try {
    for (let n = 0; (await health(url)).status !== 200; n++) {
      if (child.exitCode !== null || n > 600) throw new Error(`the server does not come up: ${said}`)
      await sleep(50)
    }
    const token = await register(url, 'flood')
    prober = await startProber(url)
    const before = residentMegabytes(child)
    const results: FloodResult[] = []
    const wrong: string[] = []
    for (const flood of floods) {
      const result = await endure(flood, { child, prober, port, token, connections, seconds })
      results.push(result)
      say(
        `${flood.name}: ${result.megabytes.toFixed(0)} MB, health ${result.answered}/${result.asked}, slowest ${result.slowest.toFixed(0)} ms, ${JSON.stringify(result.statuses)}, ${result.closed} closed`,
      )
      if (child.exitCode !== null) throw new Error(`${flood.name} ended the server: ${said}`)
      if (result.unmet) wrong.push(`${flood.name}: nothing was seen to be done about it`)
      if (result.answered < result.asked)
        wrong.push(`${flood.name}: health answered ${result.answered} of ${result.asked} times`)
      if (result.megabytes > bound) wrong.push(`${flood.name}: ${result.megabytes.toFixed(0)} MB`)
      if ('500' in result.statuses) wrong.push(`${flood.name}: ${result.statuses['500']} × 500`)
    }
    await register(url, 'afterwards')
    return { before, after: residentMegabytes(child), results, wrong }
  } finally {
    await prober?.stop()
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await ended
  }
}

interface Place {
  readonly child: ChildProcess
  readonly prober: Prober
  readonly port: number
  readonly token: string
  readonly connections: number
  readonly seconds: number
}

async function endure(flood: Flood, { child, prober, port, token, connections, seconds }: Place): Promise<FloodResult> {
  const attacker = createAttacker(port, addresses)
  const ground = { attacker, token, connections }
  let megabytes = 0
  const step = flood.begin(ground)
  const begun = performance.now()
  // On a busy machine it lasts until something was seen of it.
  const lasts = (): boolean => {
    const passed = performance.now() - begun
    return passed < seconds * 1000 || (flood.met?.(attacker) === false && passed < longest)
  }
  const flooding = (async () => {
    while (lasts()) {
      step()
      await sleep(turn)
    }
  })()
  prober.begin()
  while (lasts()) {
    megabytes = Math.max(megabytes, residentMegabytes(child))
    await sleep(between)
  }
  await flooding
  const { asked, answered, slowest } = await prober.end()
  const unmet = flood.met?.(attacker) === false
  attacker.end()
  const { name } = flood
  const statuses = Object.fromEntries([...attacker.statuses].sort(([one], [other]) => one - other))
  return {
    name,
    does: flood.does(ground),
    megabytes,
    asked,
    answered,
    slowest,
    statuses,
    closed: attacker.closed,
    unmet,
  }
}

async function register(url: string, name: string): Promise<string> {
  const user = { username: name, email: `${name}@flood.example`, password: 'a long enough passphrase' }
  const answer = await fetch(`${url}/api/users`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user }),
  })
  const text = await answer.text()
  if (answer.status !== 201) throw new Error(`registering ${name} answers ${answer.status}: ${text}`)
  return JSON.parse(text).user.token
}

/** Resident memory, from the kernel's own account; 0 of a process that is gone. */
function residentMegabytes({ pid }: ChildProcess): number {
  try {
    return (Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024) / 1e6
  } catch {
    return 0
  }
}
