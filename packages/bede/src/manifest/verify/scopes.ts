import { onlyReads } from '../scope-name.ts'
import { checkRule, type Verifying, wrong } from './report.ts'
import { unknown } from './scope.ts'

/** The scope of an operation is one that keys can be made for, and one that reads opens nothing that writes. */
export function verifyScopes(verifying: Verifying): void {
  const { identity, operations } = verifying.manifest
  const { scopes = [], services } = identity?.apiKeys ?? {}
  checkRule(verifying, 'identity.apiKeys.services', services, { input: {} })
  for (const [name, { kind, scope }] of Object.entries(operations)) {
    if (scope === undefined) continue
    const place = `${name}.scope`
    if (!scopes.includes(scope))
      verifying.add(place, unknown('invalid-declaration', 'scope of API keys', scope, scopes))
    if (kind === 'write' && onlyReads(scope))
      verifying.add(
        place,
        wrong('invalid-declaration', `'${scope}' opens what writes`, 'A scope that ends in :read opens reads alone.'),
      )
  }
}
