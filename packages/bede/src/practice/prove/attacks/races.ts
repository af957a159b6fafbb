import { locksOf } from '../../../engine/exclusive.ts'
import type { Finding } from '../finding.ts'
import type { Entry } from '../inventory/inventory.ts'
import { type Draft, draft } from '../inventory/request.ts'
import { asCurl, type Exchange, succeeded } from '../target/exchange.ts'
import type { Asked, Target, Trial } from '../target/target.ts'
import { inMemory } from '../world/in-memory.ts'
import { difference, outcomeOf } from './after-both.ts'
import { callerOf, subjectOf } from './caller.ts'
import { hole } from './found.ts'
import type { Probe, Siege } from './probe.ts'

/** One way in which two come at once: the n-th request of it. */
interface Way {
  readonly who: string
  readonly nth: (n: number) => Asked | undefined
}

/** Requests after which nobody is refused any more for having had enough. */
const longestQueue = 12

/**
 * Two writes at once. Where transactions run side by side, the second may be committed between what the first has read
 * and what it writes: both are made to meet there, and what comes of it is held against one after the other. So nothing
 * depends on which of them is quicker.
 */
export const races: Probe = {
  name: 'every write is sent twice at once, the second between what the first has read and what it writes',
  classes: [125],
  applies: (entries) => entries.some(isTried) || 'nothing writes',
  async run(siege) {
    const found: Finding[] = []
    for (const entry of siege.target.entries.filter(isTried)) {
      for (const way of waysOf(entry, siege)) {
        const finding = await race(entry, way, siege.target)
        if (finding) found.push(finding)
      }
    }
    return found
  },
}

const isTried = ({ http, brought, file, upload }: Entry): boolean =>
  http.method !== 'GET' && !brought && !file && !upload

function waysOf(entry: Entry, { target, examples }: Siege): readonly Way[] {
  const ada = callerOf(target)
  const bob = target.world.people.find(({ name }) => name === 'bob')
  const about = subjectOf(entry, target)
  const example = examples[entry.name]
  const told = { about, full: true, ...(example && { example }) }
  const asked = (draft: Draft | undefined, as: typeof ada): Asked | undefined => draft && { draft, as }
  const same = draft(entry, target.world, told)
  const once = entry.handler ? draft(entry, target.world, { ...told, values: 'fresh' }) : undefined
  return [
    { who: 'one request comes twice', nth: () => asked(same, ada) },
    ...(once ? [{ who: 'a request for something new comes twice', nth: () => asked(once, ada) }] : []),
    ...(entry.handler
      ? [
          {
            who: 'two requests come',
            nth: () => asked(draft(entry, target.world, { ...told, values: 'fresh' }), ada),
          },
        ]
      : []),
    ...(bob ? [{ who: 'requests of two people come', nth: (n: number) => asked(same, n % 2 === 0 ? ada : bob) }] : []),
  ]
}

async function race(entry: Entry, way: Way, target: Target): Promise<Finding | undefined> {
  const first = way.nth(0)
  const second = way.nth(1)
  // What the database undoes, or lets wait, does not meet.
  if (!first || !second || !mayMeet(entry, first, second, target)) return undefined
  const before = await inTurn(target, first, second)
  const together = await target.together(async (trial) => {
    const { both, met } = await trial.meet(first, second)
    return met && both.every(succeeded)
      ? { both, outcome: outcomeOf(await trial.changed(), target.manifest) }
      : undefined
  })
  if (together) {
    const refused = before.both.find((one) => !succeeded(one))
    if (refused)
      return open(entry, way, together.both, {
        says: 'one after the other, one of them is refused',
        evidence: `${refused.status} for one of them, one after the other`,
      })
    const after = await inTurn(target, first, second)
    const reversed = await inTurn(target, second, first)
    const lost = difference(together.outcome, [before.outcome, after.outcome], reversed.outcome)
    if (lost !== undefined)
      return open(entry, way, together.both, {
        says: 'one after the other, something else is left of them',
        evidence: lost,
      })
  }
  return overTheLimit(entry, way, target, together !== undefined)
}

async function inTurn(target: Target, first: Asked, second: Asked) {
  return target.together(async ({ send, changed }) => {
    const both = [await send(first.draft, first.as), await send(second.draft, second.as)] as const
    return { both, outcome: outcomeOf(await changed(), target.manifest) }
  })
}

/** Where some number of them is enough: the last that is let through comes together with the one that is not. */
async function overTheLimit(entry: Entry, way: Way, target: Target, meets: boolean): Promise<Finding | undefined> {
  if (!meets) return undefined
  const statuses = await target.together(({ send }) => queue(send, way, longestQueue))
  const enough = statuses.findIndex((one) => !succeeded(one))
  const refused = statuses[enough]
  // Two of them were tried already.
  if (enough < 2 || !refused) return undefined
  const both = await target.together(async (trial) => {
    await queue(trial.send, way, enough - 1)
    const [last, over] = [way.nth(enough - 1), way.nth(enough)]
    if (!last || !over) return undefined
    const { both, met } = await trial.meet(last, over)
    return met ? both : undefined
  })
  if (!both?.every(succeeded)) return undefined
  return open(entry, way, both, {
    says: 'one after the other, the last of so many is refused',
    evidence: `number ${enough + 1} is refused with ${refused.status}, one after the other`,
  })
}

async function queue(send: Trial['send'], { nth }: Way, most: number): Promise<readonly Exchange[]> {
  const answered: Exchange[] = []
  while (answered.length < most && answered.every(succeeded)) {
    const next = nth(answered.length)
    if (!next) break
    answered.push(await send(next.draft, next.as))
  }
  return answered
}

function mayMeet({ operation }: Entry, first: Asked, second: Asked, { served }: Target): boolean {
  if (operation.kind === 'invoke' && operation.isolation) return false
  if (!operation.exclusive) return true
  const now = served.backend.clock().toISOString()
  const keysOf = ({ draft: { input }, as }: Asked): readonly string[] => {
    const { actor } = as
    const call = { actor: actor === null ? null : { ...actor, id: as.account } }
    return inMemory(() => locksOf({ operation, call, input, now })?.keys) ?? ['unknown']
  }
  const taken = keysOf(first)
  return !keysOf(second).some((key) => taken.includes(key) || key === 'unknown')
}

function open(
  entry: Entry,
  { who }: Way,
  [first, second]: readonly [Exchange, Exchange],
  { says, evidence }: { readonly says: string; readonly evidence: string },
): Finding {
  const found = hole(125, second, {
    says: `When ${who} at once, both go through on what was read before the other; ${says}`,
    hint: `Let the write itself ask: a where, db.increment, a unique. Or say exclusive, or isolation: 'serializable', in ${entry.name}.`,
    evidence,
  })
  return { ...found, reproduce: `${asCurl(first)} & ${asCurl(second)}` }
}
