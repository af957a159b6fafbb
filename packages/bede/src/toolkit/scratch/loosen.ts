import { randomUUID } from 'node:crypto'
import { chmod, opendir, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** For its owner alone. */
export const folderMode = 0o700

/** Characters of a path that leave room for a name after them, on every system. */
const longPath = 2_000

/**
 * Makes a scratch folder one that can be removed, whatever a program has done in it: folders that it closed are opened,
 * and those that it nested past what a path can name are brought up.
 */
export async function loosen(scratch: string): Promise<void> {
  const folders = [scratch]
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    await open(next)
    for await (const entry of await opendir(next)) {
      if (!entry.isDirectory()) continue
      const path = join(next, entry.name)
      if (path.length <= longPath) {
        folders.push(path)
        continue
      }
      const up = join(scratch, randomUUID())
      await open(path)
      await rename(path, up)
      folders.push(up)
    }
  }
}

/** For root no folder is closed, and changing none is safer: what is at a path may have become a link to somewhere else. */
const open = (folder: string): Promise<void> | undefined =>
  process.getuid?.() === 0 ? undefined : chmod(folder, folderMode)
