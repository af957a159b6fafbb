import type { Json } from '../../expr/value.ts'
import { type FilePlace, rowFileOperations } from '../../manifest/files.ts'
import type { KeptFile } from '../../model/file.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type DbScope, runAdhoc } from '../handler/scope.ts'

/** The file of a row, for the scope's actor. Throws a Problem `not-found` where there is none for them. */
export async function readFile(scope: DbScope, place: FilePlace, id: Json): Promise<KeptFile> {
  const { read } = rowFileOperations(scope.work.runtime.manifest, place)
  const answer = await runAdhoc(scope, { operation: read, input: { id } })
  const file = isObject(answer) ? answer.file : null
  if (!isObject(file)) throw new Problem('not-found', { message: 'There is no file here that you may see' })
  // What the column holds was written from a KeptFile, and is written by nobody else.
  return file as unknown as KeptFile
}

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Writes which file a row has, with the rights of the scope's actor. Throws the Problems of an update. */
export async function writeFile(scope: DbScope, place: FilePlace, id: Json, file: KeptFile | null): Promise<void> {
  const { write } = rowFileOperations(scope.work.runtime.manifest, place)
  await runAdhoc(scope, { operation: write, input: { id, file } })
}

/**
 * Refuses whoever may not write the file of this row, before a byte of it is read (class 19): does all that the write
 * will do, with a file that is none, and takes it back.
 */
export async function checkMayWrite(scope: DbScope, place: FilePlace, id: Json): Promise<void> {
  const { connection } = scope.place
  try {
    await connection.transaction(
      async (inner) => {
        await writeFile({ ...scope, place: { connection: inner, inTransaction: true } }, place, id, noFile)
        throw takenBack
      },
      { signal: scope.work.limit },
    )
  } catch (error) {
    if (error !== takenBack) throw error
  }
}

const takenBack = new Error('It may be written: this was a question')
const noFile: KeptFile = {
  id: '00000000-0000-0000-0000-000000000000',
  name: null,
  type: 'application/octet-stream',
  size: 0,
  sha256: '',
  width: null,
  height: null,
}
