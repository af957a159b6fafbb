import { existsSync, type FSWatcher, readFileSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'

/** Editors write a file in several steps, some by way of a second file; this long after the last step it is whole, in milliseconds. */
const SETTLE = 30

/** What to look at: files by their whole path, with the text that was loaded, and folders in which a file was missing. */
export interface Watched {
  readonly files: ReadonlyMap<string, string>
  readonly missing: Iterable<string>
}

export interface Watcher {
  /** Looks at these from now on, and at nothing else. */
  look(watched: Watched): void
  close(): void
}

/**
 * Calls `changed` with the files that changed, once they are whole. It watches the folders of the files that the app was
 * loaded from and no others: not node_modules, not the data, and no more folders than the app has. Saving a file
 * unchanged is no change.
 */
export function watchFiles(changed: (paths: readonly string[]) => void): Watcher {
  const folders = new Map<string, FSWatcher>()
  let contents: ReadonlyMap<string, string> = new Map()
  let missing = new Set<string>()
  const touched = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  const settle = () => {
    const paths = [...touched].filter((path) => contents.get(path) !== contentOf(path))
    touched.clear()
    if (paths.length > 0) changed(paths)
  }
  const touch = (path: string) => {
    if (!contents.has(path) && !missing.has(dirname(path))) return
    touched.add(path)
    clearTimeout(timer)
    timer = setTimeout(settle, SETTLE)
  }
  return {
    look(watched) {
      contents = watched.files
      missing = new Set([...watched.missing].map(nearestFolder))
      const wanted = new Set([...contents.keys()].map(dirname).concat([...missing]))
      for (const [folder, watcher] of folders) {
        if (wanted.has(folder)) continue
        watcher.close()
        folders.delete(folder)
      }
      for (const folder of wanted) {
        if (folders.has(folder) || !existsSync(folder)) continue
        const watcher = watch(folder, (_, name) => name && touch(join(folder, name)))
        // A folder that is taken away while it is watched; its files are found missing at the next loading.
        watcher.on('error', () => watcher.close())
        folders.set(folder, watcher)
      }
      // What was saved while it was being loaded.
      for (const [path, text] of contents) if (contentOf(path) !== text) touch(path)
    },
    close() {
      clearTimeout(timer)
      for (const watcher of folders.values()) watcher.close()
      folders.clear()
    },
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** A folder that is not there yet is waited for in the one above it. */
function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}
