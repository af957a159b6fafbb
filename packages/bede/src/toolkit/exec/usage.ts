import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { type ProcessStat, ticksPerSecond } from '../process-stat.ts'

/** What processes use together. */
export interface Usage {
  /** Seconds of processor time, of those that have ended as well. */
  readonly cpu: number
  /** Bytes that no file on a disk stands for: their own, shared ones once, and files that are in memory alone. */
  readonly memory: number
  /** Processes and threads. */
  readonly processes: number
  /** Bytes of files that they hold open and that have no name any more. */
  readonly unnamed: number
}

/** Adds up what the processes of a run use, from one look to the next. */
export function createMeter(): (members: readonly ProcessStat[], memory: number) => Usage {
  /** By process: the ticks that it was last seen with. */
  const own = new Map<string, number>()
  return (members, enough) => {
    for (const { pid, began, ticks } of members) own.set(`${pid} ${began}`, ticks)
    // Either misses some: those who ended between two looks, or whom nobody asked how they ended.
    const seen = total([...own.values()])
    const told = total(members.map(({ ticks, childTicks }) => ticks + childTicks))
    const files = openFiles(members)
    const held = total(members.map(heldBy)) + files.memory
    return {
      cpu: Math.max(seen, told) / ticksPerSecond,
      // What is shared is counted for each at first, which is quickly done and too much.
      memory: held > enough ? total(members.map(shareOf)) + files.memory : held,
      processes: total(members.map(({ threads }) => threads)),
      unnamed: files.unnamed,
    }
  }
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0)
const kilobyte = 1024

/** The threads of a process: the first may have ended and the others not, and then it says nothing for all of them. */
function threadsOf({ pid, threads }: ProcessStat): readonly string[] {
  const first = `/proc/${pid}`
  if (threads <= 1) return [first]
  return list(`${first}/task`).map((thread) => `${first}/task/${thread}`)
}

function heldBy(one: ProcessStat): number {
  // All threads of a process have the same memory.
  for (const thread of threadsOf(one)) {
    const found = numbers(`${thread}/status`, ['RssAnon', 'RssShmem'])
    if (found !== undefined) return found
  }
  return 0
}

/** Of what several hold, its part. Where that may not be seen it is all of it. */
function shareOf(one: ProcessStat): number {
  for (const thread of threadsOf(one)) {
    const found = numbers(`${thread}/smaps_rollup`, ['Pss_Anon', 'Pss_Shmem'])
    if (found !== undefined) return found
  }
  return heldBy(one)
}

/** The sum of these lines, in bytes; undefined where none of them is there. */
function numbers(path: string, names: readonly string[]): number | undefined {
  let text: string
  try {
    text = readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
  const found = names.flatMap((name) => {
    const [, number] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text) ?? []
    return number === undefined ? [] : [Number(number) * kilobyte]
  })
  return found.length === 0 ? undefined : total(found)
}

/** Of `st_blocks` (POSIX). */
const blockSize = 512

/** What is in files that only an open descriptor leads to: in memory (`memfd_create(2)`), or on a disk and removed. */
function openFiles(members: readonly ProcessStat[]): { readonly memory: number; readonly unnamed: number } {
  const files = new Map<string, { readonly bytes: number; readonly inMemory: boolean }>()
  for (const folder of members.flatMap(threadsOf).map((thread) => `${thread}/fd`))
    for (const descriptor of list(folder)) {
      const path = `${folder}/${descriptor}`
      try {
        const name = readlinkSync(path)
        if (!name.endsWith(' (deleted)')) continue
        const { dev, ino, blocks } = statSync(path)
        files.set(`${dev} ${ino}`, { bytes: blocks * blockSize, inMemory: name.startsWith('/memfd:') })
      } catch {
        // Closed in the meantime.
      }
    }
  const bytes = (inMemory: boolean): number =>
    total([...files.values()].filter((file) => file.inMemory === inMemory).map((file) => file.bytes))
  return { memory: bytes(true), unnamed: bytes(false) }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // It has ended, or this process has no right to look.
    return []
  }
}
