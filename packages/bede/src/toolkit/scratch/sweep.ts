import { lstat, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isAlive, ownerOf } from '../owner.ts'
import { isKept, prefix } from './lease.ts'
import { loosen } from './loosen.ts'

/** Milliseconds without a sign of life, by this process's own clock, after which a folder of another place is nobody's. */
const lease = 3_600_000
/** The same by the clocks of both, for who is not here long enough to wait. */
const longest = 86_400_000

/** In milliseconds: the day's, and this process's own, which stands still while the machine does. */
export interface Clocks {
  readonly now: number
  readonly passed: number
}

interface Sight {
  /** When the folder last gave a sign of life. */
  readonly changed: number
  /** When that was seen first, by this process's own clock. */
  readonly at: number
}

/** Folders of processes that are out of sight from here, by their path. */
const seen = new Map<string, Sight>()
/** By what is swept: the next time. */
const next = new Map<string, NodeJS.Timeout>()

/**
 * Removes what processes have left that ended without a word; how many folders. Whether a process of this place runs is
 * asked of the system. One in another container, or on another machine, is out of sight from here: its folder stays for as
 * long as it gives signs of life and an hour more, after which it is swept by itself.
 */
export async function sweepScratch(
  parent: string = tmpdir(),
  clocks: Clocks = { now: Date.now(), passed: performance.now() },
): Promise<number> {
  const names = await readdir(parent).catch(() => [])
  const paths = new Set(names.filter((name) => name.startsWith(prefix)).map((name) => join(parent, name)))
  for (const path of seen.keys()) if (dirname(path) === parent && !paths.has(path)) seen.delete(path)
  let removed = 0
  for (const path of paths) if ((await isAbandoned(path, clocks)) && (await isRemoved(path))) removed++
  if (seen.size > 0 && !next.has(parent)) next.set(parent, setTimeout(sweepAgain, lease, parent).unref())
  return removed
}

function sweepAgain(parent: string): void {
  next.delete(parent)
  void sweepScratch(parent).catch(() => {})
}

async function isAbandoned(path: string, clocks: Clocks): Promise<boolean> {
  if (isKept(path)) return false
  const found = await lstat(path).catch(() => undefined)
  if (!found?.isDirectory() || (process.getuid && found.uid !== process.getuid())) return false
  const owner = ownerOf(path.slice(join(dirname(path), prefix).length))
  const alive = owner && isAlive(owner)
  return alive === undefined ? isSilent(path, found.mtimeMs, clocks) : !alive
}

/** Whether a folder has given no sign of life for too long. Clocks of two machines differ, and both may have slept. */
function isSilent(path: string, changed: number, { now, passed }: Clocks): boolean {
  const sight = seen.get(path)
  if (now - changed > longest || (sight?.changed === changed && passed - sight.at >= lease)) {
    seen.delete(path)
    return true
  }
  if (sight?.changed !== changed) seen.set(path, { changed, at: passed })
  return false
}

async function isRemoved(path: string): Promise<boolean> {
  try {
    // A program may have closed folders in it, or nested them past what a path can name.
    await loosen(path)
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
    return true
  } catch {
    return false
  }
}
