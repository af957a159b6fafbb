import { subjects } from '../inventory/about.ts'
import type { Entry } from '../inventory/inventory.ts'
import { draft } from '../inventory/request.ts'
import { succeeded } from '../target/exchange.ts'
import type { Target } from '../target/target.ts'
import { nobody, type Person } from '../world/person.ts'
import type { PlantedRow } from '../world/planting.ts'
import type { Siege } from './probe.ts'

export const callerOf = ({ world }: Target): Person => world.people.find(({ name }) => name === 'ada') ?? nobody

export const subjectOf = (entry: Entry, target: Target): PlantedRow | undefined =>
  subjects(entry, target).find((row) => row?.owner === 'ada') ?? subjects(entry, target)[0]

const known = new WeakMap<Entry, Promise<Person>>()

/**
 * Somebody for whom the usual request of an operation goes well, ada before all others: what is refused at the door
 * proves nothing of the code behind it. Where it goes well for nobody, somebody who is let in, else ada.
 */
export function callerFor(siege: Siege, entry: Entry): Promise<Person> {
  const found = known.get(entry) ?? lookFor(siege, entry)
  known.set(entry, found)
  return found
}

const atTheDoor: ReadonlySet<number> = new Set([401, 403, 404])

async function lookFor({ target, examples }: Siege, entry: Entry): Promise<Person> {
  const ada = callerOf(target)
  const others = target.world.people.filter((person) => person !== ada && person !== nobody)
  const example = examples[entry.name]
  let letIn: Person | undefined
  for (const as of [ada, ...others, nobody]) {
    const about = subjectOf(entry, target)
    const request = draft(entry, target.world, { about, ...(example && { example }) })
    if (!request) break
    const exchange = await target.send(request, as)
    if (succeeded(exchange)) return as
    if (!atTheDoor.has(exchange.status)) letIn ??= as
  }
  return letIn ?? ada
}
