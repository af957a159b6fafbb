import type { AnyField, FieldDeclaration, Inputs, Passable, Sent } from '../model/field.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Html } from '../toolkit/html/markup.ts'
import { fieldsOnly, type InputDeclarations, isField } from './inputs.ts'
import { mistaken, part } from './recording.ts'
import type { FileReply, Reply, StreamReply } from './reply.ts'

/** The members of an object, or one value: a list, a text. */
export type Shape = Inputs | AnyField

/** What a route answers with one status. */
export interface ResponseOptions {
  /** JSON of this shape. Absent, and `produces` too: no body. */
  readonly output?: Shape
  /** The media type of the body: of JSON, where it is not `application/json`; else of a page, a text, a file or a stream. */
  readonly produces?: string
  /** Header lines that it has. */
  readonly headers?: Inputs
  readonly description?: string
}

/** By status. */
export interface Responses {
  readonly [status: number]: ResponseOptions
}

/** A value of this shape, as it is answered. */
export type Output<O> = O extends AnyField ? Sent<O> : Passable<O & { readonly [N in keyof O]: AnyField }>

type Worded = `text/${string}` | 'application/xml' | `${string}+xml` | 'application/yaml'
/** What may be answered as this media type. A page is made by `html`, or comes from a file. */
type Raw<P> = P extends `text/html${string}`
  ? Html | FileReply | StreamReply
  : P extends Worded
    ? string | FileReply | StreamReply
    : FileReply | StreamReply

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing has no return
type Nothing = undefined | void

type Body<R> = R extends { readonly output: infer O }
  ? Output<O>
  : R extends { readonly produces: infer P }
    ? Raw<P>
    : Nothing

type Success<O, P> = [O] extends [never] ? Raw<P> : Output<O>
type Fine<K> = K extends number ? (`${K}` extends `2${string}` ? K : never) : never
/** The responses that a plain value is an answer of: that of `status`, or those that say all went well. */
type Plainly<S, Rs> = [S & keyof Rs] extends [never] ? Rs[Fine<keyof Rs> & keyof Rs] : Rs[S & keyof Rs]

/** What a handler may return: anything, where its route does not say what it answers. */
export type Returnable<S, O, P, Rs> = [O] extends [never]
  ? [P] extends [never]
    ? [Rs] extends [never]
      ? unknown
      : Listed<Rs> | Body<Plainly<S, Rs>> | Reply<Body<Plainly<S, Rs>>, undefined>
    : Succeeding<S, O, P> | Listed<Rs>
  : Succeeding<S, O, P> | Listed<Rs>

type Succeeding<S, O, P> = Success<O, P> | Reply<Success<O, P>, ([S] extends [never] ? 200 : S & number) | undefined>
type Listed<Rs> = [Rs] extends [never] ? never : { [K in keyof Rs & number]: Reply<Body<Rs[K]>, K> }[keyof Rs & number]

/** What a route answers with one status, as recorded. */
export interface RecordedResponse {
  readonly output: InputDeclarations | FieldDeclaration | undefined
  readonly produces: string | undefined
  readonly headers: InputDeclarations
  readonly description: string | undefined
}

interface Loose {
  readonly output?: unknown
  readonly produces?: unknown
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

export const recordResponses = (declared: object | undefined): ReadonlyMap<number, RecordedResponse> =>
  new Map(
    Object.entries(declared ?? {}).map(([status, options]: [string, unknown]) => [
      Number(status),
      part(`responses.${status}`, nothing, () => recordResponse(Number(status), options)),
    ]),
  )

const nothing: RecordedResponse = { output: undefined, produces: undefined, headers: {}, description: undefined }

const recordResponse = (status: number, options: unknown): RecordedResponse => {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new Problem('invalid-declaration', {
      message: `${status} is no status of an answer`,
      hint: 'Write 200 to 599.',
    })
  const { output, produces, headers, description }: Loose = Object(options)
  return {
    output: output === undefined ? undefined : recordShape('output', output),
    produces: mediaTypeOf(produces),
    headers: fieldsOnly('headers', Object(headers ?? {})),
    description: typeof description === 'string' ? description : undefined,
  }
}
