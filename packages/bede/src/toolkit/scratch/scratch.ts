import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { keep, letGo, scratchName } from './lease.ts'

/** A folder for files that must not outlive what they are for. It is made when it is first needed. */
export interface Scratch {
  /** Its path. Only this user may look into it. */
  folder(): Promise<string>
  /** Writes a file with a name of its own making; its path. A part of a file is never left. */
  write(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<string>
  /** Removes the folder and all that is in it. May be called again, and while something is being written. */
  remove(): Promise<void>
}

/** A new one. Whoever asks for it removes it: see {@link withScratch}. */
export function createScratch(parent: string = tmpdir()): Scratch {
  let made: Promise<string> | undefined
  let gone = false
  const folder = (): Promise<string> => {
    if (gone) return Promise.reject(new Error('The scratch folder is gone: what it was for has ended'))
    made ??= mkdtemp(join(parent, scratchName())).then((path) => {
      keep(path)
      return path
    })
    return made
  }
  return {
    folder,
    async write(source, signal) {
      const path = join(await folder(), randomUUID())
      try {
        const to = createWriteStream(path, { flags: 'wx', mode: 0o600 })
        await pipeline(Readable.from(source), to, signal ? { signal } : {})
      } catch (error) {
        await rm(path, { force: true })
        throw error
      }
      return path
    },
    async remove() {
      gone = true
      const path = await made?.catch(() => undefined)
      if (path === undefined) return
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
      letGo(path)
    },
  }
}

/** Gives `work` a scratch folder, which is gone when it ends, however it ends. */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>, parent?: string): Promise<T> {
  const scratch = createScratch(parent)
  try {
    return await work(scratch)
  } finally {
    await scratch.remove()
  }
}
