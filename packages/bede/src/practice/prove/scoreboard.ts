import type { Acknowledged } from './acknowledged.ts'
import { type AttackClass, attackClasses } from './attack-class.ts'
import { reasonBeyond } from './beyond.ts'
import { type Finding, gathered } from './finding.ts'

/** What came of one attack class. */
export interface Score extends AttackClass {
  readonly state: 'held' | 'open' | 'acknowledged' | 'not applicable'
  /** Requests that tried it, or that were looked through for it. */
  readonly requests: number
  /** Of one that is not applicable, why; of one that was acknowledged, the reason that was given. */
  readonly reason?: string
  readonly findings: readonly Finding[]
}

/** What was tried of a class: how often, or why it was not. */
export interface Tried {
  readonly requests: number
  readonly reasons: readonly string[]
}

export function scoreboard(
  tried: ReadonlyMap<number, Tried>,
  findings: readonly Finding[],
  acknowledged: readonly Acknowledged[],
): readonly Score[] {
  return attackClasses.map((one): Score => {
    const own = findings.filter(({ number }) => number === one.number)
    const reasons = own.map((finding) => reasonFor(finding, acknowledged))
    const { requests = 0, reasons: not = [] } = tried.get(one.number) ?? {}
    const open = own.filter((_, at) => reasons[at] === undefined)
    if (open.length > 0) return { ...one, state: 'open', requests, findings: gathered(open) }
    if (own.length > 0) {
      const reason = [...new Set(reasons.flatMap((said) => said ?? []))].join('; ')
      return { ...one, state: 'acknowledged', requests, reason, findings: gathered(own) }
    }
    if (requests > 0) return { ...one, state: 'held', requests, findings: [] }
    return { ...one, state: 'not applicable', requests, reason: not[0] ?? reasonBeyond(one.number), findings: [] }
  })
}

/** Why a finding is as it is meant to be, where the app says so. */
export const reasonFor = (finding: Finding, acknowledged: readonly Acknowledged[]): string | undefined =>
  acknowledged.find((one) => one.class === finding.number && one.operation === finding.operation)?.because
