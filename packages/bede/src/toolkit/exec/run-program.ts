import { type ChildProcess, spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../../telemetry/problem.ts'
import { type Confinement, enforcedOn } from './confinement.ts'
import type { ControlGroup } from './control-group.ts'
import { closedDescriptors } from './descriptors.ts'
import { ended } from './ended.ts'
import { gated, letGo } from './gate.ts'
import { type Mark, newMark } from './mark.ts'
import { otherUser } from './other-user.ts'
import type { KnownProgram } from './program.ts'
import { createMeter, type Usage } from './usage.ts'
import { tooMuchMemory, watch } from './watch.ts'

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
 * Throws the Problem `program-stopped` (422) when it went past what it may use, and the signal's reason when that was
 * aborted.
 */
export async function runProgram(run: Run): Promise<Ended> {
  const { program, confinement, signal } = run
  signal.throwIfAborted()
  const group = confinement.groups?.open(program, confinement.holders)
  try {
    return await runIn(group, run)
  } finally {
    await group?.end()
  }
}

async function runIn(group: ControlGroup | undefined, run: Run): Promise<Ended> {
  const { program, confinement, scratch, input, signal } = run
  const mark = newMark()
  const child = started(group, run, mark)
  let stopped: unknown
  const stop = (why: unknown): void => {
    stopped ??= why
    kill(child)
  }
  const problem = (what: string) =>
    new Problem('program-stopped', { message: `The program '${program.name}' was stopped: ${what}` })
  const over = (what: string) => stop(problem(what))

  const members = confinement.members(mark, child.pid ?? 0)
  const meter = createMeter()
  const usage = (): Usage => {
    const used = meter(members.look(false), program.memory)
    return group ? { ...used, cpu: Math.max(used.cpu, group.cpu()) } : used
  }
  const timer = setTimeout(() => over(`it took longer than ${program.time / 1_000} s`), program.time)
  const watching = watch({ program, scratch, usage }, over)
  const leave = () => stop(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  try {
    const gone = exitOf(child)
    const printed = collect(child, program.output, () => over(`it printed more than ${program.output} bytes`))
    // The end of a program that does not read everything is not a failure of what it is given.
    const fed = feed(child, input).catch((error) => stop(error))
    if (group) enter(group, child, stop)
    const [code, killedBy] = await gone
    watching.end()
    if (group?.isOutOfMemory()) over(tooMuchMemory(program))
    await leftEnded()
    await Promise.race([printed.closed, delay(lastWords)])
    for (const stream of child.stdio) stream?.destroy()
    await fed
    if (stopped !== undefined) throw stopped
    if (signal.aborted) throw signal.reason
    const result = { code, signal: killedBy, ...printed.texts() }
    if (wasKilled(result)) throw problem('the system ended it: for more than its processor time, or from outside')
    return result
  } finally {
    clearTimeout(timer)
    watching.end()
    signal.removeEventListener('abort', leave)
  }

  /** What it has started and left behind. One that could not start any, and has ended by itself, has left nothing. */
  async function leftEnded(): Promise<void> {
    kill(child)
    await group?.end()
    const alone = program.processes === 1 && enforcedOn(program, confinement).has('processes')
    if (!alone || stopped !== undefined) await ended(members)
  }
}

function started(group: ControlGroup | undefined, run: Run, mark: Mark): ChildProcess {
  const { program, confinement, scratch, given, input } = run
  const command = confinement.command(program, scratch, given, mark)
  const [file = '', ...rest] = group ? gated(command) : command
  const [first = 'ignore', ...others] = closedDescriptors()
  return spawn(file, rest, {
    cwd: scratch,
    env: Object.fromEntries(confinement.environment(program, scratch, mark)),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', group ? 'pipe' : first, ...others],
    // A process group and a session of its own.
    detached: true,
    shell: false,
    windowsHide: true,
    ...otherUser(),
  })
}

/** From here on whatever it starts is in the group as well. */
function enter(group: ControlGroup, child: ChildProcess, stop: (why: unknown) => void): void {
  // One that could not be started says so in another way.
  if (child.pid === undefined) return
  try {
    group.take(child.pid)
    letGo(child)
  } catch (cause) {
    stop(new Problem('internal', { cause }))
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
