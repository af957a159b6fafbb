import type { AnyField, FieldDeclaration, Inputs } from '../model/field.ts'
import { Problem } from '../telemetry/problem.ts'
import { fieldsOnly, type InputDeclarations, isField } from './inputs.ts'
import { mistaken, part } from './recording.ts'

/** The members of an object, or one value: a list, a text. */
export type Shape = Inputs | AnyField

/** Other media types of the same answer, by name; `output`: of JSON, its shape. */
export interface Also {
  readonly [media: string]: { readonly output?: Shape }
}

/** What a route answers with one status. */
export interface ResponseOptions {
  /** JSON of this shape. Absent, and `produces` too: no body. */
  readonly output?: Shape
  /** The media type of the body: of JSON, where it is not `application/json`; else of a page, a text, a file or a stream. */
  readonly produces?: string
  /** Other media types of it: the caller's `Accept` decides, and the handler answers with `byMedia`. */
  readonly also?: Also
  /** Header lines that it has. */
  readonly headers?: Inputs
  readonly description?: string
}

/** By status; by the first digit of several; and those that are not named. The nearest of them counts. */
export interface Responses {
  readonly [status: number]: ResponseOptions
  readonly '2XX'?: ResponseOptions
  readonly '3XX'?: ResponseOptions
  readonly '4XX'?: ResponseOptions
  readonly '5XX'?: ResponseOptions
  readonly default?: ResponseOptions
}

/** What a route answers with one status, as recorded. */
export interface RecordedResponse {
  readonly output: InputDeclarations | FieldDeclaration | undefined
  readonly produces: string | undefined
  readonly also: RecordedAlso
  readonly headers: InputDeclarations
  readonly description: string | undefined
}

/** Other media types of an answer, with the shape of each that is JSON. */
export type RecordedAlso = ReadonlyMap<string, InputDeclarations | FieldDeclaration | undefined>

interface Loose {
  readonly output?: unknown
  readonly produces?: unknown
  readonly also?: unknown
  readonly headers?: unknown
  readonly description?: unknown
}

/** The members of an object, or one field; what is neither is a mistake. */
export const recordShape = (place: string, declared: unknown): InputDeclarations | FieldDeclaration =>
  isField(declared) ? (fieldsOnly(place, { value: declared }).value ?? declared) : fieldsOnly(place, Object(declared))

const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/

/** A media type (RFC 9110 §8.3.1); what is none is a mistake. */
export const mediaTypeOf = (said: unknown): string | undefined => {
  if (said === undefined || (typeof said === 'string' && mediaType.test(said))) return said
  mistaken(
    new Problem('invalid-declaration', {
      message: `${JSON.stringify(said)} is not a media type`,
      hint: "Write it as it stands in Content-Type: 'application/pdf'.",
    }),
  )
  return undefined
}

/** The other media types of an answer that has `first` already. */
export function recordAlso(declared: unknown, { output, produces }: Pick<Loose, 'output' | 'produces'>): RecordedAlso {
  const also = new Map<string, InputDeclarations | FieldDeclaration | undefined>()
  if (declared === undefined) return also
  const wrong = (message: string, hint: string) =>
    mistaken(new Problem('invalid-declaration', { message: `also: ${message}`, hint }))
  const first = typeof produces === 'string' ? produces : output === undefined ? undefined : 'application/json'
  if (first === undefined) wrong('There is no first media type', 'Say output or produces, and also what else there is.')
  const essences = new Set(first === undefined ? [] : [essenceOf(first)])
  for (const [media, options] of Object.entries(Object(declared)) as [string, unknown][]) {
    if (mediaTypeOf(media) === undefined) continue
    if (essences.has(essenceOf(media))) wrong(`${media} is named twice`, 'An answer has each media type once.')
    essences.add(essenceOf(media))
    const { output: shape }: Loose = Object(options)
    also.set(media, shape === undefined ? undefined : recordShape(`also.${media}`, shape))
  }
  return also
}

const essenceOf = (media: string): string => media.split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** What responses are said of: a status, those that begin with one digit, or those that are not named. */
const statuses = /^(?:[2-5]\d\d|[2-5]XX|default)$/

export const recordResponses = (declared: object | undefined): ReadonlyMap<string, RecordedResponse> =>
  new Map(
    Object.entries(declared ?? {}).map(([status, options]: [string, unknown]) => [
      status,
      part(`responses.${status}`, nothing, () => recordResponse(status, options)),
    ]),
  )

const nothing: RecordedResponse = {
  output: undefined,
  produces: undefined,
  also: new Map(),
  headers: {},
  description: undefined,
}

const recordResponse = (status: string, options: unknown): RecordedResponse => {
  if (!statuses.test(status))
    throw new Problem('invalid-declaration', {
      message: `${status} is no status of an answer`,
      hint: "Write 200 to 599, '2XX' to '5XX', or default.",
    })
  const { output, produces, also, headers, description }: Loose = Object(options)
  return {
    output: output === undefined ? undefined : recordShape('output', output),
    produces: mediaTypeOf(produces),
    also: recordAlso(also, { output, produces }),
    headers: fieldsOnly('headers', Object(headers ?? {})),
    description: typeof description === 'string' ? description : undefined,
  }
}
