import type { Expr } from '../../expr/expr.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { all, either } from '../../plan/condition.ts'
import type { BoundScan } from '../../plan/plan.ts'
import { decided, type Right } from '../../plan/rights.ts'
import { aboutRow, inWords } from '../../plan/words.ts'
import type { Role } from './role.ts'

/** What somebody may do: always, never, or where this rule holds. */
export type Cell = { readonly may: 'yes' | 'no' } | { readonly may: 'when'; readonly rule: string }

export const yes: Cell = { may: 'yes' }
export const no: Cell = { may: 'no' }

/** What is left of rules, all of which must hold, for one role. Pure: no database is asked. */
export function cellOf(rights: readonly Right[], role: Role, manifest: Manifest): Cell {
  const parts: Part[] = []
  for (const right of rights) {
    const rule = decided([right.rule], (part) => role.known(part, right))
    if (rule.kind === 'literal') {
      if (rule.value !== true) return no
    } else parts.push(...sidesOf(rule, 'and').map((side) => partOf(side, right, manifest)))
  }
  const left = parts.filter((part, at) => !parts.some((other, index) => implies(other, index, part, at)))
  if (left.length === 0) return yes
  const updates = rights.some(({ of }) => of === 'old')
  const rows = left.map(({ right: { as, of, model } }) => {
    return [as, { name: updates && of === 'fresh' ? 'new' : 'row', model }] as const
  })
  const rule = all(left.map(({ members }) => either(members.map(({ rule }) => rule))))
  return rule ? { may: 'when', rule: inWords(rule, { manifest, rows: new Map(rows) }) } : yes
}

/** One of the conditions all of which must hold: one of its members must. */
interface Part {
  readonly right: Right
  readonly members: readonly { readonly rule: Expr<BoundScan>; readonly said: string }[]
}

const partOf = (rule: Expr<BoundScan>, right: Right, manifest: Manifest): Part => ({
  right,
  members: sidesOf(rule, 'or').map((member) => ({
    rule: member,
    said: inWords(member, aboutRow(manifest, right.model, right.as)),
  })),
})

const sidesOf = (rule: Expr<BoundScan>, fn: 'and' | 'or'): readonly Expr<BoundScan>[] =>
  rule.kind === 'call' && rule.fn === fn ? rule.args : [rule]

/** Whether a part need not be said beside another, because it holds wherever that does. Of two that say the same the first stays. */
function implies(other: Part, index: number, part: Part, at: number): boolean {
  if (index === at) return false
  const said = new Set(part.members.map((member) => member.said))
  const within = other.members.every((member) => said.has(member.said))
  return within && (other.members.length < part.members.length || index < at)
}
