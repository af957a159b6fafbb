import { readFileSync } from 'node:fs'
import { type ProcessStat, processStat } from '../process-stat.ts'
import { limitsOf, runnerOf } from './mark.ts'
import { type Members, processNumbers, running } from './members.ts'
import { until } from './until.ts'

/** Ends the processes of a run, and is there when none is left. Throws the Problem `internal` where one will not end. */
export function ended(members: Members): Promise<void> {
  return until(() => {
    const left = members.look(true)
    killAll(left)
    return left.length === 0
  })
}

/**
 * Ends what processes have run that ended themselves without a word, in this namespace of processes. Throws the Problem
 * `internal` where one will not end.
 */
export function leftoversEnded(): Promise<void> {
  return until(() => {
    const left = processNumbers()
      .filter(isLeftover)
      .flatMap((pid) => running(pid) ?? [])
    killAll(left)
    return left.length === 0
  })
}

/** What has a namespace of its own ends with it, and its runner's number may not be one of here. */
function isLeftover(pid: number): boolean {
  const limits = limitsOf(pid)
  const runner = limits && runnerOf(limits)
  return runner !== undefined && processStat(runner) === undefined && isOfHere(pid) && mayEnd(pid)
}

function mayEnd(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function isOfHere(pid: number): boolean {
  try {
    return /^NSpid:\t\d+$/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}

function killAll(processes: readonly ProcessStat[]): void {
  // Who is stopped does not multiply while the others are ended.
  for (const { pid } of processes) signal(pid, 'SIGSTOP')
  for (const { pid } of processes) signal(pid, 'SIGKILL')
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already.
  }
}
