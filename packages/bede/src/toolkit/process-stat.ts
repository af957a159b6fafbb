import { readFileSync } from 'node:fs'

/** What Linux says of a process to everybody (`proc_pid_stat(5)`). */
export interface ProcessStat {
  readonly pid: number
  /** Of its first thread. `Z` and `X` have ended, and wait for somebody to ask how. */
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** Processor time in ticks: its own, and that of children which have ended and were asked how. */
  readonly ticks: number
  readonly childTicks: number
  readonly threads: number
  /** In ticks since the system's start. With its number it tells it from every other: numbers are given again. */
  readonly began: number
  /** Memory that it holds just now, in pages; what it shares with others is in it. */
  readonly pages: number
}

/** Ticks of a second in what Linux tells programs (`USER_HZ`), on all systems that Node runs on. */
export const ticksPerSecond = 100

/** Undefined where there is no such process, or none that may be seen, or no `/proc`. */
export function processStat(pid: number | 'self'): ProcessStat | undefined {
  try {
    return readStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return undefined
  }
}

/** The first thread of a process may have ended before the others. */
export const hasEnded = ({ state, threads }: ProcessStat): boolean => (state === 'Z' || state === 'X') && threads <= 1

function readStat(line: string): ProcessStat {
  // A program may give itself a name with brackets and blanks in it.
  const after = line.lastIndexOf(')')
  const [state = '', ...fields] = line.slice(after + 2).split(' ')
  // Numbered as in the manual, where the parent is the fourth.
  const field = (number: number): number => Number(fields[number - 4])
  return {
    pid: Number.parseInt(line, 10),
    state,
    parent: field(4),
    group: field(5),
    session: field(6),
    ticks: field(14) + field(15),
    childTicks: field(16) + field(17),
    threads: field(20),
    began: field(22),
    pages: field(24),
  }
}
