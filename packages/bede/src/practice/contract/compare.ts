import type { OpenApiDocument } from '../../surface/openapi/openapi.ts'
import { sameAddress } from './address.ts'
import { ContractDocument, isObject, itemsOf, membersOf, own, textOf } from './document.ts'
import type { Left } from './left.ts'

export interface Compared {
  readonly operations: number
  readonly served: number
  readonly statuses: number
  readonly statusesServed: number
  readonly parameters: number
  readonly parametersServed: number
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
  const count = { operations: 0, served: 0, statuses: 0, statusesServed: 0, parameters: 0, parametersServed: 0 }
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
      for (const [status] of membersOf(own(operation, 'responses'))) {
        if (status.startsWith('x-')) continue
        count.statuses += 1
        if (own(own(mine, 'responses'), status) === undefined) missing.push({ place, why: `the status ${status}` })
        else count.statusesServed += 1
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
