import { readdirSync, readFileSync } from 'node:fs'
import { hasEnded, type ProcessStat, processStat } from '../process-stat.ts'
import { bears, limitsOf, type Mark } from './mark.ts'

/** The processes of one run. */
export interface Members {
  /** Those that have not ended. `all`: each process of the system is looked at again, and not those alone that are new. */
  look(all: boolean): readonly ProcessStat[]
}

/** The numbers of all processes that may be seen. */
export function processNumbers(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    // A system without /proc.
    return []
  }
}

/** A process that has not ended. */
export function running(pid: number): ProcessStat | undefined {
  const found = processStat(pid)
  return found && !hasEnded(found) ? found : undefined
}

/** By their mark, which none of them can get rid of. */
export function byMark(mark: Mark): Members {
  // Whose child a process is it is from its beginning: who once was none of these will never be one.
  let strangers = new Set<number>()
  const isMember = (pid: number): boolean => {
    const limits = limitsOf(pid)
    return limits !== undefined && bears(limits, mark)
  }
  return {
    look(all) {
      const known = all ? new Set<number>() : strangers
      const others = new Set<number>()
      const found: ProcessStat[] = []
      for (const pid of processNumbers()) {
        if (known.has(pid) || !isMember(pid)) others.add(pid)
        else {
          const stat = running(pid)
          if (stat) found.push(stat)
        }
      }
      strangers = others
      return found
    },
  }
}

/** The variable by which processes are found where they cannot be marked. */
export const traceVariable = 'BEDE_RUN'

/**
 * By what they have from whom: a parent, a session, a group, an environment. One that leaves all of them is not found;
 * this is for systems where nothing better is to be had.
 */
export function byTrace(first: number, trace: string): Members {
  const variable = `${traceVariable}=${trace}`
  const seen = new Map<number, number>()
  return {
    look() {
      const all = processNumbers().flatMap((pid) => running(pid) ?? [])
      const found = new Set(all.filter((one) => seen.get(one.pid) === one.began || isTraced(one)).map(({ pid }) => pid))
      for (let size = -1; size !== found.size; ) {
        size = found.size
        for (const { pid, parent } of all) if (found.has(parent)) found.add(pid)
      }
      const members = all.filter(({ pid }) => found.has(pid))
      for (const { pid, began } of members) seen.set(pid, began)
      return members
    },
  }
  function isTraced({ pid, group, session }: ProcessStat): boolean {
    return pid === first || group === first || session === first || environmentOf(pid).includes(variable)
  }
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    // It has ended, or is another user's.
    return []
  }
}
