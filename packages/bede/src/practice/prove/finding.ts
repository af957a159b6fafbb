/** Something that is not as it must be, with what shows it. */
export interface Finding {
  /** The attack class; absent: a difference from the policies or from the contract. */
  readonly number?: number
  readonly rule: string
  readonly operation: string
  /** One sentence: what somebody could do who should not. */
  readonly says: string
  /** What to do about it. */
  readonly hint: string
  /** The request that shows it, for a shell. */
  readonly reproduce: string
  /** What came back, as far as it shows it. */
  readonly evidence: string
  /** A field that was shown: it is told once, with all who were shown it. */
  readonly leak?: Leak
}

export interface Leak {
  /** As in `It is shown …`: which field, and what of it is not to be shown. */
  readonly of: string
  readonly seen: readonly { readonly operation: string; readonly by: string }[]
}

/** Evidence is for people: more of it than this hides what matters. */
const longestEvidence = 300

export const shortened = (text: string): string =>
  text.length > longestEvidence ? `${text.slice(0, longestEvidence)}…` : text

/** The same hole shown by many requests is one finding: the first of each rule, operation and sentence. */
export function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Map<string, Finding>()
  for (const finding of findings) {
    const key = JSON.stringify([finding.rule, finding.operation, finding.says])
    if (!seen.has(key)) seen.set(key, finding)
  }
  return [...seen.values()]
}

/** The operations that a finding is about: of a field that several show, all of them. */
export const operationsOf = ({ operation, leak }: Finding): readonly string[] =>
  leak ? [...new Set(leak.seen.map((one) => one.operation))] : [operation]

/** One leaked field is one finding, whichever operations show it, and to whom. */
export function gathered(findings: readonly Finding[]): readonly Finding[] {
  const groups = Map.groupBy(findings, (one) => (one.leak ? JSON.stringify([one.number, one.leak.of]) : one))
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first?.leak || others.length === 0) return first ?? []
    const { of } = first.leak
    const seen = [first, ...others].flatMap(({ leak }) => leak?.seen ?? [])
    const by = Map.groupBy(seen, ({ operation }) => operation)
    const ways = [...by].map(([operation, own]) => `by ${operation} to ${own.map(({ by }) => lower(by)).join(' and ')}`)
    return [{ ...first, says: `${upper(of)} is shown: ${ways.join('; ')}`, leak: { of, seen } }]
  })
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
const upper = (text: string): string => (text.startsWith('the ') ? `T${text.slice(1)}` : text)
