import type { Operation } from '../manifest/manifest.ts'
import { type Body, textOf } from '../sql/statement.ts'
import type { Ran } from './compiled.ts'
import { sealCursor } from './cursor.ts'
import type { Opening } from './encryption/encryption.ts'
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
  { body, cursor = null, total = null, created }: Ran<Body>,
): Shaped {
  const answers = operation.kind === 'invoke' ? undefined : operation.answers
  const bulk = operation.kind === 'write' && operation.write?.each !== undefined
  const status = created && operation.http?.status === undefined ? 201 : successStatus(operation)
  if (answers?.kind !== 'page' || body === null)
    return { ...withBody(status, answers || bulk ? body : null), ...(created && { created }) }
  const next = cursor === null ? null : sealCursor(runtime.keys.derive('cursor'), { operation: name, input }, cursor)
  const count = total === null ? '' : `,"total":${total}`
  return { ...withBody(status, `{"items":${textOf(body)},"next":${JSON.stringify(next)}${count}}`), next }
}

/**
 * The answer with its encrypted values in clear. What its entity tag is made of stays as it is stored: the statement of a
 * later write compares with that.
 */
export function openedAnswer(shaped: Shaped, open: Opening): Shaped {
  const { answer } = shaped
  if (answer.kind !== 'json') return shaped
  const { text, headers } = answer
  return { ...shaped, answer: { kind: 'json', text: open(text), stored: text, ...(headers && { headers }) } }
}

function withBody(status: number, body: Body): Shaped {
  if (body === null) return { status: emptyStatus(status), answer: { kind: 'none' } }
  return { status, answer: typeof body === 'string' ? { kind: 'json', text: body } : new JsonBytes(body) }
}

/** JSON as bytes, which become a string for whoever wants one. */
class JsonBytes {
  readonly kind = 'json'
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get text(): string {
    return textOf(this.bytes)
  }
}
