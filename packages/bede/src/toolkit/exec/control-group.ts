import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, ownerName, ownerOf, thisOwner } from '../owner.ts'
import type { KnownProgram } from './program.ts'
import { until } from './until.ts'

/** Where groups of processes can be made, and what the kernel holds each to as a whole (cgroup v2). */
export interface ControlGroups {
  readonly memory: boolean
  readonly processes: boolean
  /** A group for one run. `holders`: processes of the tools that hold the program, which are in it as well. */
  open(program: KnownProgram, holders: number): ControlGroup
  /** Ends what processes have left in groups that ended without a word, and removes them. */
  sweep(): Promise<void>
}

export interface ControlGroup {
  /** Takes a process in, with all that it will start. */
  take(pid: number): void
  /** Seconds of processor time that all of them had, those as well that have ended. */
  cpu(): number
  /** Whether the kernel has ended them for want of memory. */
  isOutOfMemory(): boolean
  /** Ends all of them at once. It is there when none is left, and the group is gone then. */
  end(): Promise<void>
}

const prefix = 'bede-'
/** Bytes that the tools take which hold a program. */
const holderMemory = 8 * 1024 ** 2

let opened = 0

/** Groups below this one, which is a folder. `kill`: for tests, false is as it was before Linux 5.14. */
export function controlGroupsBelow(place: string, kill = true): ControlGroups {
  const given = new Set(['memory', 'pids'].filter((name) => isGiven(place, name)))
  return {
    memory: given.has('memory'),
    processes: given.has('pids'),
    open(program, holders) {
      opened++
      const folder = join(place, `${prefix}${ownerName(thisOwner())}-${opened}`)
      mkdirSync(folder)
      const write = (file: string, value: number) => writeFileSync(join(folder, file), String(value))
      if (given.has('memory')) {
        write('memory.max', program.memory + holderMemory)
        // All of them: half of a program is no better than none.
        write('memory.oom.group', 1)
        if (existsSync(join(folder, 'memory.swap.max'))) write('memory.swap.max', 0)
      }
      if (given.has('pids')) write('pids.max', program.processes + holders)
      return groupIn(folder, kill)
    },
    async sweep() {
      for (const name of readdirSync(place).filter((one) => one.startsWith(prefix))) {
        const owner = ownerOf(name.slice(prefix.length))
        if (owner && isAlive(owner) === false) await groupIn(join(place, name), kill).end()
      }
    },
  }
}

/** Whether groups below a place have this controller. They have none where there are processes in the place itself. */
function isGiven(place: string, controller: string): boolean {
  const file = join(place, 'cgroup.subtree_control')
  try {
    writeFileSync(file, `+${controller}`)
  } catch {
    // Whoever made the place may have said so already.
  }
  return readFileSync(file, 'latin1').trim().split(' ').includes(controller)
}

function groupIn(folder: string, kill: boolean): ControlGroup {
  const number = (file: string, name: string): number => {
    const [, value] = new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(join(folder, file), 'latin1')) ?? []
    return Number(value ?? 0)
  }
  const isEmpty = (): boolean => {
    if (number('cgroup.events', 'populated') > 0) {
      killAll(folder, kill)
      return false
    }
    rmdirSync(folder)
    return true
  }
  let ended: Promise<void> | undefined
  return {
    take: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
    cpu: () => number('cpu.stat', 'usage_usec') / 1_000_000,
    isOutOfMemory: () => existsSync(join(folder, 'memory.events')) && number('memory.events', 'oom_kill') > 0,
    end() {
      ended ??= until(isEmpty)
      return ended
    },
  }
}

function killAll(folder: string, kill: boolean): void {
  const all = join(folder, 'cgroup.kill')
  if (kill && existsSync(all)) {
    writeFileSync(all, '1')
    return
  }
  // They cannot multiply meanwhile.
  writeFileSync(join(folder, 'cgroup.freeze'), '1')
  const pids = readFileSync(join(folder, 'cgroup.procs'), 'latin1').split('\n').map(Number)
  // Who is in a namespace that cannot be seen has the number 0; so would be this process's own group.
  for (const pid of pids.filter((one) => one > 0)) end(pid)
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
