import { headerMistake } from '../../manifest/verify/header.ts'
import { memberMistake } from '../../manifest/verify/name.ts'
import { camel, type Names } from '../takeover/names.ts'
import { addressOf, sameAddress } from './address.ts'
import { type AnswerRead, answersOf } from './answers.ts'
import { type BodyRead, bodyOf } from './body.ts'
import { type ContractDocument, isObject, itemsOf, membersOf, own, textOf } from './document.ts'
import type { Leaving } from './left.ts'
import type { SchemaReader } from './schema.ts'
import { asText, type Use } from './shape.ts'

export interface ParameterRead extends Use {
  readonly name: string
  readonly optional: boolean
  /** A list that comes as one parameter for each item. */
  readonly repeated: boolean
}

/** An operation of the contract as a route. */
export interface OperationRead {
  /** The constant, and the name of the operation. */
  readonly name: string
  readonly tag: string
  readonly method: string
  readonly path: string
  readonly summary: string | undefined
  readonly description: string | undefined
  readonly open: boolean
  readonly params: readonly ParameterRead[]
  readonly query: readonly ParameterRead[]
  readonly headers: readonly ParameterRead[]
  readonly cookies: readonly ParameterRead[]
  readonly body: BodyRead | undefined
  readonly answers: AnswerRead
}

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const
const others = ['head', 'options', 'trace'] as const
/** OpenAPI says itself that these are no parameters. */
const ignored: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])

/** The name of each operation, its constant's too: before the schemas have theirs. */
export function operationNames(document: ContractDocument, names: Names): ReadonlyMap<unknown, string> {
  const found = new Map<unknown, string>()
  for (const [path, at] of membersOf(own(document.root, 'paths')))
    for (const method of methods) {
      const operation = own(document.resolve(at).value, method)
      if (!isObject(operation) || found.has(operation)) continue
      const wanted = textOf(own(operation, 'operationId')) ?? `${method} ${path}`
      found.set(operation, names.take(camel(wanted, 'operation')))
    }
  return found
}

/** Every operation that a route can be, in the order of the contract; what cannot is left, with the reason. */
export function operationsOf(
  document: ContractDocument,
  schemas: SchemaReader,
  left: Leaving,
  names: ReadonlyMap<unknown, string>,
): readonly OperationRead[] {
  const taken = new Set<string>()
  const found: OperationRead[] = []
  for (const [path, at] of membersOf(own(document.root, 'paths'))) {
    const item = document.resolve(at).value
    const present = methods.filter((method) => isObject(own(item, method)))
    for (const method of others)
      if (isObject(own(item, method))) left.add(`${method.toUpperCase()} ${path}`, 'the server answers this by itself')
    if (present.length === 0) continue
    const address = addressOf(path)
    for (const method of present) {
      const title = `${method.toUpperCase()} ${path}`
      if (typeof address === 'string') {
        left.add(title, `not served: ${address}`)
        continue
      }
      const same = `${method} ${sameAddress(address.path)}`
      if (taken.has(same)) {
        left.add(title, 'not served: no request tells it from another path of the contract')
        continue
      }
      taken.add(same)
      const operation = own(item, method)
      const read = parametersOf(document, schemas, left, title, [item, operation])
      const named = [...address.params].map(([name, as]) => {
        if (name !== as) left.add(title, `the parameter ${name} of the path is called ${as}`)
        return { ...(read.path.get(name) ?? text(name)), name: as, optional: false }
      })
      found.push({
        name: names.get(operation) ?? 'operation',
        tag: textOf(itemsOf(own(operation, 'tags'))[0]) ?? 'api',
        method: method.toUpperCase(),
        path: address.path,
        summary: textOf(own(operation, 'summary')),
        description: textOf(own(operation, 'description')),
        open: isOpen(own(operation, 'security') ?? own(document.root, 'security')),
        params: named,
        query: read.query,
        headers: read.headers,
        cookies: read.cookies,
        body: bodyOf(document, schemas, left, title, method, own(operation, 'requestBody')),
        answers: answersOf(document, schemas, left, title, own(operation, 'responses')),
      })
    }
  }
  return found
}

const text = (name: string): ParameterRead => ({
  name,
  optional: false,
  repeated: false,
  nullable: false,
  shape: { kind: 'scalar', verb: 'text', options: [] },
})

/** Nothing is asked for, or nothing is one of the ways. What says neither, because it is written wrongly, is not open. */
const isOpen = (security: unknown): boolean =>
  security === undefined ||
  (Array.isArray(security) &&
    (security.length === 0 || security.some((one) => isObject(one) && membersOf(one).length === 0)))

interface ParametersRead {
  readonly path: ReadonlyMap<string, ParameterRead>
  readonly query: readonly ParameterRead[]
  readonly headers: readonly ParameterRead[]
  readonly cookies: readonly ParameterRead[]
}

function parametersOf(
  document: ContractDocument,
  schemas: SchemaReader,
  left: Leaving,
  title: string,
  holders: readonly unknown[],
): ParametersRead {
  const none = (): Map<string, ParameterRead> => new Map()
  const places = { path: none(), query: none(), header: none(), cookie: none() }
  for (const one of holders.flatMap((holder) => itemsOf(own(holder, 'parameters')))) {
    const parameter = document.resolve(one).value
    const name = textOf(own(parameter, 'name'))
    const place = textOf(own(parameter, 'in'))
    if (name === undefined || (place !== 'path' && place !== 'query' && place !== 'header' && place !== 'cookie')) {
      left.add(title, 'has a parameter that cannot be read')
      continue
    }
    if (place === 'header' && ignored.has(name.toLowerCase())) continue
    const why = place === 'path' ? undefined : unusable(place, name)
    const use = schemas.use(own(parameter, 'schema') ?? {}, `${title} ${place} ${name}`)
    const read = why ?? asText(use, place === 'query' || place === 'header')
    if (use.shape.kind === 'json')
      left.add(`${title} ${place} ${name}`, 'is read as one value, whatever else its schema says')
    if (typeof read === 'string') {
      left.add(title, `the ${place} parameter ${name} is left out: ${read}`)
      continue
    }
    const isList = read.shape.kind === 'list'
    places[place].set(place === 'header' ? name.toLowerCase() : name, {
      ...read,
      name,
      optional: own(parameter, 'required') !== true,
      repeated: isList && place === 'query' && own(parameter, 'explode') !== false,
    })
  }
  return {
    path: places.path,
    query: [...places.query.values()],
    headers: [...places.header.values()],
    cookies: [...places.cookie.values()],
  }
}

const unusable = (place: 'query' | 'header' | 'cookie', name: string): string | undefined =>
  (memberMistake(name) ?? (place === 'header' ? headerMistake(name) : undefined))?.mistake
