import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where the control group of this process is, as the system shows it: the folder of all groups, and the path below it. */
interface Own {
  readonly root: string
  readonly path: string
}

/**
 * Folders of control groups in which this process may make its own, the best first: the one above its own, where a
 * group may be limited, and its own. What somebody else looks after is not among them, though root could write there:
 * systemd's slices, and units which were not said to be `Delegate`.
 */
export function delegatedPlaces(user: number | undefined = process.getuid?.()): readonly string[] {
  const own = ownGroup()
  if (!own || user === undefined) return []
  const above = dirname(own.path)
  const places = above === own.path ? [above] : [above, own.path]
  return places
    .filter((place) => isDelegated(place, own.path, user === 0 || ownerOfFolder(join(own.root, place)) !== user))
    .map((place) => join(own.root, place))
}

/**
 * Whether this process is the one to look after a group. `asRoot`: that it may write there says nothing. In a container
 * the root of all that is to be seen is the container's; below a unit of systemd everything is the unit's, and there is
 * nothing below one that looks after nothing.
 */
export function isDelegated(place: string, own: string, asRoot: boolean): boolean {
  const names = own.split('/').filter((name) => name !== '')
  const depth = place.split('/').filter((name) => name !== '').length
  if (depth === 0) return true
  if (names[depth - 1]?.endsWith('.slice')) return false
  const unit = names.findIndex((name) => /\.(?:service|scope)$/.test(name))
  return !asRoot || (unit >= 0 && unit + 1 < names.length && depth > unit)
}

function ownerOfFolder(folder: string): number | undefined {
  try {
    return statSync(folder).uid
  } catch {
    return undefined
  }
}

function ownGroup(): Own | undefined {
  try {
    const [, path] = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? []
    return path === undefined ? undefined : seenAt(path, readFileSync('/proc/self/mountinfo', 'utf8'))
  } catch {
    // A system without them.
    return undefined
  }
}

/** Where a group is to be seen, by the list of what is mounted (`proc_pid_mountinfo(5)`). */
export function seenAt(path: string, mounts: string): Own | undefined {
  for (const line of mounts.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '', folder = ''] = before.split(' ')
    if (!after.startsWith('cgroup2 ')) continue
    if (root === '/') return { root: folder, path }
    // A container may be shown its own group alone, and told its name in the whole.
    if (path === root || path.startsWith(`${root}/`)) return { root: folder, path: path.slice(root.length) || '/' }
  }
  return undefined
}
