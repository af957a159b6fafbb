import type { Operation } from '../manifest/manifest.ts'
import type { Ran } from './compiled.ts'
import { sealCursor } from './cursor.ts'
import type { Result, Shaped, Work } from './work.ts'

/** The status of an answer with a body (RFC 9110 §15.3). */
export const successStatus = (operation: Operation): number =>
  operation.http?.status ?? (creates(operation) ? 201 : 200)

const creates = (operation: Operation): boolean =>
  operation.kind === 'write' &&
  operation.write?.kind === 'create' &&
  !operation.write.each &&
  operation.write.exists?.then !== 'update'

/** The same when there is no body: 200 promises one. */
export const emptyStatus = (status: number): number => (status === 200 ? 204 : status)

/** What running gave, as the surfaces give it on. The database's text is not parsed. */
export function shape(work: Work, result: Result): Shaped {
  switch (result.kind) {
    case 'handled':
      return result.shaped
    case 'kept':
      return { ...withBody(result.status, result.body), replayed: true }
    case 'ran':
      return shapeRan(work, result.ran)
  }
}

function shapeRan(
  { name, operation, input, runtime }: Work,
  { body, cursor = null, total = null, created }: Ran,
): Shaped {
  const answers = operation.kind === 'invoke' ? undefined : operation.answers
  const bulk = operation.kind === 'write' && operation.write?.each !== undefined
  const status = created && operation.http?.status === undefined ? 201 : successStatus(operation)
  if (answers?.kind !== 'page' || body === null)
    return { ...withBody(status, answers || bulk ? body : null), ...(created && { created }) }
  const next = cursor === null ? null : sealCursor(runtime.keys.cursor, { operation: name, input }, cursor)
  const count = total === null ? '' : `,"total":${total}`
  return { ...withBody(status, `{"items":${body},"next":${JSON.stringify(next)}${count}}`), next }
}

const withBody = (status: number, text: string | null): Shaped =>
  text === null ? { status: emptyStatus(status), answer: { kind: 'none' } } : { status, answer: { kind: 'json', text } }
