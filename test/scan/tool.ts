import { spawn, spawnSync } from 'node:child_process'

/** What a tool says is wrong. */
export interface Finding {
  readonly what: string
  readonly times: number
}

/** What came of one tool. */
export interface Scan {
  readonly tool: string
  readonly version: string
  /** What it was told to do, a line each. */
  readonly did: readonly string[]
  readonly findings: readonly Finding[]
  /** What it said, without what differs from one run to the next. */
  readonly report: readonly string[]
}

/** Whether a program is installed. */
export const installed = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0

/** Runs a program politely and gives all that it said; ended after so many seconds. */
export function run(
  program: string,
  words: readonly string[],
  seconds: number,
  cwd: string,
): Promise<{ readonly said: string; readonly ended: boolean }> {
  return new Promise((resolve, reject) => {
    const child = spawn('nice', ['-n', '10', program, ...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let ended = false
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
    const timer = setTimeout(() => {
      ended = true
      child.kill('SIGINT')
    }, seconds * 1000)
    const insist = setTimeout(() => child.kill('SIGKILL'), (seconds + 20) * 1000)
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(timer)
      clearTimeout(insist)
      resolve({ said, ended })
    })
  })
}

/** The same findings as one, with how often. */
export function counted(all: readonly string[]): readonly Finding[] {
  const times = new Map<string, number>()
  for (const what of all) times.set(what, (times.get(what) ?? 0) + 1)
  return [...times].map(([what, count]) => ({ what, times: count }))
}
