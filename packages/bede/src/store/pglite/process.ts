import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Whether a process of this number is at work on this machine, whosoever it is. One that waits to be reaped is not. */
export async function isAlive(pid: number): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  const state = process.platform === 'linux' ? (await linuxStat(pid))?.[0] : undefined
  return state !== 'Z' && state !== 'X'
}

/**
 * When a process started, as its system says it: tells a process from a later one of the same number. Null when the
 * system does not say or the process is gone.
 */
export async function startOf(pid: number): Promise<string | null> {
  if (process.platform === 'win32') return null
  return process.platform === 'linux' ? linuxStart(pid) : listedStart(pid)
}

/** Field 22 of /proc/<pid>/stat counts ticks since boot, so the boot is part of the answer (proc_pid_stat(5)). */
async function linuxStart(pid: number): Promise<string | null> {
  const ticks = (await linuxStat(pid))?.[22 - firstField]
  if (ticks === undefined) return null
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '')
  return `${boot.trim()}:${ticks}`
}

/** The first field after the command, which stands in parentheses and may itself hold spaces. */
const firstField = 3

async function linuxStat(pid: number): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

async function listedStart(pid: number): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])
    return stdout.trim() || null
  } catch {
    return null
  }
}
