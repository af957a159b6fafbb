import { type FileOperation, fileOperations } from '../../declare/files.ts'
import { keptFileSchema } from '../../model/file.ts'
import type { FileAccess, InputField, InvokeOperation } from '../manifest.ts'
import { kebab } from './address.ts'
import { auth, type Exposed, idInput, oneRow } from './row.ts'

/** What of the policy each of them needs. */
const needs = { get: 'read', put: 'update', delete: 'update' } as const

/** What the answer to a `PUT` says of the file. */
const shown: NonNullable<InvokeOperation['output']> = { type: { kind: 'json', schema: keptFileSchema } }

/** What its sender calls the file: for people, and for nothing else. */
const givenName: InputField = { type: { kind: 'text' }, max: 255, optional: true }

/** `GET`, `PUT` and `DELETE /articles/:id/cover`, named `article.getCover` and so on. */
export function filesOf(open: Exposed): Record<string, InvokeOperation> {
  const operations: Record<string, InvokeOperation> = {}
  for (const [field, does] of Object.entries(open.exposure.files)) {
    const place = `${open.place}.files.${field}`
    const files = Object.entries(open.model.fields).flatMap(([name, { file }]) => (file ? [name] : []))
    if (!files.includes(field)) {
      open.mistakes.unknown(place, 'unknown-model-field', `file of ${open.name}`, field, files)
      continue
    }
    for (const one of Array.isArray(does) ? does : []) {
      if (!isOperation(one))
        open.mistakes.unknown(place, 'invalid-declaration', 'operation', String(one), fileOperations)
      else if (open.policy[needs[one]] === undefined) {
        open.mistakes.add(
          place,
          'invalid-declaration',
          `${one} is exposed, and the policy of ${open.name} does not state ${needs[one]}: everybody would be refused`,
          `State ${needs[one]} in the policy of ${open.name}, or take '${one}' away.`,
        )
      } else
        operations[`${open.name}.${one}${field.charAt(0).toUpperCase()}${field.slice(1)}`] = operation(open, field, one)
    }
  }
  return operations
}

const isOperation = (name: unknown): name is FileOperation => fileOperations.some((one) => one === name)

function operation(open: Exposed, field: string, does: FileOperation): InvokeOperation {
  const { policy } = open
  const http = oneRow(open, methods[does], { status: does === 'delete' ? 204 : 200 })
  return {
    kind: 'invoke',
    auth: auth(does === 'get' ? policy.read : policy.update?.from),
    input: { id: idInput(open), ...(does === 'put' && { name: givenName }) },
    file: { does, model: open.name, field },
    ...(does === 'put' && { output: shown }),
    http: {
      ...http,
      path: `${http.path}/${kebab(field)}`,
      ...(does === 'put' && { query: { name: ['name'] } }),
    },
  }
}

const methods = { get: 'GET', put: 'PUT', delete: 'DELETE' } as const

/** Where files are read by whoever has an address that was signed for it. */
export const signedPath = '/signed-files'
const longestToken = 500

export const signedFiles: Readonly<Record<string, InvokeOperation>> = {
  'files.signed': {
    kind: 'invoke',
    auth: 'optional',
    input: { token: { type: { kind: 'text' }, max: longestToken } },
    file: { does: 'signed' },
    summary: 'The file that this address was signed for',
    http: { method: 'GET', path: `${signedPath}/:token`, params: { token: ['token'] }, query: {} },
  },
}

/** Whether it is about a row's file. */
export const isRowFile = (file: FileAccess | undefined): file is Exclude<FileAccess, { does: 'signed' }> =>
  file !== undefined && file.does !== 'signed'
