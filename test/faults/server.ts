import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './cluster.ts'

/** `bede start` on the suite's app, killed and started again at will. */
export interface Server {
  readonly url: string
  /** Its process; undefined between a kill and the next start. */
  readonly pid: number | undefined
  kill(): Promise<void>
  /** Starts it where it does not run, and waits until it answers. */
  revive(): Promise<void>
  /** Moves its wall clock, in whole milliseconds off the true one. */
  clock(offset: number): void
  stop(): Promise<void>
  /** Of what it wrote, the end. */
  said(): string
}

const bede = fileURLToPath(new URL('../../packages/bede/bin/bede.js', import.meta.url))
const project = fileURLToPath(new URL('project', import.meta.url))
const clock = new URL('clock.mjs', import.meta.url).href
const keptWords = 4000
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export async function createServer(database: string): Promise<Server> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const clockFile = join(tmpdir(), `bede-faults-clock-${process.pid}-${port}`)
  writeFileSync(clockFile, '0')
  let child: ChildProcess | undefined
  let said = ''
  const { BEDE_TEST_POSTGRES: _, NODE_TEST_CONTEXT: __, ...environment } = process.env

  const launch = () => {
    const started = spawn(process.execPath, [bede, 'start', '--port', String(port)], {
      cwd: project,
      env: {
        ...environment,
        BEDE_SOURCE: '1',
        DATABASE_URL: database,
        FAULT_CLOCK: clockFile,
        NODE_OPTIONS: `--import=${clock}`,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    started.stderr?.on('data', (chunk) => {
      said = (said + String(chunk)).slice(-keptWords)
    })
    started.on('exit', () => {
      if (child === started) child = undefined
    })
    child = started
  }
  const ended = (signal: NodeJS.Signals) => {
    const ending = child
    if (!ending) return Promise.resolve()
    const gone = new Promise<void>((resolve) => ending.once('exit', () => resolve()))
    ending.kill(signal)
    return gone
  }

  return {
    url,
    get pid() {
      return child?.pid
    },
    said: () => said,
    kill: () => ended('SIGKILL'),
    stop: () => ended('SIGTERM'),
    clock: (offset) => writeFileSync(clockFile, String(Math.round(offset))),
    async revive() {
      for (let attempt = 0; attempt < 600; attempt++) {
        if (!child) launch()
        try {
          const answer = await fetch(`${url}/sheets?limit=1`, { signal: AbortSignal.timeout(2000) })
          await answer.arrayBuffer()
          if (answer.status === 200) return
        } catch {
          // not yet
        }
        await pause(100)
      }
      throw new Error(`the server does not come back: ${said}`)
    },
  }
}
