import { uuidv7 } from '../../../sql/uuid.ts'
import { Problem } from '../../../telemetry/problem.ts'
import type { FileStorage } from '../storage.ts'
import type { Arriving } from './arriving.ts'
import type { Part } from './records.ts'

/** The bytes of parts lie together: what has no record here is nobody's. */
const parts = 'uploads/'
const keyOf = (id: string): string => `${parts}${id}`

/** Bytes of a part: as much as is sent again after a process was killed. */
const usualPart = 8 * 1024 ** 2
/** Of the largest files there are no more parts than that, as long as the line holds. */
const usualParts = 1_000

export const partSize = (length: number): number => Math.max(usualPart, Math.ceil(length / usualParts))

/**
 * Writes what comes next, about `size` bytes of it, behind the first `start` of the file. Undefined: nothing came. Throws a
 * Problem `unavailable` where it cannot be written; then nothing is left.
 */
export async function writePart(
  storage: FileStorage,
  body: Arriving,
  start: number,
  size: number,
): Promise<Part | undefined> {
  const id = uuidv7()
  const before = body.taken()
  try {
    await storage.write(keyOf(id), body.part(size))
  } catch (cause) {
    await removeParts(storage, [{ id }]).catch(() => {}) // the sweep comes back to it
    throw new Problem('unavailable', { message: 'Files cannot be kept at the moment', retryAfter: 5, cause })
  }
  const part = { id, start, size: body.taken() - before }
  if (part.size > 0) return part
  await removeParts(storage, [part])
  return undefined
}

/**
 * The bytes of all parts, one after the other. `passed` is called behind each. Throws a Problem `not-found` where one is
 * not there, `unavailable` where one cannot be read.
 */
export async function* joined(
  storage: FileStorage,
  all: readonly Part[],
  passed: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for (const part of all) {
    yield* bytesOf(storage, part)
    await passed()
  }
}

async function* bytesOf(storage: FileStorage, { id, size }: Part): AsyncGenerator<Uint8Array> {
  let read = 0
  try {
    const found = await storage.read(keyOf(id))
    for await (const chunk of found ?? []) {
      read += chunk.length
      yield chunk
    }
  } catch (cause) {
    throw new Problem('unavailable', { message: 'Files cannot be read at the moment', retryAfter: 5, cause })
  }
  if (read !== size) throw new Problem('not-found', { message: 'A part of this upload is not there any more' })
}

export async function removeParts(storage: FileStorage, all: readonly Pick<Part, 'id'>[]): Promise<void> {
  for (const { id } of all) await storage.remove(keyOf(id))
}

/** The ids of parts that are there. */
export async function* storedParts(storage: FileStorage): AsyncGenerator<string> {
  for await (const key of storage.list(parts)) yield key.slice(parts.length)
}
