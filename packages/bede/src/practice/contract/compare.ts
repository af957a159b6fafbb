import { essenceOf } from '../../manifest/answered.ts'
import type { OpenApiDocument } from '../../surface/openapi/openapi.ts'
import { sameAddress } from './address.ts'
import { statusOf } from './answers.ts'
import { ContractDocument, isObject, itemsOf, membersOf, own, textOf } from './document.ts'
import type { Left } from './left.ts'

export interface Compared {
  readonly operations: number
  readonly served: number
  readonly statuses: number
  readonly statusesServed: number
  readonly parameters: number
  readonly parametersServed: number
  /** Media types and header lines of answers. */
  readonly media: number
  readonly mediaServed: number
  readonly lines: number
  readonly linesServed: number
  /** What the contract names and the backend's own description does not. */
  readonly missing: readonly Left[]
}

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const

/**
 * A contract beside the description of the API that was made of it: is every operation of it there, with every status
 * and every parameter. Paths are the same when they differ by the names of parameters alone.
 */
export function compareContract(root: unknown, served: OpenApiDocument): Compared {
  const document = new ContractDocument(root)
  const ours = new ContractDocument(served)
  const known = new Map(
    membersOf(served.paths).flatMap(([path, item]) =>
      membersOf(item).map(([method, operation]): [string, unknown] => [`${method} ${sameAddress(path)}`, operation]),
    ),
  )
  const missing: Left[] = []
  const count = {
    operations: 0,
    served: 0,
    statuses: 0,
    statusesServed: 0,
    parameters: 0,
    parametersServed: 0,
    media: 0,
    mediaServed: 0,
    lines: 0,
    linesServed: 0,
  }
  for (const [path, at] of membersOf(own(document.root, 'paths'))) {
    const item = document.resolve(at).value
    for (const method of methods) {
      const operation = own(item, method)
      if (!isObject(operation)) continue
      const place = `${method.toUpperCase()} ${path}`
      const mine = known.get(`${method} ${sameAddress(path)}`)
      count.operations += 1
      if (mine === undefined) {
        missing.push({ place, why: 'the operation' })
        continue
      }
      count.served += 1
      for (const [status, at] of membersOf(own(operation, 'responses'))) {
        if (status.startsWith('x-')) continue
        const said = answerOf(document, at)
        count.statuses += 1
        count.media += said.media.length
        count.lines += said.lines.length
        const response = own(own(mine, 'responses'), statusOf(status) ?? status)
        if (response === undefined) {
          missing.push({ place, why: `the status ${status}` })
          continue
        }
        count.statusesServed += 1
        const known = answerOf(ours, response)
        // What names no media type is served by any.
        for (const media of said.media)
          if (known.media.includes(media) || (media.includes('*') && known.media.length > 0)) count.mediaServed += 1
          else missing.push({ place: `${place} ${status}`, why: `the media type ${media}` })
        for (const line of said.lines)
          if (known.lines.includes(line)) count.linesServed += 1
          else missing.push({ place: `${place} ${status}`, why: `the header ${line}` })
      }
      const names = new Set(parametersOf(ours, [mine]))
      for (const name of new Set(parametersOf(document, [item, operation]))) {
        count.parameters += 1
        if (names.has(name)) count.parametersServed += 1
        else missing.push({ place, why: `the parameter ${name}` })
      }
    }
  }
  return { ...count, missing }
}

/** What a response comes as, and with which lines; OpenAPI says itself that `Content-Type` is none. */
function answerOf(document: ContractDocument, node: unknown) {
  const response = document.resolve(node).value
  return {
    media: [...new Set(membersOf(own(response, 'content')).map(([media]) => essenceOf(media)))],
    lines: membersOf(own(response, 'headers'))
      .map(([name]) => name.toLowerCase())
      .filter((name) => name !== 'content-type'),
  }
}

/** `query limit`: all but those of the path, which may have another name, and those that OpenAPI calls none. */
function parametersOf(document: ContractDocument, holders: readonly unknown[]): readonly string[] {
  return holders
    .flatMap((holder) => itemsOf(own(holder, 'parameters')))
    .flatMap((one) => {
      const parameter = document.resolve(one).value
      const [place, name] = [textOf(own(parameter, 'in')), textOf(own(parameter, 'name'))]
      if (place === undefined || name === undefined || place === 'path') return []
      const plain = place === 'header' ? name.toLowerCase() : name
      return place === 'header' && ['accept', 'content-type', 'authorization'].includes(plain)
        ? []
        : [`${place} ${plain}`]
    })
}
