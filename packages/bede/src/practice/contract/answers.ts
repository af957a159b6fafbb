import { bodyKind } from '../../manifest/body-kind.ts'
import { type ContractDocument, membersOf, own, textOf } from './document.ts'
import type { Leaving } from './left.ts'
import type { SchemaReader } from './schema.ts'
import type { Use } from './shape.ts'

export interface ResponseRead {
  readonly status: number
  readonly output?: Use
  readonly produces?: string
  readonly description?: string
}

export interface AnswerRead {
  /** When all goes well: the first status of the contract that says so. */
  readonly success: ResponseRead | undefined
  readonly others: readonly ResponseRead[]
}

const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/

/** What an operation answers by status. */
export function answersOf(
  document: ContractDocument,
  schemas: SchemaReader,
  left: Leaving,
  title: string,
  node: unknown,
): AnswerRead {
  const all: ResponseRead[] = []
  for (const [status, at] of membersOf(node)) {
    if (status.startsWith('x-')) continue
    if (!/^[2-5]\d\d$/.test(status)) {
      left.add(title, `answers of status ${status}: a route answers with statuses that it names`)
      continue
    }
    all.push(responseOf(schemas, left, title, Number(status), document.resolve(at).value))
  }
  const [success, ...more] = all.filter(({ status }) => status < 300).sort((a, b) => a.status - b.status)
  return { success, others: [...more, ...all.filter(({ status }) => status >= 300)] }
}

function responseOf(
  schemas: SchemaReader,
  left: Leaving,
  title: string,
  status: number,
  response: unknown,
): ResponseRead {
  const description = textOf(own(response, 'description'))
  const base = { status, ...(description !== undefined && description !== '' && { description }) }
  const content = membersOf(own(response, 'content'))
  const [first, ...more] = [...content].sort(([a], [b]) => rank(a) - rank(b))
  if (!first || status === 204 || status === 205 || status === 304) return base
  const place = `${title} ${status}`
  for (const [media] of more) left.add(place, `is not answered as ${media}`)
  const [given, of] = first
  const media = given.split(';', 1)[0]?.trim() ?? ''
  const produces = mediaType.test(media) ? media : 'application/octet-stream'
  if (!mediaType.test(media) && !media.includes('*')) left.add(place, `${media} is no media type`)
  if (bodyKind(media) !== 'json') return { ...base, produces }
  const schema = own(of, 'schema')
  const output: Use = schema === undefined ? { shape: { kind: 'json' }, nullable: false } : schemas.use(schema, place)
  return { ...base, output, ...(media !== 'application/json' && { produces: media }) }
}

const rank = (media: string): number => (media === 'application/json' ? 0 : bodyKind(media) === 'json' ? 1 : 2)
