import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process of its own that runs a script of this folder. */
export interface Child {
  readonly pid: number
  /** The lines it has written so far. */
  readonly lines: readonly string[]
  /** Settles when a line has been written for which `holds`; rejects when the process ends before. */
  line(holds: (line: string) => boolean): Promise<string>
  /** Ends it with SIGKILL, if it still runs, and waits until it is gone. */
  kill(): Promise<void>
  readonly ended: Promise<number | null>
}

export function startChild(script: string, ...args: readonly string[]): Child {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child: ChildProcess = spawn(process.execPath, ['--conditions=bede-source', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let over = false
  const news = () => {
    for (const check of waiting) check()
  }
  const output = createInterface({ input: child.stdout! })
  output.on('line', (line) => {
    lines.push(line)
    news()
  })
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      over = true
      news()
      resolve(code)
    })
  })
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    line: (holds) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = lines.find(holds)
          if (found === undefined && !over) return
          waiting.delete(check)
          if (found === undefined) reject(new Error(`the process ended; it wrote: ${lines.join(' | ')}`))
          else resolve(found)
        }
        waiting.add(check)
        check()
      }),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
