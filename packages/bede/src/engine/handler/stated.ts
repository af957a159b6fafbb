import type { InputField, InvokeOperation, ResponseDefinition } from '../../manifest/manifest.ts'
import type { ProblemDetail } from '../../telemetry/problem.ts'
import { emptyStatus, successStatus } from '../answer.ts'
import { schemaMistakes } from '../input/validate.ts'

/** What an operation says it answers with a status: a definition; `anything`; or that it never answers with that one. */
export function statedFor(operation: InvokeOperation, status: number): ResponseDefinition | 'anything' | 'never' {
  const { output, produces, responses } = operation
  const listed = responses && Object.hasOwn(responses, status) ? responses[status] : undefined
  if (listed) return listed
  const stated = output !== undefined || produces !== undefined
  if (!responses)
    return stated ? { ...(output && { output }), ...(produces !== undefined && { produces }) } : 'anything'
  const success = successStatus(operation)
  if (status === success && stated) return { ...(output && { output }), ...(produces !== undefined && { produces }) }
  return status === emptyStatus(success) && !stated && !hasSuccess(responses) ? {} : 'never'
}

/** The status of an answer that names none. An empty one is a 204, unless it is said that even then it is another. */
export function plainStatus(operation: InvokeOperation, empty: boolean): number {
  const success = successStatus(operation)
  const listed = operation.responses?.[success]
  return empty && !(listed && !listed.output && listed.produces === undefined) ? emptyStatus(success) : success
}

const hasSuccess = (responses: Readonly<Record<string, ResponseDefinition>>): boolean =>
  Object.keys(responses).some((status) => status.startsWith('2'))

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
function spoken({ type }: InputField, text: string): string | number | boolean {
  if (type.kind === 'integer' || type.kind === 'float') return Number(text)
  return type.kind === 'boolean' ? text === 'true' : text
}
