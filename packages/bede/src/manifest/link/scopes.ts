import { nearest } from '../../telemetry/nearest.ts'
import type { Operation } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'
import { ownScopes, scopeOf } from '../scope-name.ts'

interface Scoped {
  readonly scope?: string
}

/** Which scope opens which operation, while an app is linked. */
export interface Scopes {
  /** Of an operation that says its scope itself. */
  said(place: string, scope: string | undefined): Scoped
  /** Checks the scope that an exposure says of all its operations. */
  exposure(place: string, resource: string): void
  /** Of an operation of what is exposed as `resource`: the scope of its kind, where keys can be made for that. */
  exposed(resource: string, kind: Operation['kind']): Scoped
  /** An operation of Bede's own, whose scope counts where the app declares it. */
  own(operation: Operation): Operation
  /** Every declared scope opens something, or it is a mistake. */
  settle(operations: Readonly<Record<string, Operation>>): void
}

export interface DeclaredScopes {
  /** Where the app says so. */
  readonly place: string
  readonly scopes: readonly string[]
}

/** `declared`: what keys can be made for; undefined: there are no keys; `unsettled`: its declaration has mistakes. */
export function linkScopes(declared: DeclaredScopes | 'unsettled' | undefined, mistakes: Mistakes): Scopes {
  const { scopes, place: at } = typeof declared === 'object' ? declared : { scopes: [], place: '' }
  /** Every scope that an operation would have, were it declared. */
  const possible = new Set<string>()
  const known = (scope: string): Scoped => {
    possible.add(scope)
    return scopes.includes(scope) ? { scope } : {}
  }
  const unknown = (place: string, name: string, names: readonly string[]): void => {
    if (declared === 'unsettled') return
    const hint = `Declare them: identity({ apiKeys: { scopes: ['${name}'] } }).`
    if (declared) mistakes.unknown(place, 'invalid-declaration', 'scope of API keys', name, names)
    else mistakes.add(place, 'invalid-declaration', `The scope '${name}' is of no use: there are no API keys`, hint)
  }
  const reserved = (place: string, name: string): boolean => {
    if (!name.startsWith(ownScopes)) return false
    const message = `Scopes that begin with ${ownScopes} open operations of identity's own`
    mistakes.add(place, 'reserved-name', message, 'Choose another name.')
    return true
  }
  return {
    said(place, scope) {
      if (scope === undefined || reserved(place, scope)) return {}
      if (!scopes.includes(scope)) unknown(place, scope, scopes)
      return known(scope)
    },
    exposure(place, resource) {
      if (reserved(place, resource)) return
      const pair = [scopeOf(resource, 'read'), scopeOf(resource, 'write')]
      const resources = scopes.map((scope) => scope.replace(/:(?:read|write)$/, ''))
      if (!pair.some((scope) => scopes.includes(scope))) unknown(place, resource, [...new Set(resources)])
    },
    exposed: (resource, kind) => (resource.startsWith(ownScopes) ? {} : known(scopeOf(resource, kind))),
    own({ scope, ...operation }) {
      return scope === undefined ? operation : { ...operation, ...known(scope) }
    },
    settle(operations) {
      const used = new Set(Object.values(operations).map(({ scope }) => scope))
      for (const scope of scopes.filter((one) => !used.has(one))) {
        const meant = nearest(scope, possible)
        mistakes.add(
          at,
          'invalid-declaration',
          `The scope '${scope}' opens no operation`,
          meant === undefined
            ? `Say it of one, as in route(…, { scope: '${scope}' }), or take it out.`
            : `Perhaps you meant '${meant}'.`,
        )
      }
    },
  }
}
