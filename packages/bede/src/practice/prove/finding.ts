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
