import type { ActionDeclaration } from '../../declare/action.ts'
import type { ExposureDeclaration } from '../../declare/expose.ts'
import type { RecordedLimited } from '../../declare/limits.ts'
import type { RouteDeclaration } from '../../declare/route.ts'
import { hashing } from '../cost.ts'
import type { Operation } from '../manifest.ts'
import { hasSecrets } from '../secret-inputs.ts'

export type LimitedPart = Pick<Operation, 'cost' | 'limits'>

/** What an operation's calls cost and how many there may be, as it says it itself. */
export const limitedBy = (declaration: { readonly limited: RecordedLimited | undefined }, name: string): LimitedPart =>
  part(declaration.limited, name)

/**
 * A route that performs an action spends the points of the action and of what that is exposed in, unless it says its own:
 * another address is no way around a limit. `operations`: all of them, with what exposures say; undefined: it performs none.
 */
export function limitedAsAction(
  route: RouteDeclaration,
  name: string,
  operations: Readonly<Record<string, Operation>>,
  nameOf: (action: ActionDeclaration) => string | undefined,
): LimitedPart | undefined {
  if (route.does.kind !== 'calls') return undefined
  const { action } = route.does
  const known = operations[nameOf(action) ?? '']
  return { ...(known ? under(known, {}) : part(action.limited, name)), ...limitedBy(route, name) }
}

const part = (limited: RecordedLimited | undefined, group: string): LimitedPart => ({
  ...(limited?.cost !== undefined && { cost: limited.cost }),
  ...(limited?.limits && { limits: [{ group, ...limited.limits }] }),
})

/** Other ways to do the same, many at once: they spend the same points unless they say their own (class 51). */
const likewise: Readonly<Record<string, string>> = {
  createMany: 'create',
  upsert: 'create',
  updateMany: 'update',
  deleteMany: 'delete',
}

/** What an exposure, exported as `place`, says of an operation that it opens: `verb` is the last part of its name. */
export function limitedIn(exposure: ExposureDeclaration, place: string, verb: string, operation: Operation) {
  const { limited, perOperation, model } = exposure
  const said = (name: string | undefined): LimitedPart =>
    name === undefined ? {} : part(perOperation[name], `${model}.${name}`)
  const own = { ...said(likewise[verb]), ...said(verb) }
  const usual = limited?.cost
  // What is said of everything makes what hashes no cheaper.
  const general = usual === undefined || !hasSecrets(operation.input) ? usual : Math.max(usual, hashing)
  return under(limitedAround(exposure, place), { ...(general !== undefined && { cost: general }), ...own })
}

/** What it says of all its operations, and so of the actions that it lists. */
export const limitedAround = ({ limited }: ExposureDeclaration, place: string): LimitedPart => part(limited, place)

/** The same, and what is said of it by what it is a part of: both limits hold, and its own cost goes first. */
export function under({ cost, limits }: LimitedPart, own: LimitedPart): LimitedPart {
  const all = [...(limits ?? []), ...(own.limits ?? [])]
  const points = own.cost ?? cost
  return { ...(points !== undefined && { cost: points }), ...(all.length > 0 && { limits: all }) }
}
