import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { processStat } from '../../toolkit/process-stat.ts'

/** Whether a process of this number is at work on this machine, whosoever it is. One that waits to be reaped is not. */
export async function isAlive(pid: number): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  const state = processStat(pid)?.state
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

/** Ticks are counted from the boot, so the boot is part of the answer. */
async function linuxStart(pid: number): Promise<string | null> {
  const ticks = processStat(pid)?.began
  if (ticks === undefined) return null
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '')
  return `${boot.trim()}:${ticks}`
}

async function listedStart(pid: number): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])
    return stdout.trim() || null
  } catch {
    return null
  }
}
