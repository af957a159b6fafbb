import type { App } from '../../declare/app.ts'
import type { Connection, Driver } from '../../store/driver.ts'
import type { Acknowledged, ProveFile } from './acknowledged.ts'
import { layLures } from './attacks/lures.ts'
import { type Attacks, attacks } from './attacks/run-attacks.ts'
import { type ContractRow, proveContract } from './contract/prove-contract.ts'
import { type Covered, createCoverage } from './coverage.ts'
import { distinct, type Finding, gathered } from './finding.ts'
import { type PolicyCell, provePolicies } from './policies/prove-policies.ts'
import { reasonFor, type Score } from './scoreboard.ts'
import type { Exchange } from './target/exchange.ts'
import { serve } from './target/serve.ts'
import { createTarget, type Target } from './target/target.ts'

/** What can be proven of an app. */
export const proofParts = ['attacks', 'policies', 'contract'] as const
export type ProofPart = (typeof proofParts)[number]

/** What is told while it runs. */
export interface Progress {
  readonly part: ProofPart
  readonly doing: string
  readonly step: number
  readonly steps: number
  readonly requests: number
}

export interface ProveOptions {
  readonly app: App
  /** Of an empty database; it is the caller's to close. */
  readonly driver: Driver
  readonly file: ProveFile
  readonly parts: readonly ProofPart[]
  readonly seed: number
  /** These operations and no others. */
  readonly only?: readonly string[]
  readonly tell: (progress: Progress) => void
}

/** What was proven of an app. A part that was not asked for is absent. */
export interface Proof {
  readonly app: string
  readonly seed: number
  readonly requests: number
  readonly attacks?: {
    /** One per attack class. */
    readonly scores: readonly Score[]
    readonly coverage: readonly Covered[]
    /** What was found and is meant to be so, with the reason. */
    readonly acknowledged: readonly { readonly finding: Finding; readonly because: string }[]
    /** What was acknowledged and not found: it can be taken out. */
    readonly stale: readonly Acknowledged[]
  }
  readonly policies?: { readonly cells: readonly PolicyCell[] }
  readonly contract?: { readonly rows: readonly ContractRow[] }
  /** What is wrong, of all parts, but for what was acknowledged. */
  readonly findings: readonly Finding[]
}

/** Nothing was found, and nothing was missed. */
export const isProven = ({ findings, attacks }: Proof): boolean =>
  findings.length === 0 && (attacks?.coverage ?? []).every(({ missed }) => missed === undefined)

/**
 * Serves an app on a scratch database, makes people and rows by its manifest, and calls it over HTTP. Throws the
 * Problems of a start; a finding is none.
 */
export async function prove({ app, driver, file, parts, seed, only, tell }: ProveOptions): Promise<Proof> {
  tell({ part: parts[0] ?? 'attacks', doing: 'people and rows are made', step: 0, steps: 0, requests: 0 })
  const served = await serve(app, driver, seed)
  const lures = await layLures('zq-lure-zq')
  try {
    let requests = 0
    const coverage = createCoverage()
    const attacking = attacks({ file, lures }, (doing, step, steps) =>
      tell({ part: 'attacks', doing, step, steps, requests }),
    )
    const heard = async (exchange: Exchange, inside: Connection): Promise<void> => {
      requests += 1
      coverage.saw(exchange)
      await attacking.heard(exchange, inside)
    }
    const target = await createTarget(served, heard, only, file.files)
    const found: Finding[] = []
    const attacked = parts.includes('attacks') ? await attackedBy(attacking, target, { file, found }) : undefined
    const telling = (part: ProofPart) => (operation: string) =>
      tell({ part, doing: operation, ...stepOf(operation, target), requests })
    const policies = parts.includes('policies')
      ? await provePolicies(target, telling('policies'), file.examples)
      : undefined
    const contract = parts.includes('contract')
      ? await proveContract(target, { seed, examples: file.examples }, telling('contract'))
      : undefined
    found.push(...(policies?.findings ?? []), ...(contract?.findings ?? []))
    return {
      app: app.name,
      seed,
      requests,
      ...(attacked && { attacks: { ...attacked, coverage: coverage.of(target.entries, target.manifest) } }),
      ...(policies && { policies: { cells: policies.cells } }),
      ...(contract && { contract: { rows: contract.rows } }),
      findings: gathered(distinct(found)),
    }
  } finally {
    await lures.close()
    await served.close()
  }
}

const stepOf = (operation: string, { entries }: Target) => ({
  step: entries.findIndex(({ name }) => name === operation) + 1,
  steps: entries.length,
})

async function attackedBy(
  attacking: Attacks,
  target: Target,
  { file, found }: { readonly file: ProveFile; readonly found: Finding[] },
) {
  const { scores, findings } = await attacking.run(target)
  found.push(...findings.filter((finding) => reasonFor(finding, file.acknowledged) === undefined))
  const acknowledged = findings.flatMap((finding) => {
    const because = reasonFor(finding, file.acknowledged)
    return because === undefined ? [] : [{ finding, because }]
  })
  const stale = file.acknowledged.filter(
    (one) => !findings.some(({ number, operation }) => number === one.class && operation === one.operation),
  )
  return { scores, acknowledged, stale }
}
