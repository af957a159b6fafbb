import { type FileOperation, fileOperations } from '../../declare/files.ts'
import { keptFileSchema } from '../../model/file.ts'
import type { InputField, InvokeOperation } from '../manifest.ts'
import { capital, kebab } from './address.ts'
import { auth, type Exposed, idInput, oneRow } from './row.ts'
import { uploadOperations } from './uploads.ts'

/** What of the policy each of them needs. */
const needs = { get: 'read', put: 'update', delete: 'update', upload: 'update' } as const

/** What the answer to a `PUT` says of the file. */
const shown: NonNullable<InvokeOperation['output']> = { type: { kind: 'json', schema: keptFileSchema } }

/** What its sender calls the file: for people, and for nothing else. */
const givenName: InputField = { type: { kind: 'text' }, max: 255, optional: true }

/**
 * `GET`, `PUT` and `DELETE /articles/:id/cover`, named `article.getCover` and so on; and what resumable uploads are made
 * of, see {@link uploadOperations}.
 */
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
      } else if (one === 'upload') Object.assign(operations, uploadOperations(open, field))
      else operations[`${open.name}.${one}${capital(field)}`] = operation(open, field, one)
    }
  }
  return operations
}

const isOperation = (name: unknown): name is FileOperation => fileOperations.some((one) => one === name)

function operation(open: Exposed, field: string, does: Exclude<FileOperation, 'upload'>): InvokeOperation {
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
