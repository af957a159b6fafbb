import type { Expr } from '../../expr/expr.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import { eq, rowField } from '../../manifest/exposed/row.ts'
import type { CompiledOperation, FileAccess, Manifest } from '../../manifest/manifest.ts'
import { type KeptFile, keptFileSchema } from '../../model/file.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type DbScope, runAdhoc } from '../handler/scope.ts'

export type RowFile = Exclude<FileAccess, { readonly does: 'signed' }>
export type FilePlace = Pick<RowFile, 'model' | 'field'>

const fileType: ValueType = { kind: 'json', schema: keptFileSchema }

/**
 * What a row's file is, as the compiled operations that it is: the row is found under the model's policy and the field
 * under its own rules, by the one way there is for both (law 1).
 */
export interface RowFileOperations {
  /** `{ file }`, null where there is none or it may not be read. */
  readonly read: CompiledOperation
  /** Puts what the input `file` holds in its place; null takes it away. */
  readonly write: CompiledOperation
}

const made = new WeakMap<Manifest, Map<string, RowFileOperations>>()

export function rowFileOperations(manifest: Manifest, { model, field }: FilePlace): RowFileOperations {
  const all = made.get(manifest) ?? new Map<string, RowFileOperations>()
  made.set(manifest, all)
  const known = all.get(`${model} ${field}`)
  if (known) return known
  const definition = Object.hasOwn(manifest.models, model) ? manifest.models[model] : undefined
  const id = definition?.fields[definition.id]
  if (!definition || !id || !definition.fields[field]?.file)
    throw new Problem('internal', { message: `${model}.${field} is not a file` })
  const target = eq(rowField(definition.id), { kind: 'input', path: ['id'], type: id.type })
  const given: Expr = { kind: 'input', path: ['file'], type: fileType }
  const operations: RowFileOperations = {
    read: {
      kind: 'read',
      auth: 'optional',
      input: { id: { type: id.type } },
      answers: {
        kind: 'one',
        from: { model, as: 'row', where: target },
        item: {
          kind: 'object',
          members: { file: { kind: 'value', expr: rowField(field), type: fileType, nullable: true } },
        },
      },
    },
    write: {
      kind: 'write',
      auth: 'optional',
      input: { id: { type: id.type }, file: { type: fileType, nullable: true } },
      write: { kind: 'update', model, target, set: { [field]: given } },
    },
  }
  all.set(`${model} ${field}`, operations)
  return operations
}

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
