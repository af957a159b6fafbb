import { release } from 'node:os'
import type { ControlGroups } from './control-group.ts'
import { type Mark, markOptions } from './mark.ts'
import { byMark, byTrace, type Members, traceVariable } from './members.ts'
import type { Enforcement, KnownProgram } from './program.ts'
import type { Environment, Wrap } from './wraps.ts'

/** A way to hold a program, with what the system has. */
export interface Confinement {
  /** What the kernel holds it to. */
  enforces(program: KnownProgram): ReadonlySet<Enforcement>
  /** The command that runs the program in its scratch folder: the first is the file, never looked up. */
  command(program: KnownProgram, scratch: string, given: readonly string[], mark: Mark): readonly string[]
  environment(program: KnownProgram, scratch: string, mark: Mark): Environment
  /** All processes of a run, by its mark and the first of them. */
  members(mark: Mark, first: number): Members
  /** Holds all of them together. Absent: what they use together is watched. */
  readonly groups?: ControlGroups | undefined
  /** Processes of the tools, which are in such a group as well. */
  readonly holders: number
}

/** A tool that makes namespaces, around the program. */
export interface Apart {
  readonly wrap: Wrap
  /** Its own processes that are counted in the namespace of users, and all of them. */
  readonly processes: number
  readonly holders: number
  readonly enforces: readonly Enforcement[]
}

/** What a way is made of; what is absent is not to be had. */
export interface Tools {
  readonly prlimit?: string | undefined
  readonly setpriv?: string | undefined
  readonly apart?: Apart | undefined
  /** Whether limits of processes can be read here, and so marks. */
  readonly marks?: boolean
}

/** Open files that a program may have. */
const openFiles = 256

/**
 * Limits are counted in the namespace of users that `unshare` and `bwrap` make, since Linux 5.14: before that, and
 * without one, all processes of the user count, and only "no other process" can be said.
 */
const [major = 0, minor = 0] = release().split('.').map(Number)
const countsApart = major > 5 || (major === 5 && minor >= 14)

const limited: readonly Enforcement[] = ['memory', 'cpu', 'fileSize']

export function confinement({ prlimit, setpriv, apart, marks = false }: Tools): Confinement {
  const counts = ({ processes }: KnownProgram): boolean =>
    prlimit !== undefined && (processes === 1 || (apart !== undefined && countsApart))
  const environment = (program: KnownProgram, scratch: string, mark: Mark): Environment => [
    ...Object.entries(program.env).map(([name, value]) => [name, value.replaceAll('{scratch}', scratch)] as const),
    ...(marks ? [] : [[traceVariable, traceOf(mark)] as const]),
  ]
  const limits = (program: KnownProgram, mark: Mark): readonly string[] => [
    `--as=${program.memory}`,
    `--cpu=${program.cpu}:${program.cpu}`,
    `--fsize=${program.fileSize}`,
    `--nofile=${openFiles}`,
    '--core=0',
    ...markOptions(mark),
    ...(counts(program) ? [`--nproc=${program.processes + (apart && countsApart ? apart.processes : 0)}`] : []),
  ]
  return {
    enforces: (program) =>
      new Set([
        ...(prlimit ? limited : []),
        ...(counts(program) ? (['processes'] as const) : []),
        ...(apart?.enforces ?? []).filter((one) => one !== 'network' || !program.network),
      ]),
    command: (program, scratch, given, mark) => [
      // With it the program ends when this process does, and has no rights that this process was given, or by a file.
      ...(setpriv ? [setpriv, '--pdeathsig', 'KILL', '--no-new-privs', ...noRights, '--'] : []),
      ...(apart ? apart.wrap(program, scratch, environment(program, scratch, mark)) : []),
      ...(prlimit ? [prlimit, ...limits(program, mark), '--'] : []),
      program.path,
      ...given,
    ],
    environment,
    members: (mark, first) => (marks ? byMark(mark) : byTrace(first, traceOf(mark))),
    holders: apart?.holders ?? 0,
  }
}

/** Capabilities that outlive another program or user: one of them would lift limits. */
const noRights = ['--inh-caps', '-all', '--ambient-caps', '-all']

const traceOf = ({ locks }: Mark): string => String(locks)

/** Nothing but what is watched from here. */
export const unconfined = confinement({})

/** What the kernel holds a program to in a way, with the group that holds all of its processes. */
export function enforcedOn(program: KnownProgram, way: Confinement): ReadonlySet<Enforcement> {
  const alone = way.enforces(program)
  return way.groups?.processes ? new Set([...alone, 'processes']) : alone
}
