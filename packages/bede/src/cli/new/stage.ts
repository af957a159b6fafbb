import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writing } from '../command/writing.ts'
import { refuseUnlessEmpty } from './project.ts'

/** A folder of its own in which a project is made whole, before it stands where somebody wants it. */
export interface Stage {
  readonly folder: string
  /**
   * Puts all of it into `target`, which is empty or not there. Throws the Problems `folder-in-use` and `cannot-write`, and
   * then the target is as it was.
   */
  place(target: string, shown: string): void
  /** Takes it away; what was placed stays. */
  drop(): void
}

export function openStage(): Stage {
  const folder = writing(tmpdir(), () => mkdtempSync(join(tmpdir(), 'bede-new-')))
  return {
    folder,
    place: (target, shown) => writing(shown, () => put(folder, target)),
    drop: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function put(from: string, target: string): void {
  refuseUnlessEmpty(target)
  const times = existsSync(target) ? statSync(target) : undefined
  const first = mkdirSync(target, { recursive: true })
  const undo: (() => void)[] = []
  try {
    copy(from, target, undo)
  } catch (error) {
    // What somebody else has put there meanwhile is not ours to take away.
    for (const step of undo.reverse()) quietly(step)
    if (first !== undefined)
      for (let at = target; at.length >= first.length; at = join(at, '..')) quietly(() => rmdirSync(at))
    if (times) quietly(() => utimesSync(target, times.atimeMs / 1000, times.mtimeMs / 1000))
    throw error
  }
}

function copy(from: string, to: string, undo: (() => void)[]): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      mkdirSync(target)
      undo.push(() => rmdirSync(target))
      copy(source, target, undo)
    } else {
      copyFileSync(source, target, constants.COPYFILE_EXCL)
      undo.push(() => unlinkSync(target))
    }
  }
}

function quietly(step: () => void): void {
  try {
    step()
  } catch {
    // The error that is told is the one that came first.
  }
}
