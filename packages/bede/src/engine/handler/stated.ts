import { formsOf, hasSuccess, ownAnswer, responseFor } from '../../manifest/answered.ts'
import type { InputField, InvokeOperation, ResponseDefinition } from '../../manifest/manifest.ts'
import type { ProblemDetail } from '../../telemetry/problem.ts'
import { preferred } from '../accept.ts'
import { emptyStatus, successStatus } from '../answer.ts'
import { schemaMistakes } from '../input/validate.ts'

/** What an operation says it answers with a status: a definition; `anything`; or that it never answers with that one. */
export function statedFor(operation: InvokeOperation, status: number): ResponseDefinition | 'anything' | 'never' {
  const { responses } = operation
  const own = ownAnswer(operation)
  if (!responses) return own ?? 'anything'
  const success = successStatus(operation)
  if (own && status === success && !Object.hasOwn(responses, status)) return own
  const listed = responseFor(responses, status)
  if (listed) return listed
  return status === emptyStatus(success) && !own && !hasSuccess(responses) ? {} : 'never'
}

/**
 * The media types of an answer when all is well, of which a caller has to want one; undefined: it is JSON under another
 * name, a page, a file or whatever the handler makes, and comes as it is.
 */
export function offeredBy(operation: InvokeOperation): readonly string[] | undefined {
  const stated = statedFor(operation, successStatus(operation))
  if (typeof stated === 'string') return undefined
  return stated.also || (stated.output && stated.produces === undefined) ? [...formsOf(stated).keys()] : undefined
}

/** Which of them a call gets; undefined: there is nothing to choose, or it is the usual one. */
export function chosenOf(operation: InvokeOperation, accept: string | undefined): string | undefined {
  const offered = offeredBy(operation)
  const chosen = offered && preferred(accept, offered)
  return chosen === offered?.[0] ? undefined : chosen
}

/** The status of an answer that names none. An empty one is a 204, unless it is said that even then it is another. */
export function plainStatus(operation: InvokeOperation, empty: boolean): number {
  const success = successStatus(operation)
  const listed = operation.responses?.[success]
  return empty && !(listed && !listed.output && listed.produces === undefined) ? emptyStatus(success) : success
}

const checks = new WeakMap<object, (value: never) => readonly ProblemDetail[]>()

/** Every way in which a JSON value is not what an operation says it answers. Compiled once for each shape. */
export function outputMistakes(output: InputField, value: unknown): readonly ProblemDetail[] {
  const find = checks.get(output) ?? schemaMistakes({ output })
  checks.set(output, find)
  return find({ output: value } as never)
}

/** What is wrong with the header lines of an answer, in words; undefined: nothing. */
export function headerMistake(
  fields: Readonly<Record<string, InputField>>,
  headers: Readonly<Record<string, string>>,
): string | undefined {
  const sent = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const values = Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const value = sent.get(name.toLowerCase())
      return value === undefined ? [] : [[name, spoken(field, value)]]
    }),
  )
  const find = checks.get(fields) ?? schemaMistakes(fields)
  checks.set(fields, find)
  const [first] = find(values as never)
  return first && `its header ${first.place.slice(1)}: ${first.message}`
}

/** What a line of text says, by its declared type. */
function spoken({ type, items }: InputField, text: string): Spoken | readonly Spoken[] {
  if (type.kind === 'array') return text.split(',').map((item) => word(items?.type.kind, item.trim()))
  return word(type.kind, text)
}

type Spoken = string | number | boolean

function word(kind: string | undefined, text: string): Spoken {
  if (kind === 'integer' || kind === 'float') return text.trim() === '' ? text : Number(text)
  return kind === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text
}
