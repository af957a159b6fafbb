import { isAbsolute, join, resolve, sep } from 'node:path'
import { Problem } from '../../telemetry/problem.ts'
import { type NameOptions, nameParts } from './file-name.ts'

/**
 * The absolute path of the file with a caller's `name` below the folder `root`, and nowhere else. `name` has parts with
 * `/` between them and is the same on every system. It looks at no disk: a link that lies below `root` still leads
 * where it leads, so open what others can write to with `openBeneath`. Throws the Problem `unsafe-name` (400).
 */
export function safePath(root: string, name: string, options: NameOptions = {}): string {
  const base = absoluteRoot(root)
  const path = join(base, ...nameParts(name, options))
  // The parts were looked at; this holds even if that was not enough.
  const below = base.endsWith(sep) ? base : base + sep
  if (!path.startsWith(below)) throw new Problem('unsafe-name')
  return path
}

/** The folder, which the app names: a mistake in it is not its caller's. */
export function absoluteRoot(root: string): string {
  if (typeof root === 'string' && isAbsolute(root) && !root.includes('\0')) return resolve(root)
  throw new Problem('internal', { cause: new Error('The root of a safe path is an absolute path to a folder') })
}
