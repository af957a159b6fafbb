import type { FileAccess, InputField, InvokeOperation, ResponseDefinition } from '../manifest.ts'
import { platform } from '../platform/names.ts'
import { capital, kebab } from './address.ts'
import { auth, type Exposed, idInput, oneRow } from './row.ts'

/** A step of a resumable upload. */
export type UploadAccess = Extract<FileAccess, { readonly does: 'begin' | 'find' | 'append' | 'abandon' }>
type Does = UploadAccess['does']

/** Letters of what a client tells about a file: its name and type in base64, and room for what it tells beside. */
const longestMetadata = 4_096
/** Letters of a checksum with the name of its algorithm. */
const longestChecksum = 100
/** The largest number that is exact wherever numbers are doubles. */
const most = String(Number.MAX_SAFE_INTEGER)

const bytes: InputField = { type: { kind: 'bigint' }, min: '0', max: most }
const said = (max: number): InputField => ({ type: { kind: 'text' }, max, optional: true })
const upload: InputField = { type: { kind: 'id', model: platform.upload } }

/** Header lines of an answer. */
const lines = (description: string, ...names: readonly string[]): ResponseDefinition => ({
  description,
  headers: Object.fromEntries(['Tus-Resumable', ...names].map((name) => [name, { type: { kind: 'text' } }])),
})

interface Step {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly summary: string
  readonly input: Readonly<Record<string, InputField>>
  /** Which header line brings which input. */
  readonly headers?: Readonly<Record<string, readonly string[]>>
  readonly status: number
  readonly answers: ResponseDefinition
}

/** The requests of a resumable upload (tus 1.0.0), and the inputs that their header lines bring. */
const steps: Readonly<Record<Does, Step>> = {
  begin: {
    method: 'POST',
    summary: 'Begins a resumable upload of the file (tus 1.0.0)',
    input: { length: bytes, metadata: said(longestMetadata) },
    headers: { 'Upload-Length': ['length'], 'Upload-Metadata': ['metadata'] },
    status: 201,
    answers: lines('It has begun: `Location` is where its bytes go.', 'Location', 'Upload-Expires'),
  },
  find: {
    method: 'GET',
    summary: 'How far a resumable upload is; asked with HEAD by clients of tus',
    input: { upload },
    status: 204,
    answers: lines(
      '`Upload-Offset` bytes of `Upload-Length` have come.',
      'Upload-Offset',
      'Upload-Length',
      'Upload-Expires',
    ),
  },
  append: {
    method: 'PATCH',
    summary: 'Goes on with a resumable upload; its last byte makes it the file of the row',
    input: { upload, offset: bytes, checksum: said(longestChecksum) },
    headers: { 'Upload-Offset': ['offset'], 'Upload-Checksum': ['checksum'] },
    status: 204,
    answers: lines('These bytes have come.', 'Upload-Offset', 'Upload-Expires'),
  },
  abandon: {
    method: 'DELETE',
    summary: 'Gives up a resumable upload: what has come of it is removed',
    input: { upload },
    status: 204,
    answers: lines('It is gone.'),
  },
}

/**
 * `POST /articles/:id/cover/uploads` and, for the upload that it begins, `HEAD`, `PATCH` and `DELETE` of
 * `/articles/:id/cover/uploads/:upload`; named `article.beginCoverUpload` and so on.
 */
export function uploadOperations(open: Exposed, field: string): Readonly<Record<string, InvokeOperation>> {
  return Object.fromEntries(
    Object.entries(steps).map(([does, step]) => [
      `${open.name}.${does}${capital(field)}Upload`,
      operation(open, field, does as Does, step),
    ]),
  )
}

function operation(open: Exposed, field: string, does: Does, step: Step): InvokeOperation {
  const { method, summary, input, headers, status, answers } = step
  const row = oneRow(open, method, { status })
  const path = `${row.path}/${kebab(field)}/uploads`
  const one = Object.hasOwn(input, 'upload')
  return {
    kind: 'invoke',
    auth: auth(open.policy.update?.from),
    input: { id: idInput(open), ...input },
    file: { does, model: open.name, field },
    responses: { [status]: answers },
    summary,
    http: {
      ...row,
      path: one ? `${path}/:upload` : path,
      params: { ...row.params, ...(one && { upload: ['upload'] }) },
      ...(headers && { headers }),
    },
  }
}

/** What each of them takes, in this order: a manifest from anywhere has no other. */
export const uploadInputs: Readonly<Record<Does, readonly string[]>> = {
  begin: ['id', ...Object.keys(steps.begin.input)],
  find: ['id', ...Object.keys(steps.find.input)],
  append: ['id', ...Object.keys(steps.append.input)],
  abandon: ['id', ...Object.keys(steps.abandon.input)],
}

/** Whether it is one. */
export const isUpload = (access: FileAccess | undefined): access is UploadAccess =>
  access !== undefined && Object.hasOwn(steps, access.does)
