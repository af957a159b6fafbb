import { bodyKind, formMedia, multipartMedia } from '../../manifest/body-kind.ts'
import { type ContractDocument, isObject, itemsOf, membersOf, own, textOf } from './document.ts'
import type { Leaving } from './left.ts'
import type { SchemaReader } from './schema.ts'
import { isWord, plainOf, type Shape, type ShapeMember, type Use } from './shape.ts'

export interface FileRead {
  readonly name: string
  readonly many: boolean
  readonly optional: boolean
}

export interface BodyRead {
  /** Absent: there are files alone. */
  readonly use: Use | undefined
  /** Media types; none: the usual ones. */
  readonly accepts: readonly string[]
  readonly files: readonly FileRead[]
}

const jsonMedia = 'application/json'
const octets = 'application/octet-stream'
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/

/** What the body of a request is, in the media types that a route can take. */
export function bodyOf(
  document: ContractDocument,
  schemas: SchemaReader,
  left: Leaving,
  title: string,
  method: string,
  node: unknown,
): BodyRead | undefined {
  const body = document.resolve(node).value
  const content = membersOf(own(body, 'content')).map(([media, of]) => ({
    media: media.split(';', 1)[0]?.trim().toLowerCase() ?? '',
    schema: own(of, 'schema') ?? {},
  }))
  if (content.length === 0) return undefined
  if (method === 'get') {
    left.add(title, 'a GET has no body: it is not taken')
    return undefined
  }
  const [first, ...more] = [...content].sort((a, b) => rank(a.media) - rank(b.media))
  if (!first) return undefined
  const alike = more.filter(({ media, schema }) =>
    isText(document, first)
      ? isText(document, { media, schema })
      : isRead(media) && isRead(first.media) && isSame(schema, first.schema),
  )
  for (const { media } of more)
    if (!alike.some((one) => one.media === media)) left.add(title, `the body is not taken as ${media}`)
  const place = `${title} body`
  const accepts = [first, ...alike].map(({ media }) => media)
  if (first.media === multipartMedia) return withFiles(document, schemas, left, place, first.schema, method)
  if (isBinary(document, first.schema) || first.media === octets || first.media.includes('*')) {
    if (method === 'delete') left.add(title, 'a DELETE brings no files: its body is not taken')
    if (method === 'delete') return undefined
    return {
      use: undefined,
      accepts: [],
      files: [{ name: 'file', many: false, optional: own(body, 'required') !== true }],
    }
  }
  if (!mediaType.test(first.media)) {
    left.add(title, `the body is not taken: ${first.media} is no media type`)
    return undefined
  }
  if (bodyKind(first.media) === 'text') return { use: anyText, accepts, files: [] }
  const use = schemas.use(first.schema, place)
  if (bodyKind(first.media) === 'form') return { use: ofForm(use, left, place), accepts, files: [] }
  const usual = accepts.length === 1 && first.media === jsonMedia
  if (!usual && accepts.includes(formMedia) && use.shape.kind !== 'object' && use.shape.kind !== 'named')
    return { use, accepts: accepts.filter((media) => media !== formMedia), files: [] }
  return { use, accepts: usual ? [] : accepts, files: [] }
}

const isRead = (media: string): boolean => rank(media) <= 2

/** A body that is taken as the text it is, in whatever language. */
const isText = (document: ContractDocument, { media, schema }: { readonly media: string; readonly schema: unknown }) =>
  mediaType.test(media) &&
  media !== octets &&
  bodyKind(media) === 'text' &&
  !media.includes('*') &&
  !isBinary(document, schema)

/** What is taken first: JSON, JSON under another name, a form, a form with files, and anything else. */
function rank(media: string): number {
  if (media === jsonMedia) return 0
  const kind = bodyKind(media)
  return kind === 'json' ? 1 : kind === 'form' ? 2 : kind === 'multipart' ? 3 : 4
}

const isSame = (a: unknown, b: unknown): boolean => {
  const [x, y] = [textOf(own(a, '$ref')), textOf(own(b, '$ref'))]
  return x !== undefined || y !== undefined
    ? x === y
    : a === b || (membersOf(a).length === 0 && membersOf(b).length === 0)
}

const anyText: Use = { shape: { kind: 'scalar', verb: 'text', options: ['max: 1_000_000'] }, nullable: false }
const nothing: Use = { shape: { kind: 'object', members: [] }, nullable: false }

const membersIn = (shape: Shape): readonly ShapeMember[] | undefined =>
  shape.kind === 'object' ? shape.members : shape.kind === 'named' ? shape.shape.members : undefined

/** A form holds texts, and lists of them. */
function ofForm(use: Use, left: Leaving, place: string): Use {
  const members = membersIn(use.shape)
  if (!members) {
    left.add(place, 'is a form without members: none is taken')
    return nothing
  }
  const flat = members.flatMap((member): readonly ShapeMember[] => {
    const { shape, name } = member
    if (isWord(shape) || (shape.kind === 'list' && isWord(shape.of))) return [member]
    if (shape.kind !== 'json') left.add(place, `has no text as ${name}: it is not taken`)
    else left.add(`${place}/${name}`, 'is read as one value, whatever else its schema says')
    return shape.kind === 'json' ? [{ ...member, ...plainOf(shape) }] : []
  })
  const isSame = flat.length === members.length && flat.every((member, at) => member === members[at])
  return isSame ? use : { shape: { kind: 'object', members: flat }, nullable: false }
}

const isBinary = (document: ContractDocument, node: unknown): boolean => {
  const { value } = document.resolve(node)
  return own(value, 'format') === 'binary' || textOf(own(value, 'contentMediaType')) === octets
}

/** The members of a form with files that are files, and the others. */
function withFiles(
  document: ContractDocument,
  schemas: SchemaReader,
  left: Leaving,
  place: string,
  node: unknown,
  method: string,
): BodyRead | undefined {
  const { value } = document.resolve(node)
  const required = itemsOf(own(value, 'required'))
  const files: FileRead[] = []
  const others: [string, unknown][] = []
  for (const [name, member] of membersOf(own(value, 'properties'))) {
    const { value: schema } = document.resolve(member)
    const items = own(schema, 'items')
    const many = items !== undefined && isBinary(document, items)
    if (many || isBinary(document, schema)) files.push({ name, many, optional: !required.includes(name) })
    else others.push([name, member])
  }
  if (method === 'delete' && files.length > 0) {
    left.add(place, 'a DELETE brings no files: they are not taken')
    return undefined
  }
  const isPlain = isObject(value) && others.length > 0
  const rest = isPlain ? schemas.use({ ...value, properties: Object.fromEntries(others) }, place) : undefined
  const use = rest && ofForm(rest, left, place)
  return { use, accepts: files.length > 0 ? [] : [multipartMedia], files }
}
