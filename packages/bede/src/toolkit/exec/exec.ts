import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { Logger } from '../../telemetry/logger.ts'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { Queue } from '../queue.ts'
import { loosen } from '../scratch/loosen.ts'
import { withScratch } from '../scratch/scratch.ts'
import { sweepScratch } from '../scratch/sweep.ts'
import { checkArguments } from './arguments.ts'
import { type Confinement, enforcedOn, unconfined } from './confinement.ts'
import { leftoversEnded } from './ended.ts'
import { ownFolder } from './own-folder.ts'
import { type Enforcement, enforcements, type KnownProgram, knownPrograms, type Programs } from './program.ts'
import { type Ended, type ProgramInput, runProgram } from './run-program.ts'
import { type GivenFile, giveFiles, takeFiles } from './scratch-files.ts'
import { confinements } from './ways.ts'

export interface ExecOptions {
  /** Written to its standard input, and closed. Absent: there is nothing to read. */
  readonly input?: ProgramInput
  /** Files in its scratch folder, which it starts in, by the names that the arguments use. */
  readonly files?: Readonly<Record<string, GivenFile>>
  /** What to read of what it left there: names, or patterns like `page-*.png`. */
  readonly take?: readonly string[]
}

export interface ExecResult extends Ended {
  /** What was taken, by name; what it did not leave is not in it. */
  readonly files: ReadonlyMap<string, Buffer>
  /** What the system's kernel held it to. Bede watches time, output and disk everywhere, on Linux the rest of it too. */
  readonly enforced: ReadonlySet<Enforcement>
}

/**
 * Runs a program that `app({ exec })` declares, by its path and a list of arguments, never through a shell: in a scratch
 * folder that is gone afterwards, with an environment that holds nothing of the server's, within its limits. What it has
 * started is gone when this ends, wherever it went; where the system has neither namespaces nor `prlimit`, that is not true
 * of what goes out of its way to get away. A code other than 0 is no failure of this.
 *
 * Throws the Problems `unsafe-argument` and `unsafe-name` (400), `too-large` (413), `program-stopped` (422) for a program
 * that went past a limit, and `unavailable` (503) where too many run already.
 */
export type Exec = (program: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>

export interface ExecSettings {
  readonly log: Logger
  readonly development: boolean
  /** For tests: a weaker way than the best there is. */
  readonly confine?: (ways: readonly Confinement[]) => Confinement | undefined
}

/** The programs of an app, ready to be run. */
export interface Executor {
  /** Bound to a call: what it runs ends when the call does. */
  bind(signal: () => AbortSignal, log: Pick<Logger, 'info' | 'warn' | 'debug'>): Exec
}

/** What must be held by the kernel where a backend serves. */
const usuallyRequired: readonly Enforcement[] = ['memory', 'cpu', 'fileSize']

/**
 * Looks once what the system can hold programs to, and whether they are there. Throws the Problem `invalid-declaration`
 * for mistakes in the declaration, and `invalid-setting` where in production a program is missing, or anywhere a limit
 * that is required cannot be enforced.
 */
export async function createExecutor(programs: Programs, settings: ExecSettings): Promise<Executor> {
  const known = knownPrograms(programs)
  if (known.size === 0) return { bind: () => (name) => Promise.reject(undeclared(name, known)) }
  // A process that was killed could not end what it ran, nor take its folders away.
  await leftoversEnded().catch((error) =>
    settings.log.warn('programs of a process that was killed do not end', { error }),
  )
  await sweepScratch()
  const ways = await confinements()
  const way = (settings.confine ? settings.confine(ways) : ways[0]) ?? unconfined
  for (const program of known.values()) await checkProgram(program, way, settings)
  const queues = new Map([...known].map(([name, { atOnce, waiting }]) => [name, new Queue(atOnce, waiting)]))
  return {
    bind: (signal, log) => async (name, args, options) => {
      const program = known.get(name)
      const queue = queues.get(name)
      if (!program || !queue) throw undeclared(name, known)
      const given = checkArguments(args, program.options)
      const until = signal()
      const began = performance.now()
      try {
        const result = await queue.run(() => run(program, way, given, options ?? {}, until), until)
        // Neither what it was given nor what it printed: both may be a caller's.
        log.debug('ran a program', { program: name, code: result.code, ms: Math.round(performance.now() - began) })
        return result
      } catch (error) {
        log.warn('a program was stopped or refused', { program: name, code: Reflect.get(Object(error), 'code') })
        throw error
      }
    },
  }
}

const run = (
  program: KnownProgram,
  confinement: Confinement,
  given: readonly string[],
  { input, files = {}, take = [] }: ExecOptions,
  signal: AbortSignal,
): Promise<ExecResult> =>
  withScratch(async ({ folder }) => {
    const scratch = await ownFolder(await folder())
    try {
      await giveFiles(scratch, files, program.disk, signal)
      const ended = await runProgram({ program, confinement, scratch, given, input, signal })
      const taken = await takeFiles(scratch, take, program.disk)
      return { ...ended, files: taken, enforced: enforcedOn(program, confinement) }
    } finally {
      await loosen(scratch)
    }
  })

async function checkProgram(
  program: KnownProgram,
  way: Confinement,
  { log, development }: ExecSettings,
): Promise<void> {
  const { name, path } = program
  const missing = await access(path, constants.X_OK).then(
    () => false,
    () => true,
  )
  if (missing && !development)
    throw new Problem('invalid-setting', {
      message: `exec.${name} is ${path}, and there is no program`,
      hint: 'Install it, or name where it is.',
    })
  if (missing) log.warn('a declared program is not there', { program: name, path })
  const enforced = enforcedOn(program, way)
  const required = program.required ?? (development ? [] : usuallyRequired)
  const cannot = required.filter((one) => !enforced.has(one))
  if (cannot.length > 0)
    throw new Problem('invalid-setting', {
      message: `exec.${name} requires ${cannot.join(', ')} to be enforced, which this system cannot do or does not allow`,
      hint: 'Install util-linux (prlimit, unshare) and bubblewrap, allow namespaces of users, or say in required what is needed at least.',
    })
  if (enforced.size === 0)
    log.warn(
      'here the system holds a program to nothing: it is stopped for what can be watched, and that is for development',
      {
        program: name,
        watched:
          process.platform === 'linux'
            ? ['time', 'output', 'disk', 'memory', 'cpu', 'processes']
            : ['time', 'output', 'disk'],
      },
    )
  const without = enforcements.filter((one) => !enforced.has(one) && !(one === 'network' && program.network))
  log.info('a program may be run', {
    program: name,
    enforced: [...enforced],
    // Of its processes as a whole; the rest of what they use together is watched.
    together: [...(way.groups?.memory ? ['memory'] : []), ...(way.groups?.processes ? ['processes'] : [])],
    ...(without.length > 0 && { without }),
  })
}

function undeclared(name: unknown, known: ReadonlyMap<string, KnownProgram>): Problem {
  const near = typeof name === 'string' ? nearest(name, [...known.keys()]) : undefined
  return new Problem('internal', {
    cause: new Error(
      `exec is asked for a program that app({ exec }) does not declare${near === undefined ? '' : `: did you mean '${near}'?`}`,
    ),
  })
}
