import { essenceOf } from '../../manifest/answered.ts'
import { bodyKind } from '../../manifest/body-kind.ts'
import { answerHeaderMistake } from '../../manifest/verify/header.ts'
import { memberMistake } from '../../manifest/verify/name.ts'
import { type ContractDocument, membersOf, own, textOf } from './document.ts'
import type { Leaving } from './left.ts'
import type { SchemaReader } from './schema.ts'
import { asText, type Use } from './shape.ts'

/** A media type of an answer; `output`: of JSON. */
export interface MediaRead {
  readonly media: string
  readonly output?: Use
}

/** A header line of an answer. */
export interface LineRead extends Use {
  readonly name: string
  readonly optional: boolean
}

export interface ResponseRead {
  /** `200`, `4XX` or `default`. */
  readonly status: string
  /** The usual one first; none: no body. */
  readonly media: readonly MediaRead[]
  readonly lines: readonly LineRead[]
  readonly description?: string
}

export interface AnswerRead {
  /** When all goes well: the first status of the contract that says so. */
  readonly success: ResponseRead | undefined
  readonly others: readonly ResponseRead[]
}

const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/

/** As a route says it: OpenAPI writes `4XX`, and some who use it `4xx`. */
export const statusOf = (status: string): string | undefined =>
  /^(?:[2-5]\d\d|[2-5]xx|default)$/i.test(status)
    ? status.toLowerCase() === 'default'
      ? 'default'
      : status.toUpperCase()
    : undefined

/** Statuses that have no body, whatever is said of it (RFC 9110 §15). */
const empty: ReadonlySet<string> = new Set(['204', '205', '304'])

/** What an operation answers by status. */
export function answersOf(
  document: ContractDocument,
  schemas: SchemaReader,
  left: Leaving,
  title: string,
  node: unknown,
): AnswerRead {
  const all = new Map<string, ResponseRead>()
  for (const [name, at] of membersOf(node)) {
    if (name.startsWith('x-')) continue
    const status = statusOf(name)
    if (status === undefined)
      left.add(title, `answers of status ${name}: it is none of 200 to 599, 2XX to 5XX and default`)
    else all.set(status, responseOf(document, schemas, left, title, status, document.resolve(at).value))
  }
  const success = all.get(successOf([...all.keys()]) ?? '')
  return { success, others: [...all.values()].filter((one) => one !== success) }
}

const successOf = (statuses: readonly string[]): string | undefined =>
  statuses.filter((status) => status.startsWith('2')).sort()[0] ?? statuses.find((status) => status === 'default')

function responseOf(
  document: ContractDocument,
  schemas: SchemaReader,
  left: Leaving,
  title: string,
  status: string,
  response: unknown,
): ResponseRead {
  const place = `${title} ${status}`
  const description = textOf(own(response, 'description'))
  return {
    status,
    media: mediaOf(schemas, left, place, empty.has(status), own(response, 'content')),
    lines: linesOf(document, schemas, left, place, own(response, 'headers')),
    ...(description !== undefined && description !== '' && { description }),
  }
}

function mediaOf(
  schemas: SchemaReader,
  left: Leaving,
  place: string,
  isEmpty: boolean,
  node: unknown,
): readonly MediaRead[] {
  const content = [...membersOf(node)].sort(([a], [b]) => rank(a) - rank(b))
  if (isEmpty && content.length > 0) left.add(place, 'has no body, whatever the contract says')
  if (isEmpty) return []
  const found = new Map<string, MediaRead>()
  for (const [given, of] of content) {
    const media = essenceOf(given)
    if (found.has(media)) {
      left.add(place, `${media} with other parameters is not answered beside it`)
      continue
    }
    if (!mediaType.test(media) || media.includes('*')) {
      if (!media.includes('*')) left.add(place, `${media} is no media type`)
      else if (content.length > 1) left.add(place, `what is behind ${media} is not answered: it names no media type`)
      if (content.length === 1) found.set(octets, { media: octets })
      continue
    }
    const schema = own(of, 'schema')
    if (bodyKind(media) !== 'json') found.set(media, { media })
    else found.set(media, { media, output: schema === undefined ? anything : schemas.use(schema, place) })
  }
  return [...found.values()]
}

const octets = 'application/octet-stream'
const anything: Use = { shape: { kind: 'json' }, nullable: false }

const rank = (media: string): number =>
  essenceOf(media) === 'application/json' ? 0 : bodyKind(media) === 'json' ? 1 : 2

/** Its header lines, but for that which OpenAPI itself says is none. */
function linesOf(
  document: ContractDocument,
  schemas: SchemaReader,
  left: Leaving,
  place: string,
  node: unknown,
): readonly LineRead[] {
  const found = new Map<string, LineRead>()
  for (const [name, at] of membersOf(node)) {
    const key = name.toLowerCase()
    if (key === 'content-type' || found.has(key)) continue
    const why = (memberMistake(name) ?? answerHeaderMistake(name))?.mistake
    const line = document.resolve(at).value
    const use = schemas.use(own(line, 'schema') ?? { type: 'string' }, `${place} header ${name}`)
    const read = why ?? asText(use, true)
    if (typeof read === 'string') {
      left.add(place, `its header ${name} is left out: ${read}`)
      continue
    }
    if (use.shape.kind === 'json') left.add(`${place} header ${name}`, 'is any text, whatever its schema says')
    found.set(key, { shape: read.shape, nullable: false, name, optional: own(line, 'required') !== true })
  }
  return [...found.values()]
}
