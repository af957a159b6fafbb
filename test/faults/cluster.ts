import { execFileSync, spawnSync } from 'node:child_process'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A PostgreSQL server of the suite's own, which may be killed and starved. */
export interface Cluster {
  readonly url: string
  readonly version: string
  /** Whether its disk can be filled: only root can give it a small one. */
  readonly smallDisk: boolean
  /** Process ids of the backends that serve clients. */
  backends(): readonly number[]
  /** SIGKILL to the postmaster: what a kernel that is out of memory does. */
  kill(): void
  /** Starts it where it does not run, and waits until it answers. */
  revive(): Promise<void>
  fillDisk(): void
  freeDisk(): void
  remove(): void
}

const debian = '/usr/lib/postgresql'

/** Where initdb and pg_ctl are; undefined where PostgreSQL's server is not installed. */
export function serverBinaries(): string | undefined {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folder = versions.map((version) => join(debian, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')))
  if (folder) return folder
  const found = spawnSync('which', ['initdb'], { encoding: 'utf8' }).stdout.trim()
  return found ? found.replace(/\/initdb$/, '') : undefined
}

/** Enough for the tables and the log of a long run, and soon full. */
const diskSize = 768 * 1024 * 1024

export async function createCluster(binaries: string): Promise<Cluster> {
  const root = process.getuid?.() === 0
  const home = mkdtempSync(join(tmpdir(), 'bede-faults-pg-'))
  const smallDisk = root && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskSize}`, 'tmpfs', home]).status === 0
  const data = join(home, 'data')
  mkdirSync(data, { mode: 0o700 })
  if (root) {
    const owner = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
    for (const folder of [home, data]) chownSync(folder, owner('-u'), owner('-g'))
  }
  // PostgreSQL refuses to run as root.
  const run = (program: string, ...args: string[]) =>
    root
      ? spawnSync('runuser', ['-u', 'postgres', '--', join(binaries, program), ...args], { encoding: 'utf8', cwd: '/' })
      : spawnSync(join(binaries, program), args, { encoding: 'utf8' })
  const port = await freePort()
  const made = run('initdb', '-D', data, '-A', 'trust', '-U', 'faults', '-E', 'UTF8', '--locale=C', '--wal-segsize=4')
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60 -c max_wal_size=128MB -c min_wal_size=16MB -c restart_after_crash=on`
  const ballast = join(home, 'ballast')
  const running = () => run('pg_ctl', '-D', data, 'status').status === 0

  const cluster: Cluster = {
    url: `postgres://faults@127.0.0.1:${port}/postgres`,
    version: /[\d.]+/.exec(run('postgres', '--version').stdout)?.[0] ?? 'unknown',
    smallDisk,
    backends() {
      const found = spawnSync('pgrep', ['-f', '^postgres: faults postgres 127'], { encoding: 'utf8' }).stdout
      return found
        .split('\n')
        .filter(Boolean)
        .map(Number)
        .filter((pid) => parentOf(pid) === postmasterOf(data))
    },
    kill: () => {
      const pid = postmasterOf(data)
      if (pid) process.kill(pid, 'SIGKILL')
    },
    async revive() {
      for (let attempt = 0; attempt < 60; attempt++) {
        if (!running()) run('pg_ctl', '-D', data, '-w', '-t', '20', '-l', join(home, 'log'), '-o', settings, 'start')
        if (run('pg_isready', '-h', '127.0.0.1', '-p', String(port)).status === 0) return
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
      throw new Error(`PostgreSQL does not come back: ${readFileSync(join(home, 'log'), 'utf8').slice(-2000)}`)
    },
    fillDisk() {
      const file = openSync(ballast, 'w')
      try {
        const block = Buffer.alloc(1024 * 1024)
        while (writeSync(file, block) > 0 && statfsSync(home).bavail > 0);
      } catch {
        // It is full now, as it was meant to be.
      } finally {
        closeSync(file)
      }
    },
    freeDisk: () => rmSync(ballast, { force: true }),
    remove() {
      run('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop')
      if (smallDisk) spawnSync('umount', ['-l', home])
      rmSync(home, { recursive: true, force: true })
    },
  }
  try {
    await cluster.revive()
    return cluster
  } catch (error) {
    cluster.remove()
    throw error
  }
}

function postmasterOf(data: string): number | undefined {
  try {
    return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]) || undefined
  } catch {
    return undefined
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
