import type { Expr } from '../expr/expr.ts'
import type { ValueType } from '../expr/value.ts'
import { keptFileSchema } from '../model/file.ts'
import { Problem } from '../telemetry/problem.ts'
import { eq, rowField } from './exposed/row.ts'
import type { CompiledOperation, FileAccess, Manifest, Operation, Shape } from './manifest.ts'

/** What is done with the file that a row has, in one request. */
export type RowFile = Extract<FileAccess, { readonly does: 'get' | 'put' | 'delete' }>
export type FilePlace = Pick<RowFile, 'model' | 'field'>

export const isRowFile = (file: FileAccess | undefined): file is RowFile =>
  file?.does === 'get' || file?.does === 'put' || file?.does === 'delete'

/** Whether its body is bytes of a file. */
export const takesBytes = ({ does }: FileAccess): boolean => does === 'put' || does === 'append'

const fileType: ValueType = { kind: 'json', schema: keptFileSchema }

/**
 * What a row's file is, as the compiled operations that it is: the row is found under the model's policy and the field
 * under its own rules, by the one way there is for both (law 1).
 */
export interface RowFileOperations {
  /** `{ file }`, null where there is none or it may not be read. */
  readonly read: CompiledOperation
  /** Puts what the input `file` holds in its place; null takes it away. Answers as `read` does from then on. */
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
  const item: Shape = {
    kind: 'object',
    members: { file: { kind: 'value', expr: rowField(field), type: fileType, nullable: true } },
  }
  const operations: RowFileOperations = {
    read: {
      kind: 'read',
      auth: 'optional',
      input: { id: { type: id.type } },
      answers: { kind: 'one', from: { model, as: 'row', where: target }, item },
    },
    write: {
      kind: 'write',
      auth: 'optional',
      input: { id: { type: id.type }, file: { type: fileType, nullable: true } },
      write: { kind: 'update', model, target, set: { [field]: given } },
      answers: item,
    },
  }
  all.set(`${model} ${field}`, operations)
  return operations
}

/**
 * An operation as its rules see it: one about a row's file is the read or the update that it does. Whoever tells who may
 * do what asks this, and not the operation that has no rule of its own to show.
 */
export function asRuled(operation: Operation, manifest: Manifest): Operation {
  const { file } = operation.kind === 'invoke' ? operation : {}
  if (!file || file.does === 'signed') return operation
  const { read, write } = rowFileOperations(manifest, file)
  const { auth, http, scope, stepUp, personal } = operation
  return {
    ...(file.does === 'get' ? read : write),
    auth,
    ...(http && { http }),
    ...(scope !== undefined && { scope }),
    ...(stepUp !== undefined && { stepUp }),
    ...(personal && { personal }),
  }
}
