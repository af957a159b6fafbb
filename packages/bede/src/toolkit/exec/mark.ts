import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'

/**
 * By what all processes of one run are told from all others, wherever they went: two of their limits. File locks have not
 * been counted since Linux 2.4, and the time of realtime processes is no matter of these; so they hold nobody back. Every
 * process has its limits from the one that started it, nobody without rights can raise a hard one, and everybody may read
 * them. The two have the same sum in all runs: whoever lowers one of them can take no other run's mark.
 */
export interface Mark {
  readonly locks: number
  readonly realtime: number
}

/** Of the limits of a mark: whole numbers up to it are exact, and no two limits that somebody sets come to it. */
const sum = 2 ** 52 + 0xbede
/** A mark says which process runs the program, in which of its threads, and which of its runs it is. */
const numbers = 2 ** 22
const threads = 2 ** 8
const runs = 2 ** 22

let made = randomInt(runs)

export function newMark(): Mark {
  made = (made + 1) % runs
  const locks = ((process.pid % numbers) * threads + (threadId % threads)) * runs + made
  return { locks, realtime: sum - locks }
}

/** Options of `prlimit`. */
export const markOptions = ({ locks, realtime }: Mark): readonly string[] => [
  `--locks=${locks}`,
  `--rttime=${realtime}`,
]

/** Hard limits by the names that Linux gives them in `/proc/<pid>/limits`; what is unlimited is infinite. */
export type Limits = ReadonlyMap<string, number>

/** Undefined for a process that has ended or may not be seen. */
export function limitsOf(pid: number | 'self'): Limits | undefined {
  try {
    return readLimits(readFileSync(`/proc/${pid}/limits`, 'latin1'))
  } catch {
    return undefined
  }
}

/** Columns of that table. */
const hardFrom = 47
const hardTo = 67
const nameTo = 25

export function readLimits(table: string): Limits {
  const [, ...lines] = table.trimEnd().split('\n')
  return new Map(
    lines.map((line) => {
      const hard = line.slice(hardFrom, hardTo).trim()
      return [line.slice(0, nameTo).trim(), hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)]
    }),
  )
}

const markOf = (limits: Limits): Mark => ({
  locks: limits.get('Max file locks') ?? Number.POSITIVE_INFINITY,
  realtime: limits.get('Max realtime timeout') ?? Number.POSITIVE_INFINITY,
})

/**
 * Whether a process with these limits is of the run with this mark. One that has lowered its mark is of some run, and of
 * each that it can be of.
 */
export function bears(limits: Limits, mark: Mark): boolean {
  const { locks, realtime } = markOf(limits)
  if (locks + realtime === sum) return locks === mark.locks
  return locks <= mark.locks && realtime <= mark.realtime && isHeld(limits)
}

/** Held as no process is that Bede has not started: a mark alone, once lowered, might be anybody's limits. */
const isHeld = (limits: Limits): boolean =>
  limits.get('Max core file size') === 0 &&
  ['Max cpu time', 'Max file size', 'Max address space'].every((name) => Number.isFinite(limits.get(name)))

/** The number of the process that ran this one; undefined where it bears no mark, or has lowered it. */
export function runnerOf(limits: Limits): number | undefined {
  const { locks, realtime } = markOf(limits)
  return locks + realtime === sum ? Math.floor(locks / (threads * runs)) : undefined
}
