import { type ChildProcess, spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../../telemetry/problem.ts'
import { type Confinement, environment } from './confinement.ts'
import { closedDescriptors } from './descriptors.ts'
import { otherUser } from './other-user.ts'
import type { KnownProgram } from './program.ts'
import { scratchSize } from './scratch-files.ts'

export type ProgramInput = Uint8Array | string | AsyncIterable<Uint8Array>

/** What a program left when it had ended. */
export interface Ended {
  /** Its exit code; null where a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: Buffer
  readonly stderr: Buffer
}

export interface Run {
  readonly program: KnownProgram
  readonly confinement: Confinement
  readonly scratch: string
  readonly given: readonly string[]
  readonly input: ProgramInput | undefined
  readonly signal: AbortSignal
}

/** Milliseconds between two looks at the scratch folder. */
const looking = 100
/** Milliseconds that what it printed may take to arrive when the program has ended: somebody else may hold the pipe. */
const lastWords = 500
/** What `bwrap` ends with when SIGKILL has ended what it ran. */
const killed = 128 + 9
/** What `unshare` of util-linux 2.38 ends with then, instead of ending by the same signal. */
const unshareKilled = { code: 1, stderr: 'unshare: sigprocmask unblock failed: Invalid argument\n' }

const wasKilled = ({ code, signal, stderr }: Ended): boolean =>
  signal === 'SIGKILL' ||
  signal === 'SIGXCPU' ||
  code === killed ||
  (code === unshareKilled.code &&
    stderr.subarray(-unshareKilled.stderr.length).equals(Buffer.from(unshareKilled.stderr)))

/**
 * Runs a program in its scratch folder and waits until it and what it has started are gone, however that comes about.
 * Throws the Problem `program-stopped` (422) when it went past its time, its output or its disk, and the signal's reason
 * when that was aborted.
 */
export async function runProgram({ program, confinement, scratch, given, input, signal }: Run): Promise<Ended> {
  const [file = '', ...rest] = confinement.command(program, scratch, given)
  const child = spawn(file, rest, {
    cwd: scratch,
    env: Object.fromEntries(environment(program, scratch)),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...closedDescriptors()],
    // A process group of its own: what is not in a namespace of its own is ended by it.
    detached: true,
    shell: false,
    windowsHide: true,
    ...otherUser(),
  })
  let stopped: unknown
  const stop = (why: unknown): void => {
    stopped ??= why
    kill(child)
  }
  const problem = (what: string) =>
    new Problem('program-stopped', { message: `The program '${program.name}' was stopped: ${what}` })
  const over = (what: string) => () => stop(problem(what))

  const timer = setTimeout(over(`it took longer than ${program.time / 1_000} s`), program.time)
  const watch = watchDisk(scratch, program.disk, over(`it wrote more than ${program.disk} bytes`))
  const leave = () => stop(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()
  try {
    const printed = collect(child, program.output, over(`it printed more than ${program.output} bytes`))
    // The end of a program that does not read everything is not a failure of what it is given.
    const fed = feed(child, input).catch((error) => stop(error))
    const [code, killedBy] = await exitOf(child)
    // What it has started and left behind, where it was in no namespace.
    kill(child)
    await Promise.race([printed.closed, delay(lastWords)])
    for (const stream of child.stdio) stream?.destroy()
    await fed
    if (stopped !== undefined) throw stopped
    if (signal.aborted) throw signal.reason
    const ended = { code, signal: killedBy, ...printed.texts() }
    if (wasKilled(ended)) throw problem('the system ended it: for more than its processor time, or from outside')
    return ended
  } finally {
    clearTimeout(timer)
    watch.end()
    signal.removeEventListener('abort', leave)
    kill(child)
  }
}

/** SIGKILL, which no program can refuse, to all of its group; there may be nobody left. */
function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref()
  })

const exitOf = (child: ChildProcess): Promise<readonly [number | null, string | null]> =>
  new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Problem('internal', { cause })))
    child.once('exit', (code, signal) => resolve([code, signal]))
  })

function collect(child: ChildProcess, most: number, over: () => void) {
  const kept: { readonly stdout: Buffer[]; readonly stderr: Buffer[] } = { stdout: [], stderr: [] }
  let bytes = 0
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= most) kept[name].push(chunk)
      else over()
    })
    child[name]?.on('error', () => {})
  }
  return {
    closed: new Promise<void>((resolve) => {
      child.once('close', () => resolve())
    }),
    texts: () => ({ stdout: Buffer.concat(kept.stdout), stderr: Buffer.concat(kept.stderr) }),
  }
}

async function feed({ stdin }: ChildProcess, input: ProgramInput | undefined): Promise<void> {
  if (!stdin || input === undefined) return
  // It may end between the last byte and the end.
  stdin.on('error', () => {})
  const whole = typeof input === 'string' || input instanceof Uint8Array
  try {
    await pipeline(whole ? Readable.from([Buffer.from(input)]) : Readable.from(input), stdin)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && gone.has(String(error.code)))) throw error
  }
}

/** What writing to a program says that reads no further. */
const gone: ReadonlySet<string> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ECANCELED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
])

/** The kernel bounds each file; only looking bounds all of them. */
function watchDisk(scratch: string, most: number, over: () => void): { end(): void } {
  let ended = false
  const look = async (): Promise<void> => {
    const bytes = await scratchSize(scratch, most)
    if (ended) return
    if (bytes > most) over()
    else timer = setTimeout(look, looking)
  }
  let timer = setTimeout(look, looking)
  return {
    end() {
      ended = true
      clearTimeout(timer)
    },
  }
}
