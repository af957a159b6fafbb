import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { withScratch } from '../scratch/scratch.ts'
import { otherUser } from './other-user.ts'
import { ownFolder } from './own-folder.ts'
import type { Enforcement, KnownProgram } from './program.ts'

/** A way to hold a program, with tools that the system has. */
export interface Confinement {
  /** What the kernel holds it to. */
  enforces(program: KnownProgram): ReadonlySet<Enforcement>
  /** The command that runs the program in its scratch folder: the first is the file, never looked up. */
  command(program: KnownProgram, scratch: string, given: readonly string[]): readonly string[]
}

/** Open files that a program may have. */
const openFiles = 256

type Wrap = (program: KnownProgram, scratch: string) => readonly string[]

const found = (tool: string): string | undefined =>
  ['/usr/bin', '/bin'].map((folder) => `${folder}/${tool}`).find((path) => existsSync(path))

/** Its own processes, network and users; what is in `/proc` is its own too. Its namespaces end with the first process in them. */
const unshare =
  (path: string, proc: boolean): Wrap =>
  ({ network }) => [
    path, '--user', '--map-current-user', '--pid', '--fork', '--kill-child', '--ipc', '--uts',
    ...(proc ? ['--mount-proc'] : []), ...(network ? [] : ['--net']), '--',
  ] // biome-ignore format: arguments

/** What programs of the system need to run at all; each where it is there. */
const system = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/ld.so.cache', '/etc/alternatives', '/etc/fonts']
const online = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/ssl', '/etc/pki', '/etc/ca-certificates']

const bubblewrap =
  (path: string, env: string): Wrap =>
  (program, scratch) => {
    const seen = [...system, ...(program.network ? online : []), ...program.reads, program.path]
    return [
      path, '--unshare-all', ...(program.network ? ['--share-net'] : []), '--die-with-parent', '--new-session',
      '--cap-drop', 'ALL', '--ro-bind', '/usr', '/usr',
      ...seen.flatMap((one) => (one.startsWith('/usr/') ? [] : ['--ro-bind-try', one, one])),
      '--proc', '/proc', '--dev', '/dev', '--remount-ro', '/dev', '--size', String(program.disk), '--tmpfs', '/tmp',
      '--bind', scratch, scratch, '--chdir', scratch, '--',
      // It sets PWD, which nobody asked for.
      env, '-i', ...environment(program, scratch).map(([name, value]) => `${name}=${value}`),
    ] // biome-ignore format: arguments
  }

/** The environment of a program: what it was declared with. */
export const environment = (program: KnownProgram, scratch: string): readonly (readonly [string, string])[] =>
  Object.entries(program.env).map(([name, value]) => [name, value.replaceAll('{scratch}', scratch)])

/**
 * Limits are counted in the namespace of users that `unshare` and `bwrap` make, since Linux 5.14: before that, and
 * without one, all processes of the user count, and only "no other process" can be said.
 */
const [major = 0, minor = 0] = release().split('.').map(Number)
const countsApart = major > 5 || (major === 5 && minor >= 14)

/** Processes of the tool itself that count as well. */
interface Apart {
  readonly wrap: Wrap
  readonly processes: number
  readonly enforces: readonly Enforcement[]
}

const limited: readonly Enforcement[] = ['memory', 'cpu', 'fileSize']

function confinement(prlimit: string | undefined, setpriv: string | undefined, apart?: Apart): Confinement {
  const counts = ({ processes }: KnownProgram): boolean =>
    prlimit !== undefined && (processes === 1 || (apart !== undefined && countsApart))
  return {
    enforces: (program) =>
      new Set([
        ...(prlimit ? limited : []),
        ...(counts(program) ? (['processes'] as const) : []),
        ...(apart?.enforces ?? []).filter((one) => one !== 'network' || !program.network),
      ]),
    command: (program, scratch, given) => [
      // With it the program ends when this process does, and gains no rights by a file that gives them.
      ...(setpriv ? [setpriv, '--pdeathsig', 'KILL', '--no-new-privs', '--'] : []),
      ...(apart ? apart.wrap(program, scratch) : []),
      ...(prlimit
        ? [
            prlimit,
            `--as=${program.memory}`,
            `--cpu=${program.cpu}:${program.cpu}`,
            `--fsize=${program.fileSize}`,
            `--nofile=${openFiles}`,
            '--core=0',
            ...(counts(program) ? [`--nproc=${program.processes + (apart && countsApart ? apart.processes : 0)}`] : []),
            '--',
          ]
        : []),
      program.path,
      ...given,
    ],
  }
}

/** From the one that holds most to the one that holds nothing. */
function candidates(): readonly Confinement[] {
  if (process.platform !== 'linux') return []
  const [prlimit, setpriv, bwrap, unsharing, env] = ['prlimit', 'setpriv', 'bwrap', 'unshare', 'env'].map(found)
  const all: Confinement[] = []
  const isolated = ['isolation', 'network'] as const
  if (bwrap && env && prlimit)
    all.push(
      confinement(prlimit, setpriv, {
        wrap: bubblewrap(bwrap, env),
        processes: 1,
        enforces: [...isolated, 'filesystem'],
      }),
    )
  if (unsharing && prlimit)
    all.push(
      confinement(prlimit, setpriv, { wrap: unshare(unsharing, true), processes: 1, enforces: isolated }),
      // A container may not allow another /proc: then it sees which processes there are, though nothing in them.
      confinement(prlimit, setpriv, { wrap: unshare(unsharing, false), processes: 1, enforces: ['network'] }),
    )
  if (prlimit) all.push(confinement(prlimit, setpriv), confinement(prlimit, undefined))
  return all
}

/** Nothing but what is watched from here: time and output. */
export const unconfined = confinement(undefined, undefined)

/** Milliseconds that a try may take. */
const tryTime = 5_000
const trial: KnownProgram = {
  name: 'true', path: found('true') ?? '/bin/true', options: [], env: {}, time: tryTime, cpu: 5, memory: 1024 ** 3, output: 1024,
  fileSize: 1024 ** 2, disk: 1024 ** 2, processes: 1, network: false, reads: [], atOnce: 1, waiting: 0, required: undefined,
} // biome-ignore format: values

let all: Promise<readonly Confinement[]> | undefined

/**
 * The ways that work here, from the one that holds most: each is tried once in this process, by running `true`. A
 * container may have the tools and not the right to use them.
 */
export function confinements(): Promise<readonly Confinement[]> {
  all ??= tried()
  return all
}

const tried = (): Promise<readonly Confinement[]> =>
  withScratch(async ({ folder }) => {
    const scratch = await ownFolder(await folder())
    const works = await Promise.all(candidates().map((one) => runs(one, scratch)))
    return candidates().filter((_, index) => works[index])
  })

const runs = (one: Confinement, folder: string): Promise<boolean> =>
  new Promise((resolve) => {
    const [file = '', ...rest] = one.command(trial, folder, [])
    execFile(file, rest, { env: {}, cwd: folder, timeout: tryTime, ...otherUser() }, (error) => resolve(error === null))
  })
