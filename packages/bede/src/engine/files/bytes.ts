import type { KeptFile } from '../../model/file.ts'
import { timeOfId, uuidv7 } from '../../sql/uuid.ts'
import { isProblem, Problem } from '../../telemetry/problem.ts'
import { admit, type FileRules } from '../../toolkit/content/admit.ts'
import { givenName } from '../../toolkit/content/given-name.ts'
import type { Content } from '../call.ts'
import type { FileStorage, Span } from './storage.ts'

/**
 * Where the bytes of a file lie: in folders of four and a half hours each, and of 256 below, so that none grows too
 * large. The id says both: it begins with the time and ends at random.
 */
export const keyOf = (id: string): string => `${id.slice(0, 6)}/${id.slice(-2)}/${id}`

/** Marks a file about which nothing has been settled yet: after a crash it is known by this that it may have to go. */
const unsettled = 'unsettled/'
const markOf = (id: string): string => `${unsettled}${id}`

/** A file whose bytes are written, and that nobody keeps yet. */
export interface Arrived {
  readonly file: KeptFile
  /** It is kept: its record is committed. */
  kept(): Promise<void>
  /** It is not. */
  undo(): Promise<void>
}

export interface Named extends Content {
  readonly name?: string | undefined
}

/**
 * Looks at a file and writes its bytes. Throws the Problems of {@link admit} and what the source throws, and nothing is
 * left; `unavailable` where they cannot be written, and then what may be left is marked.
 */
export async function bring(
  storage: FileStorage,
  { bytes, type, length, name }: Named,
  rules: FileRules,
  signal: AbortSignal,
): Promise<Arrived> {
  const admitted = await admit(bytes, rules, {
    ...(type !== undefined && { type }),
    ...(length !== undefined && { length }),
  })
  const id = uuidv7()
  const source = watched(admitted.body)
  const undo = async (): Promise<void> => {
    await storage.remove(keyOf(id))
    await storage.remove(markOf(id))
  }
  try {
    await storage.write(markOf(id), nothing(), signal)
    await storage.write(keyOf(id), source.body, signal)
  } catch (error) {
    await admitted.close()
    // Where the place has failed, the bytes may come to be there yet: the mark stays, and the sweep comes back to it.
    const isCertain = source.failed(error) || error === signal.reason
    if (isCertain) await undo().catch(() => {})
    if (isCertain || signal.aborted || isProblem(error)) throw error
    throw new Problem('unavailable', { message: 'Files cannot be kept at the moment', retryAfter: 5, cause: error })
  }
  const { size, sha256 } = admitted.measured()
  const { width = null, height = null } = admitted.dimensions ?? {}
  return {
    file: { id, name: givenName(name), type: admitted.type, size, sha256, width, height },
    kept: () => storage.remove(markOf(id)),
    undo,
  }
}

/** Tells what the source itself threw from what the storage did. */
function watched(body: AsyncIterable<Uint8Array>) {
  let thrown: { readonly error: unknown } | undefined
  async function* passed(): AsyncGenerator<Uint8Array> {
    try {
      yield* body
    } catch (error) {
      thrown = { error }
      throw error
    }
  }
  return { body: passed(), failed: (error: unknown) => thrown !== undefined && thrown.error === error }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The bytes of a file. Throws a Problem `not-found` where they are not there, though a row says so. */
export async function bytesOf(storage: FileStorage, { id }: Pick<KeptFile, 'id'>, span?: Span) {
  const found = await storage.read(keyOf(id), span)
  if (found) return found
  throw new Problem('not-found', { message: 'The file is not there any more', cause: new Error(`no bytes of ${id}`) })
}

/**
 * Removes the bytes of a file that nobody keeps. `forget` removes its record in between: whenever the process ends,
 * the mark or the record is there, and the sweep goes on from it.
 */
export async function discard(storage: FileStorage, id: string, forget: () => Promise<void>): Promise<void> {
  await storage.write(markOf(id), nothing())
  await forget()
  await storage.remove(keyOf(id))
  await storage.remove(markOf(id))
}

/** The ids of files about which nothing is settled, and that came before then. */
export async function* unsettledBefore(storage: FileStorage, before: Date): AsyncGenerator<string> {
  for await (const key of storage.list(unsettled)) {
    const id = key.slice(unsettled.length)
    if (timeOfId(id) < before.valueOf()) yield id
  }
}

/** Settles one: its bytes go where it has no record. */
export async function settle(storage: FileStorage, id: string, isKept: boolean): Promise<void> {
  if (!isKept) await storage.remove(keyOf(id))
  await storage.remove(markOf(id))
}
