import type { Manifest } from '../../manifest/manifest.ts'

/** What is served, a line per operation that HTTP reaches: method, path, who may call, the operation's name. */
export function routeRows({ operations }: Manifest): string[][] {
  return Object.entries(operations)
    .flatMap(([name, { http, auth, scope }]) => {
      const who = auth === 'required' ? 'signed in' : 'anyone'
      return http
        ? [{ method: http.method, path: http.path, who: scope === undefined ? who : `${who}, key ${scope}`, name }]
        : []
    })
    .concat(BATCH)
    .sort((a, b) => order(a.path, b.path) || METHODS.indexOf(a.method) - METHODS.indexOf(b.method))
    .map(({ method, path, who, name }) => [method, path, who, name])
}

/** No operation of its own: each that a call of it names is let in by its own rule. */
const BATCH = { method: 'POST' as const, path: '/batch', who: 'per entry', name: 'several of these, all or none' }

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
