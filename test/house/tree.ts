import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's folder, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Files that are in the repository or would be with the next `git add`: paths from the root, sorted. */
export function files(keep: RegExp): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
    .split('\0')
    .filter((path) => keep.test(path) && existsSync(join(root, path)))
    .sort()
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
