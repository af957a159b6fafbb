import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { withScratch } from '../scratch/scratch.ts'
import { type Apart, type Confinement, confinement } from './confinement.ts'
import { type ControlGroups, controlGroupsBelow } from './control-group.ts'
import { delegatedPlaces } from './delegated.ts'
import { bears, markOptions, newMark, readLimits } from './mark.ts'
import { otherUser } from './other-user.ts'
import { ownFolder } from './own-folder.ts'
import type { KnownProgram } from './program.ts'
import { runProgram } from './run-program.ts'
import { bubblewrap, unshare } from './wraps.ts'

const found = (tool: string): string | undefined =>
  ['/usr/bin', '/bin'].map((folder) => `${folder}/${tool}`).find((path) => existsSync(path))

/** From the one that holds most to the one that holds nothing. */
function candidates(marks: boolean): readonly Confinement[] {
  const [prlimit, setpriv, bwrap, unsharing, env] = ['prlimit', 'setpriv', 'bwrap', 'unshare', 'env'].map(found)
  if (!prlimit) return []
  const isolated = ['isolation', 'network'] as const
  const apart: Apart[] = []
  if (bwrap && env)
    apart.push({
      wrap: bubblewrap(bwrap, env),
      processes: 1,
      holders: 2,
      enforces: [...isolated, 'filesystem'],
    })
  if (unsharing)
    apart.push(
      { wrap: unshare(unsharing, true), processes: 1, holders: 1, enforces: isolated },
      // A container may not allow another /proc: then it sees which processes there are, though nothing in them.
      { wrap: unshare(unsharing, false), processes: 1, holders: 1, enforces: ['network'] },
    )
  return [
    ...apart.map((one) => confinement({ prlimit, setpriv, apart: one, marks })),
    confinement({ prlimit, setpriv, marks }),
    confinement({ prlimit, marks }),
  ]
}

/** Milliseconds that a try may take. */
const tryTime = 5_000
const trial: KnownProgram = {
  name: 'true', path: found('true') ?? '/bin/true', options: [], env: {}, time: tryTime, cpu: 5, memory: 1024 ** 3, output: 1024,
  fileSize: 1024 ** 2, disk: 1024 ** 2, processes: 1, network: false, reads: [], atOnce: 1, waiting: 0, required: undefined,
} // biome-ignore format: values

let all: Promise<readonly Confinement[]> | undefined

/**
 * The ways that work here, from the one that holds most: each is tried once in this process, by running `true`. A
 * container may have the tools and not the right to use them.
 */
export function confinements(): Promise<readonly Confinement[]> {
  all ??= process.platform === 'linux' ? tried() : Promise.resolve([])
  return all
}

const tried = (): Promise<readonly Confinement[]> =>
  withScratch(async ({ folder }) => {
    const scratch = await ownFolder(await folder())
    const ways = candidates(await marksAreSeen())
    const works = await Promise.all(ways.map((one) => runs(one, scratch)))
    const usable = ways.filter((_, index) => works[index])
    const [best] = usable
    const groups = best && (await usableGroups(best, scratch))
    return groups ? usable.map((way) => ({ ...way, groups })) : usable
  })

async function usableGroups(way: Confinement, scratch: string): Promise<ControlGroups | undefined> {
  const usable: ControlGroups[] = []
  for (const place of delegatedPlaces()) {
    try {
      const groups = controlGroupsBelow(place)
      await groups.sweep()
      if (await runs({ ...way, groups }, scratch)) usable.push(groups)
    } catch {
      // It may look like this process's and not be.
    }
  }
  return usable.find(({ memory, processes }) => memory && processes) ?? usable[0]
}

const never = new AbortController().signal

const runs = (confinement: Confinement, scratch: string): Promise<boolean> =>
  runProgram({ program: trial, confinement, scratch, given: [], input: undefined, signal: never }).then(
    ({ code }) => code === 0,
    () => false,
  )

/** Whether processes can be marked here and their marks read: not every system that runs programs of Linux is Linux. */
async function marksAreSeen(): Promise<boolean> {
  const [prlimit, cat] = ['prlimit', 'cat'].map(found)
  if (!prlimit || !cat) return false
  const mark = newMark()
  return new Promise((resolve) => {
    const given = [...markOptions(mark), '--', cat, '/proc/self/limits']
    execFile(prlimit, given, { env: {}, timeout: tryTime, ...otherUser() }, (error, limits) =>
      resolve(error === null && bears(readLimits(limits), mark)),
    )
  })
}
