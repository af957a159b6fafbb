import type { FileStorage } from '../../../engine/files/storage.ts'

/** Files of which a trial leaves none, and takes none away. */
export interface TrialFiles {
  readonly storage: FileStorage
  begin(): void
  end(): Promise<void>
}

export function trialFiles(inner: FileStorage): TrialFiles {
  /** Of the trial that runs; undefined: what is done now stays. */
  let written: Set<string> | undefined
  const gone = new Set<string>()
  return {
    storage: {
      ...inner,
      async write(key, source, signal) {
        written?.add(key)
        gone.delete(key)
        await inner.write(key, source, signal)
      },
      read: async (key, span) => (gone.has(key) ? undefined : inner.read(key, span)),
      async remove(key) {
        if (written && !written.has(key)) gone.add(key)
        else await inner.remove(key)
      },
      async *list(prefix) {
        for await (const key of inner.list(prefix)) if (!gone.has(key)) yield key
      },
    },
    begin() {
      written = new Set()
      gone.clear()
    },
    async end() {
      for (const key of written ?? []) await inner.remove(key)
      written = undefined
      gone.clear()
    },
  }
}
