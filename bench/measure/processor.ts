import { readdirSync, readFileSync } from 'node:fs'

/** CPU time of a process and all its threads since it began, in microseconds. Zero for one that is no more. */
export function processorTime(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`)
    return tasks.reduce((sum, task) => sum + threadTime(`/proc/${pid}/task/${task}/schedstat`), 0)
  } catch {
    return 0
  }
}

/** Its first figure is the time on a CPU in nanoseconds (Documentation/scheduler/sched-stats.rst). */
function threadTime(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8').split(' ', 1)[0]) / 1000
  } catch {
    return 0
  }
}

/** A process and every process that it started. */
export function withChildren(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`)
    const children = tasks.flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
    return [pid, ...children.flatMap(withChildren)]
  } catch {
    return [pid]
  }
}

/** Resident memory of a process in MB (10^6 bytes). */
export function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6
}
