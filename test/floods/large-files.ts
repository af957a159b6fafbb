import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort, residentMegabytes, serve } from '../../bench/process.ts'
import { digestOf, senderTo } from './films.ts'
import { type Health, type Prober, startProber } from './prober.ts'

/** What one way of sending or fetching a large file has cost the server. */
export interface Carried {
  readonly name: string
  /** The most memory that the server had while it lasted, beyond what it had when it rested, in MB (10^6 bytes). */
  readonly grown: number
  readonly seconds: number
  /** How `/health/live` was answered meanwhile. */
  readonly health: Health
}

export interface LargeFilesReport {
  /** Memory of the server when its first, small files were through, in MB. */
  readonly before: number
  readonly ways: readonly Carried[]
  /** What was wrong. */
  readonly wrong: readonly string[]
}

export interface LargeFilesOptions {
  readonly database: string
  /** `BEDE_FILES`, and what else its place needs of settings. */
  readonly environment: Readonly<Record<string, string>>
  /** Of the file, in MB: at least 4. */
  readonly megabytes: number
  /** MB that the server may grow by at most. */
  readonly bound: number
}

const films = fileURLToPath(new URL('films/', import.meta.url))
/** Milliseconds between two looks at the memory. */
const between = 20
/** How many requests an upload in parts takes before its last one. */
const requests = 4

/**
 * Sends a large file to `bede start` in every way and fetches it in every way, compares the bytes, and looks at the
 * server's memory and health all the while.
 */
export async function carryLargeFiles(
  { database, environment, megabytes, bound }: LargeFilesOptions,
  say: (line: string) => void = () => {},
): Promise<LargeFilesReport> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const env = { ...inherited, ...environment, BEDE_SOURCE: '1', DATABASE_URL: database }
  const { child, stop } = await serve(['start', '--port', String(port)], { cwd: films, env, url: `${url}/health/live` })
  let prober: Prober | undefined
  try {
    const sender = await senderTo(url)
    const probing = await startProber(url)
    prober = probing
    const [whole, parted] = [await sender.make(), await sender.make()]
    // Whatever is loaded with the first file is not the file's.
    await sender.put(whole, 2)
    await sender.finish(parted, await sender.begin(parted, 2, 1), 2)
    await Promise.all([sender.get(whole), sender.get(parted, { from: 1 })])
    const before = residentMegabytes(child)
    const ways: Carried[] = []
    const wrong: string[] = []
    const all = digestOf(0, megabytes)
    const half = Math.floor(megabytes / 2)
    const way = async <T>(name: string, does: () => Promise<T>, digest?: string): Promise<T> => {
      const { result, most, seconds, health } = await watched(child, probing, does)
      const grown = Math.max(0, most - before)
      ways.push({ name, grown, seconds, health })
      say(
        `${name}: ${grown.toFixed(0)} MB more, ${seconds.toFixed(1)} s, health ${health.answered}/${health.asked}, slowest ${health.slowest.toFixed(0)} ms`,
      )
      if (digest !== undefined && result !== digest) wrong.push(`${name}: the bytes are not those that were sent`)
      if (health.answered < health.asked)
        wrong.push(`${name}: health answered ${health.answered} of ${health.asked} times`)
      if (grown > bound) wrong.push(`${name}: ${grown.toFixed(0)} MB more than at rest`)
      return result
    }
    await way('one PUT', () => sender.put(whole, megabytes), all)
    const upload = await way(`in parts, by ${requests} PATCHes`, () => sender.begin(parted, megabytes, requests))
    await way('the last PATCH, which joins the parts', () => sender.finish(parted, upload, megabytes), all)
    await way('GET', () => sender.get(parted), all)
    await way('GET by somebody slow', () => sender.get(whole, { slowly: true }), all)
    await way('GET of the second half by Range', () => sender.get(whole, { from: half }), digestOf(half, megabytes))
    return { before, ways, wrong }
  } finally {
    await prober?.stop()
    await stop()
  }
}

async function watched<T>(child: ChildProcess, prober: Prober, does: () => Promise<T>) {
  const begun = performance.now()
  let most = residentMegabytes(child)
  let isOver = false
  const watching = (async () => {
    for (; !isOver; await sleep(between)) most = Math.max(most, residentMegabytes(child))
  })()
  prober.begin()
  try {
    const result = await does()
    return { result, most, seconds: (performance.now() - begun) / 1000, health: await prober.end() }
  } finally {
    isOver = true
    await watching
  }
}
