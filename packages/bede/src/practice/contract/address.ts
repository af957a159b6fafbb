import { camel, Names } from '../takeover/names.ts'

/** Where the platform itself answers. */
const reserved = [/^\/openapi\.json$/, /^\/docs(\/|$)/, /^\/health(\/|$)/, /^\/batch$/]

export interface Address {
  /** `/articles/:slug` */
  readonly path: string
  /** The parameters as the contract calls them, and as the path does. */
  readonly params: ReadonlyMap<string, string>
}

/** A path of the contract as one of Bede, or why it cannot be one. */
export function addressOf(path: string): Address | string {
  if (reserved.some((taken) => taken.test(path))) return 'the platform itself answers at this path'
  const params = new Map<string, string>()
  const names = new Names()
  const segments: string[] = []
  if (!path.startsWith('/')) return 'the path does not begin with /'
  for (const segment of path === '/' ? [] : path.slice(1).split('/')) {
    const name = /^\{([^{}]+)\}$/.exec(segment)?.[1]
    if (name === undefined) {
      if (!/^[\w.~-]+$/.test(segment) || segment === '.' || segment === '..')
        return 'a segment of a path is a word, or one parameter and nothing else'
      segments.push(segment)
    } else {
      if (params.has(name)) return 'the path has a parameter twice'
      params.set(name, /^[A-Za-z_]\w{0,49}$/.test(name) ? names.take(name) : names.take(camel(name, 'param')))
      segments.push(`:${params.get(name)}`)
    }
  }
  return { path: `/${segments.join('/')}`, params }
}

/** Two paths that no request tells apart are the same. */
export const sameAddress = (path: string): string => path.replace(/:[^/]+|\{[^/{}]+\}/g, ':')
