import type { ActionDeclaration } from '../../declare/action.ts'
import type { RecordedLimited } from '../../declare/limits.ts'
import { RouteDeclaration } from '../../declare/route.ts'
import type { Operation } from '../manifest.ts'

type LimitedPart = Pick<Operation, 'cost' | 'limits'>

/**
 * What an operation's calls cost and how many there may be. A route that performs an action spends the action's own
 * points, unless it says its own: another address is no way around a limit.
 */
export function limitedBy(
  declaration: { readonly limited: RecordedLimited | undefined },
  name: string,
  nameOf: (action: ActionDeclaration) => string | undefined,
): LimitedPart {
  const own = part(declaration.limited, name)
  if (!(declaration instanceof RouteDeclaration) || declaration.does.kind !== 'calls') return own
  const { action } = declaration.does
  return { ...part(action.limited, nameOf(action) ?? name), ...own }
}

const part = (limited: RecordedLimited | undefined, group: string): LimitedPart => ({
  ...(limited?.cost !== undefined && { cost: limited.cost }),
  ...(limited?.limits && { limits: { group, ...limited.limits } }),
})
