import type { KnownProgram } from './program.ts'

/** The command of a tool in front of the command that it runs in what it has made. */
export type Wrap = (program: KnownProgram, scratch: string, environment: Environment) => readonly string[]
export type Environment = readonly (readonly [name: string, value: string])[]

/** Its own processes, network and users; what is in `/proc` is its own too. Its namespaces end with the first process in them. */
export const unshare =
  (path: string, proc: boolean): Wrap =>
  ({ network }) => [
    path, '--user', '--map-current-user', '--pid', '--fork', '--kill-child', '--ipc', '--uts',
    ...(proc ? ['--mount-proc'] : []), ...(network ? [] : ['--net']), '--',
  ] // biome-ignore format: arguments

/** What programs of the system need to run at all; each where it is there. */
const system = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/ld.so.cache', '/etc/alternatives', '/etc/fonts']
const online = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/ssl', '/etc/pki', '/etc/ca-certificates']

export const bubblewrap =
  (path: string, env: string): Wrap =>
  (program, scratch, environment) => {
    const seen = [...system, ...(program.network ? online : []), ...program.reads, program.path]
    return [
      path, '--unshare-all', ...(program.network ? ['--share-net'] : []), '--die-with-parent', '--new-session',
      '--cap-drop', 'ALL', '--ro-bind', '/usr', '/usr',
      ...seen.flatMap((one) => (one.startsWith('/usr/') ? [] : ['--ro-bind-try', one, one])),
      '--proc', '/proc', '--dev', '/dev', '--remount-ro', '/dev', '--size', String(program.disk), '--tmpfs', '/tmp',
      '--bind', scratch, scratch, '--chdir', scratch, '--',
      // It sets PWD, which nobody asked for.
      env, '-i', ...environment.map(([name, value]) => `${name}=${value}`),
    ] // biome-ignore format: arguments
  }
