import { plainCost } from '../../manifest/cost.ts'
import { type LimitedBy, limitedBy, limitNames, type OperationLimits } from '../../manifest/limits.ts'
import type { Manifest, Operation } from '../../manifest/manifest.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type Actor, type From, isSystem, type OperationCall } from '../call.ts'
import { credentialOf } from '../credential.ts'
import { type CostOf, costOf } from './cost.ts'
import { createEdgeLimits, type EdgeLimits } from './edge-limits.ts'
import { type Clock, memoryCounter } from './memory-counter.ts'
import { isInternal, networkOf } from './network.ts'
import { type Counted, type Counter, type Limit, limitOf, type Spent } from './quota.ts'

/**
 * What a caller may where the app says nothing of it. People and pages do not come near it, and one caller cannot keep a
 * backend busy that answers a thousand calls a second.
 */
export const usualLimits = {
  perActor: { points: 1_200, per: 60 },
  perKey: { points: 1_200, per: 60 },
  perAddress: { points: 600, per: 60 },
} as const

export interface LimitsSetting {
  /** Callers are limited where the app does not say how ({@link usualLimits}). */
  readonly usual?: boolean
  /** Counts for several processes. Absent: each process counts for itself. */
  readonly counter?: (about: { readonly name: string; readonly log: Logger }) => Counter & { close?(): Promise<void> }
  readonly clock?: Clock
}

/** How often one caller may call. Whatever the surface, and whatever stands around it: each operation is counted (class 51). */
export interface Limits extends EdgeLimits {
  /**
   * Counts a call before anything of it is looked at; a promise where others count along. Throws, or rejects with, a
   * Problem `rate-limited`, and throws one `too-many` for more at once than a limit ever allows.
   */
  count(call: OperationCall): Promise<void> | undefined
  /**
   * The same for calls that are done together or not at all: so are they counted.
   */
  countAll(calls: readonly OperationCall[]): Promise<void> | undefined
  close(): Promise<void>
}

/** What is counted of the calls of one operation. */
interface Costing {
  readonly cost: CostOf
  /** What it costs where no more is asked for than has to be. */
  readonly plain: number
  /** Of this operation alone, or of its group. */
  readonly own: readonly Limit[]
}

/** Undefined: nothing is limited, and nothing is counted. */
export function createLimits(
  manifest: Manifest,
  { usual = false, counter, clock = () => performance.now() }: LimitsSetting,
  log: Logger,
): Limits | undefined {
  const { limits: said = {}, operations } = manifest
  const general = (by: LimitedBy): Limit | undefined => {
    const quota = said[limitNames[by]] ?? (usual ? usualLimits[limitNames[by]] : 'off')
    return quota === 'off' ? undefined : limitOf(by, by, quota)
  }
  const perActor = general('actor')
  const perKey = general('key')
  const perAddress = general('address')
  // Nobody has said who stands in between: a proxy, of which all come, is no caller.
  const publicOnly = said.perAddress === undefined
  const groups = new Map<string, Limit>()
  const costings = new Map(
    Object.entries(operations).map(([name, operation]) => [name, costing(operation, groups)] as const),
  )
  if (!perActor && !perKey && !perAddress && groups.size === 0) return undefined
  const near = memoryCounter(clock)
  const together = counter?.({ name: manifest.name, log })
  const shared: Pick<Counter, 'spend'> = together ?? near

  /** What a call spends, of every limit that says something of it. */
  const spentBy = (call: OperationCall): Spent[] => {
    const { operation, input, actor, from } = call
    const all: Spent[] = []
    const costing = costings.get(operation)
    if (!costing || isSystem(actor)) return all
    const points = costing.cost(input)
    const spend = (limit: Limit | undefined, whose: string): void => {
      if (!limit) return
      // Many rows are refused, and not let through for all the points there are: so they would be cheaper than one after
      // the other (class 51). What cannot be asked for in smaller parts takes all of them.
      if (points > limit.points && points > costing.plain) throw tooManyAtOnce(limit)
      all.push({ limit, whose, points: Math.min(points, limit.points) })
    }
    const credential = credentialOf(actor)
    const account = actor === null ? undefined : accountOf(actor)
    // What is called in this process by nobody from outside is not counted: it came in by something that was.
    const outside = from !== undefined || credential !== undefined
    if (!outside) return all
    if (account !== undefined) spend(perActor, account)
    if (credential?.kind === 'key') spend(perKey, credential.id)
    if (actor === null && from) {
      const network = counted(from)
      if (network !== undefined) spend(perAddress, network)
    }
    for (const limit of costing.own) {
      if (limit.by === 'actor' && account !== undefined) spend(limit, account)
      else if (limit.by === 'key' && credential?.kind === 'key') spend(limit, credential.id)
      else if (limit.by === 'address' && from) spend(limit, networkOf(from.address))
    }
    return all
  }

  /** Whose an address is; undefined: it is not counted by the limit of all calls. */
  const counted = (from: From): string | undefined => {
    if (!perAddress) return undefined
    const network = networkOf(from.address)
    return publicOnly && !from.named && isInternal(network) ? undefined : network
  }

  const settle = (all: readonly Spent[], from: From | undefined): Promise<void> | undefined => {
    if (all.length === 0) return undefined
    const counted = shared.spend(all)
    if (counted instanceof Promise) return counted.then((one) => decide(one, all, from))
    decide(counted, all, from)
    return undefined
  }

  const edge = createEdgeLimits({
    near,
    together,
    clock,
    perActor,
    perAddress,
    networkOf: counted,
    accountOf,
    decide,
    refused,
  })
  return {
    count: (call) => settle(spentBy(call), call.from),
    countAll: (calls) => settle(summed(calls.flatMap(spentBy)), calls.find(({ from }) => from)?.from),
    ...edge,
    async close() {
      edge.close()
      await together?.close?.()
    },
  }
}

/** Who acts as somebody else spends points of their own. */
const accountOf = (actor: Actor): string => String(credentialOf(actor)?.impersonator ?? actor.id)

function costing(operation: Operation, groups: Map<string, Limit>): Costing {
  const { limits = [] } = operation
  const own = limits.flatMap((said) => limitedBy.flatMap((by) => ownLimit(said, by, groups) ?? []))
  return { cost: costOf(operation), plain: plainCost(operation), own }
}

function ownLimit(limits: OperationLimits, by: LimitedBy, groups: Map<string, Limit>): Limit | undefined {
  const quota = limits[limitNames[by]]
  if (!quota) return undefined
  const name = `${limits.group}/${by}`
  // Of two that say the same of one group there is one count; who says something else has a count of its own.
  const key = `${name} ${quota.points} ${quota.per}`
  const known = groups.get(key)
  if (known) return known
  const limit = limitOf(name, by, quota)
  groups.set(key, limit)
  return limit
}

/**
 * What several calls spend of one limit is spent at once. More than there can ever be is refused, and not let through
 * for all there is: together they would be cheaper than one after the other (class 51).
 */
function summed(all: readonly Spent[]): readonly Spent[] {
  const sums = new Map<string, Spent>()
  for (const one of all) {
    const key = `${one.limit.name} ${one.limit.points} ${one.whose}`
    const points = one.points + (sums.get(key)?.points ?? 0)
    if (points > one.limit.points) throw tooManyAtOnce(one.limit)
    sums.set(key, { ...one, points })
  }
  return [...sums.values()]
}

const tooManyAtOnce = ({ name, points, per }: Limit): Problem =>
  new Problem('too-many', {
    message: `What is asked for at once costs more than the limit '${name}' ever has: ${points} points in ${per / 1000} s`,
    hint: 'Ask for less at once, and for the rest later.',
  })

function decide({ standings, wait }: Counted, all: readonly Spent[], from: From | undefined): void {
  if (from) from.standings = standings
  if (wait <= 0) return
  const names = standings.flatMap(({ limit, behind }, index) =>
    behind + (all[index]?.points ?? 0) * limit.each > limit.per ? [limit.name] : [],
  )
  throw refused(wait, names)
}

/** The member is the one of the problem type `quota-exceeded` (RateLimit header fields, draft 11 §6.1). */
const refused = (wait: number, names: readonly string[]): Problem =>
  new Problem('rate-limited', { retryAfter: wait / 1000, members: { 'violated-policies': names } })
