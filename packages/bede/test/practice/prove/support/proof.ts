import type { App } from '../../../../src/index.ts'
import { nothingSaid, type ProveFile } from '../../../../src/practice/prove/acknowledged.ts'
import { operationsOf } from '../../../../src/practice/prove/finding.ts'
import { type Proof, type ProofPart, proofParts, prove } from '../../../../src/practice/prove/prove.ts'
import { makeScratch } from '../../../../src/practice/rehearse/scratch.ts'
import type { Driver } from '../../../../src/store/driver.ts'

interface Proving {
  readonly parts?: readonly ProofPart[]
  readonly only?: readonly string[]
  readonly file?: Partial<ProveFile>
  readonly seed?: number
  /** The database as it is, or with a fault. */
  readonly through?: (driver: Driver) => Driver
}

/** An app, proven on an embedded database. */
export async function proofOf(app: App, { parts = proofParts, only, file, seed = 1, through }: Proving = {}) {
  const scratch = await makeScratch(undefined)
  const driver = through?.(scratch.driver) ?? scratch.driver
  try {
    const said = { ...nothingSaid, ...file }
    return await prove({ app, driver, file: said, parts, seed, tell: () => {}, ...(only && { only }) })
  } finally {
    await scratch.drop()
  }
}

/** What was found, in one line each. */
export const lines = ({ findings }: Proof): readonly string[] =>
  findings.map(
    ({ number, rule, operation, says, reproduce }) => `${number ?? rule} ${operation}: ${says}\n  ${reproduce}`,
  )

/** `operation: class` of each. */
export const found = ({ findings }: Proof): ReadonlySet<string> =>
  new Set(findings.flatMap((finding) => operationsOf(finding).map((operation) => `${operation}: ${finding.number}`)))
