import type { Connection } from '../../../store/driver.ts'
import type { ProveFile } from '../acknowledged.ts'
import { distinct, type Finding } from '../finding.ts'
import { type Score, scoreboard, type Tried } from '../scoreboard.ts'
import type { Exchange } from '../target/exchange.ts'
import type { Target } from '../target/target.ts'
import { watches } from '../watches/watches.ts'
import type { Lures } from './lures.ts'
import type { Probe } from './probe.ts'
import { probes } from './probes.ts'

export interface AttackProof {
  /** One per attack class. */
  readonly scores: readonly Score[]
  /** All, acknowledged ones among them. */
  readonly findings: readonly Finding[]
}

export interface Attacks {
  /** To be told of every exchange while they run. */
  heard(exchange: Exchange, inside: Connection): Promise<void>
  run(target: Target): Promise<AttackProof>
}

/** Every probe and every watch, and what came of them by class. */
export function attacks(
  { file, lures }: { readonly file: ProveFile; readonly lures: Lures },
  tell: (doing: string, part: number, parts: number) => void,
): Attacks {
  const findings: Finding[] = []
  const tried = new Map<number, Tried>()
  let attacking: Probe | undefined
  let attacked: Target | undefined
  const note = (number: number, { requests = 0, reason }: { readonly requests?: number; readonly reason?: string }) => {
    const { requests: before = 0, reasons = [] } = tried.get(number) ?? {}
    tried.set(number, { requests: before + requests, reasons: reason === undefined ? reasons : [...reasons, reason] })
  }
  return {
    async heard(exchange, inside) {
      if (!attacking || !attacked) return
      const target = attacked
      const looking = watches.filter((watch) => watch.applies(target) === true)
      for (const number of new Set([attacking, ...looking].flatMap(({ classes }) => classes)))
        note(number, { requests: 1 })
      for (const watch of looking) findings.push(...(await watch.see(exchange, target, inside)))
    },
    async run(target) {
      attacked = target
      for (const one of [...watches.map((watch) => ({ watch, said: watch.applies(target) }))])
        if (one.said !== true) for (const number of one.watch.classes) note(number, { reason: one.said })
      const siege = { target, lures, examples: file.examples }
      for (const [at, probe] of probes.entries()) {
        tell(probe.name, at + 1, probes.length)
        const applies = probe.applies(target.entries, target)
        if (applies !== true) {
          for (const number of probe.classes) note(number, { reason: applies })
          continue
        }
        attacking = probe
        findings.push(...(await probe.run(siege)))
      }
      attacking = undefined
      const found = distinct(findings)
      return { scores: scoreboard(tried, found, file.acknowledged), findings: found }
    },
  }
}
