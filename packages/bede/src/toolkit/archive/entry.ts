import { type Allowance, refused } from './limits.ts'

/** A file or folder in an archive, while it is its turn. */
export interface ArchiveEntry {
  /** A name below a folder, which `safePath` takes: `photos/may.jpg`. */
  readonly name: string
  readonly folder: boolean
  /** Bytes that it says it has. More are never read. */
  readonly size: number
  /** When it says it was changed last. */
  readonly modified: Date | undefined
  /** What is in it, unpacked as it is read. Once, before the next entry is asked for. */
  stream(): AsyncIterable<Uint8Array>
  /** The same in one piece. */
  bytes(): Promise<Buffer>
}

/** The allowance that an entry counts in: an archive that is read out of one counts there too. */
const allowances = new WeakMap<object, Allowance>()
export const allowanceOf = (entry: object): Allowance | undefined => allowances.get(entry)

export interface EntryParts {
  readonly name: string
  readonly folder: boolean
  readonly size: number
  readonly modified: Date | undefined
  /** Opens it; called once at most. */
  readonly open: () => Promise<AsyncIterable<Uint8Array>>
}

/** An entry whose bytes are counted, and the end of its turn, which reads the rest where `rest` says so. */
export function countedEntry(parts: EntryParts, allowance: Allowance, signal: AbortSignal) {
  let opened = false
  let over = false
  async function* contents(): AsyncGenerator<Uint8Array> {
    if (opened || over) throw refused('an entry is read once, when it is its turn')
    opened = true
    if (parts.folder) return
    let bytes = 0
    for await (const chunk of await parts.open()) {
      signal.throwIfAborted()
      if (over) throw refused('an entry is read when it is its turn')
      bytes += chunk.length
      if (bytes > parts.size) throw refused('a file in it is larger than it says')
      allowance.unpacked(chunk.length, bytes)
      yield chunk
    }
    if (bytes !== parts.size) throw refused('a file in it is smaller than it says')
  }
  const running = contents()
  const { name, folder, size, modified } = parts
  const entry: ArchiveEntry = {
    name,
    folder,
    size,
    modified,
    stream: () => running,
    bytes: async () => {
      const chunks: Uint8Array[] = []
      for await (const chunk of running) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
  }
  allowances.set(entry, allowance)
  return {
    entry,
    /** `rest`: what was not read is read and counted, as in a stream that cannot pass it over. */
    async end(rest: boolean): Promise<void> {
      if (rest) for await (const _ of running);
      over = true
      await running.return(undefined)
    },
  }
}
