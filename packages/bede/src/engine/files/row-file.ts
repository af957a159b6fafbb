import type { Json } from '../../expr/value.ts'
import { type FilePlace, rowFileOperations } from '../../manifest/files.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import type { KeptFile } from '../../model/file.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { FileRules } from '../../toolkit/content/admit.ts'
import { type DbScope, ranAdhoc } from '../handler/scope.ts'
import type { Work } from '../work.ts'

/** With the rights of whose call it is. */
export const scopeOf = (work: Work): DbScope => ({ work, place: work.place, actor: work.call.actor })

/** What a file of a row may be. */
export function rulesAt({ models }: Manifest, { model, field }: FilePlace): FileRules {
  const rules = models[model]?.fields[field]?.file
  if (rules) return rules
  throw new Problem('internal', { message: `${model}.${field} is not a file` })
}

/** The file of a row, for the scope's actor. Throws a Problem `not-found` where there is none for them. */
export const readFile = async (scope: DbScope, place: FilePlace, id: Json): Promise<KeptFile> =>
  (await tellFile(scope, place, id)).file

/** The same, with what the database says of it as text: the version that `If-Match` is compared with. */
export async function tellFile(
  scope: DbScope,
  place: FilePlace,
  id: Json,
): Promise<{ readonly file: KeptFile; readonly told: string }> {
  const { read } = rowFileOperations(scope.work.runtime.manifest, place)
  const { body } = await ranAdhoc(scope, { operation: read, input: { id } })
  const answer: Json = JSON.parse(body ?? 'null')
  const file = isObject(answer) ? answer.file : null
  if (body === null || !isObject(file))
    throw new Problem('not-found', { message: 'There is no file here that you may see' })
  // What the column holds was written from a KeptFile, and is written by nobody else.
  return { file: file as unknown as KeptFile, told: body }
}

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Writes which file a row has, with the rights of the scope's actor. Gives what the database says of it from then on, null
 * where the actor may not see it. `ifMatch`: only where it has one of these versions. Throws the Problems of an update.
 */
export async function writeFile(
  scope: DbScope,
  place: FilePlace,
  id: Json,
  file: KeptFile | null,
  ifMatch?: readonly string[],
): Promise<string | null> {
  const { write } = rowFileOperations(scope.work.runtime.manifest, place)
  const { body } = await ranAdhoc(scope, { operation: write, input: { id, file }, ...(ifMatch && { ifMatch }) })
  return body
}

/**
 * Refuses whoever may not write the file of this row, before a byte of it is read (class 19): does all that the write
 * will do, with a file that is none, and takes it back.
 */
export async function checkMayWrite(
  scope: DbScope,
  place: FilePlace,
  id: Json,
  ifMatch?: readonly string[],
): Promise<void> {
  const { connection } = scope.place
  try {
    await connection.transaction(
      async (inner) => {
        await writeFile({ ...scope, place: { connection: inner, inTransaction: true } }, place, id, noFile, ifMatch)
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
