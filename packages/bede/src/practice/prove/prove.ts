import type { App } from '../../declare/app.ts'
import type { Connection, Driver } from '../../store/driver.ts'
import type { Acknowledged, ProveFile } from './acknowledged.ts'
import { layLures } from './attacks/lures.ts'
import type { Probe } from './attacks/probe.ts'
import { probes as allProbes } from './attacks/probes.ts'
import { createRandom } from './attacks/random.ts'
import { type Covered, createCoverage } from './coverage.ts'
import { distinct, type Finding } from './finding.ts'
import { reasonFor, type Score, scoreboard, type Tried } from './scoreboard.ts'
import type { Exchange } from './target/exchange.ts'
import { serve } from './target/serve.ts'
import { createTarget, type Target } from './target/target.ts'
import { watches } from './watches/watches.ts'

/** What is told while it runs. */
export interface Progress {
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
  readonly seed: number
  /** These operations and no others. */
  readonly only?: readonly string[]
  readonly tell: (progress: Progress) => void
}

/** What was proven of an app. */
export interface Proof {
  readonly app: string
  readonly seed: number
  readonly requests: number
  /** One per attack class. */
  readonly scores: readonly Score[]
  readonly coverage: readonly Covered[]
  /** What is wrong, but for what was acknowledged. */
  readonly findings: readonly Finding[]
  /** What was acknowledged and not found: it can be taken out. */
  readonly stale: readonly Acknowledged[]
}

/** Nothing was found, and nothing was missed. */
export const isProven = ({ findings, coverage }: Proof): boolean =>
  findings.length === 0 && coverage.every(({ missed }) => missed === undefined)

/**
 * Serves an app on a scratch database, makes people and rows by its manifest, and attacks it over HTTP. Throws the
 * Problems of a start; a finding is none.
 */
export async function prove({ app, driver, file, seed, only, tell }: ProveOptions): Promise<Proof> {
  const served = await serve(app, driver)
  const lures = await layLures('zq-lure-zq')
  try {
    const coverage = createCoverage()
    const findings: Finding[] = []
    const tried = new Map<number, Tried>()
    let requests = 0
    let attacking: Probe | undefined
    const counted = (number: number): void => {
      const { requests: before = 0, reasons = [] } = tried.get(number) ?? {}
      tried.set(number, { requests: before + 1, reasons })
    }
    const heard = async (exchange: Exchange, inside: Connection): Promise<void> => {
      requests += 1
      coverage.saw(exchange)
      for (const number of attacking?.classes ?? []) counted(number)
      for (const watch of looking) {
        for (const number of watch.classes) if (!attacking?.classes.includes(number)) counted(number)
        findings.push(...(await watch.see(exchange, target, inside)))
      }
    }
    const target: Target = await createTarget(served, heard, only)
    const looking = watches.filter((watch) => watch.applies(target) === true)
    const useless = (classes: readonly number[], reason: string): void => {
      for (const number of classes) {
        const { requests: before = 0, reasons = [] } = tried.get(number) ?? {}
        tried.set(number, { requests: before, reasons: [...reasons, reason] })
      }
    }
    for (const watch of watches) {
      const applies = watch.applies(target)
      if (applies !== true) useless(watch.classes, applies)
    }
    const siege = { target, lures, random: createRandom(seed), examples: file.examples }
    for (const [step, probe] of allProbes.entries()) {
      tell({ doing: probe.name, step: step + 1, steps: allProbes.length, requests })
      const applies = probe.applies(target.entries, target)
      if (applies !== true) {
        useless(probe.classes, applies)
        continue
      }
      attacking = probe
      findings.push(...(await probe.run(siege)))
    }
    const found = distinct(findings)
    return {
      app: app.name,
      seed,
      requests,
      scores: scoreboard(tried, found, file.acknowledged),
      coverage: coverage.of(target.entries, target.manifest),
      findings: found.filter((finding) => reasonFor(finding, file.acknowledged) === undefined),
      stale: file.acknowledged.filter(
        (one) => !found.some(({ number, operation }) => number === one.class && operation === one.operation),
      ),
    }
  } finally {
    await lures.close()
    await served.close()
  }
}
