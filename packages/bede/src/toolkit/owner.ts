import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { processStat } from './process-stat.ts'

/**
 * A process that has made something which may outlive it. Its number means something only where it was given: by this run
 * of this kernel, in one namespace. Containers that share a folder all have a process 1.
 */
export interface Owner {
  readonly place: string
  readonly pid: number
  /** When the process began, in whatever its system counts; 0 where that is not told. */
  readonly began: number
}

/** Letters of a place: enough that two are never the same. */
const placeLength = 16

function thisPlace(): string {
  let place: string
  try {
    place = `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // Where no system is told from another by its run, its name has to do.
    place = hostname()
  }
  return createHash('sha256').update(place).digest('hex').slice(0, placeLength)
}

let self: Owner | undefined

/** This process. */
export function thisOwner(): Owner {
  self ??= { place: thisPlace(), pid: process.pid, began: processStat('self')?.began ?? 0 }
  return self
}

/** As it stands in the names of what it made. */
export const ownerName = ({ place, pid, began }: Owner): string => `${place}-${pid}-${began}`

/** The owner that a name begins with. */
export function ownerOf(name: string): Owner | undefined {
  const [, place, pid, began] = /^([0-9a-f]{16})-(\d+)-(\d+)-/.exec(name) ?? []
  return place === undefined ? undefined : { place, pid: Number(pid), began: Number(began) }
}

/** Whether it still runs. Undefined: it is out of sight from here. */
export function isAlive(owner: Owner): boolean | undefined {
  if (owner.place !== thisOwner().place) return undefined
  if (owner.began === 0) return runs(owner.pid)
  return processStat(owner.pid)?.began === owner.began
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
