import type { RecordedExclusive } from '../../declare/exclusive.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Exclusive } from '../manifest.ts'

/** The names under which actions were linked: a handler that runs one takes the same locks as its callers do. */
const names = new WeakMap<object, string>()

/** The locks of a declaration, as the manifest has them. `name`: the operation's; undefined where a handler runs it. */
export const linkExclusive = (
  declaration: { readonly exclusive: RecordedExclusive | undefined },
  name: string | undefined,
): { readonly exclusive?: Exclusive } => {
  const { exclusive } = declaration
  if (exclusive === undefined) return {}
  if (name !== undefined) names.set(declaration, name)
  const group = exclusive.group ?? names.get(declaration)
  if (group === undefined) {
    throw new Problem('not-exported', {
      message: 'An exclusive action without a group is not exported',
      hint: "Export it, or say exclusive: { group: '…' }: its locks are known by that name.",
    })
  }
  return {
    exclusive: { group, ...(exclusive.keys && { keys: exclusive.keys }), ...(!exclusive.wait && { wait: false }) },
  }
}
