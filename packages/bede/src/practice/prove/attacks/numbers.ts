import type { Finding } from '../finding.ts'
import type { Entry } from '../inventory/inventory.ts'
import { draft, type Example } from '../inventory/request.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import { noAnswer, type Target } from '../target/target.ts'
import { callerFor, subjectOf } from './caller.ts'
import { hole } from './found.ts'
import { growth, type Made, type Measure, nextNumber, overgrown, shownMade } from './growth.ts'
import { holding, settled, tidied } from './held-memory.ts'
import { everythingOf, isLimit } from './limits.ts'
import { type NumberPlace, numberPlaces } from './number-places.ts'
import type { Probe, Siege } from './probe.ts'

/** A number that was sent, and what came of it. */
interface Tried {
  readonly n: number
  readonly exchange: Exchange
  readonly made: Made
  /** It failed for what was too much. */
  readonly failed?: string
}

/** Sends this number wherever it is tried; `before`: gives what is held then. Undefined: nobody knows what to send beside it. */
type Try = (n: number, before?: () => Promise<number>) => Promise<Tried | undefined>

const placesOf = (entry: Entry, { world }: Target, example?: Example): readonly NumberPlace[] =>
  entry.handler ? numberPlaces(entry, world.marks, example) : []

/** A list that answers when it is asked for all rows there are has its finding for that, and needs no other. */
const isFound = async (siege: Siege, entry: Entry, { slot }: NumberPlace): Promise<boolean> =>
  isLimit(slot) && (await everythingOf(siege, entry, slot)) !== undefined

/** How much a handler makes has an end that its caller does not choose. */
export const numbers: Probe = {
  name: 'every number of every handler is sent, small and then larger, until so much is made that it shows',
  classes: [109],
  applies: (entries, target) =>
    entries.some((entry) => placesOf(entry, target).length > 0) || 'no code of the app takes a number from a caller',
  async run(siege) {
    const { target, examples } = siege
    const found: Finding[] = []
    for (const entry of target.entries) {
      const places: NumberPlace[] = []
      for (const place of placesOf(entry, target, examples[entry.name])) {
        if (!(await isFound(siege, entry, place))) places.push(place)
      }
      const before = found.length
      for (const place of places) found.push(...(await madeBy(siege, entry, [place])))
      // What each bounds alone, they may not bound together: a width and a height.
      if (places.length > 1 && found.length === before) found.push(...(await madeBy(siege, entry, places)))
    }
    return found
  },
}

async function madeBy(siege: Siege, entry: Entry, places: readonly NumberPlace[]): Promise<readonly Finding[]> {
  const ways = ['existing', 'fresh'] as const
  for (const values of ways) {
    const shown = await climb(trying(siege, entry, places, values), places)
    if (shown === 'refused') continue
    if (!shown) return []
    return [hole(109, shown.large.exchange, { ...words(entry, places), evidence: evidenceOf(shown) })]
  }
  return []
}

interface Shown {
  readonly small: Tried
  readonly large: Tried
  /** By which it shows; absent: by a failure. */
  readonly measure?: Measure
}

/** What shows so often and is not confirmed is something else. */
const mostDoubts = 3

/** From the smallest up, and no further than where it shows. `refused`: the smallest already is. */
async function climb(send: Try, places: readonly NumberPlace[]): Promise<Shown | 'refused' | undefined> {
  const least = Math.min(...places.map((place) => place.least))
  const most = Math.max(...places.map((place) => place.most))
  const small = await send(least)
  if (!small || !succeeded(small.exchange)) return 'refused'
  let climbed = { first: small, before: small, last: small }
  let doubts = 0
  for (let n = nextNumber(climbed, most); n !== undefined; n = nextNumber(climbed, most)) {
    const large = await send(n, growth('held', climbed.last, small) > 0 ? tidied : undefined)
    if (!large) return undefined
    const shown = excess(small, large)
    if (shown) {
      const sure = await confirmed(send, shown)
      doubts += 1
      if (sure || doubts === mostDoubts) return sure
    }
    // Whoever refuses a number has an end.
    if (!succeeded(large.exchange)) return undefined
    climbed = { first: small, before: climbed.last, last: large }
  }
  return undefined
}

/** Whether it shows that a number makes too much, where a small one does not. */
function excess(small: Tried, large: Tried): Shown | undefined {
  if (large.failed !== undefined) return { small, large }
  const measure = succeeded(large.exchange) ? overgrown(large, small) : undefined
  return measure && { small, large, measure }
}

/** What shows once may be of anything that goes on behind; what is fine and shows again is the number's doing. */
async function confirmed(send: Try, { small, large, measure }: Shown): Promise<Shown | undefined> {
  const before = measure === 'held' ? settled : undefined
  const one = await send(small.n, before)
  const other = one && succeeded(one.exchange) ? await send(large.n, before) : undefined
  return one && other && excess(one, other)
}

const evidenceOf = ({ small, large, measure }: Shown): string =>
  measure
    ? [small, large].map(({ n, made }) => `${n}: ${shownMade(measure, made)}`).join('; ')
    : `${small.n}: ${small.exchange.status}; ${large.n}: ${large.failed}`

/** What stands in the log of a server that was asked for more than there is room for. */
const noRoom =
  /Invalid (?:string|(?:typed )?array|DataView) length|allocation failed|longer than 0x|(?:Map|Set) maximum size|Maximum call stack|\\?"size\\?" is out of range/

function trying(siege: Siege, entry: Entry, places: readonly NumberPlace[], values: 'existing' | 'fresh'): Try {
  const { target, examples } = siege
  const example = examples[entry.name]
  return async (n, before) => {
    const given = new Map(
      places.map(({ slot, least, most, filled }) => [slot, { value: filled(Math.min(most, Math.max(least, n))) }]),
    )
    const fill = (slot: (typeof entry.slots)[number]) => given.get(slot)
    const about = subjectOf(entry, target)
    const request = draft(entry, target.world, { about, values, fill, ...(example && { example }) })
    if (!request) return undefined
    const as = await callerFor(siege, entry)
    const logged = target.served.lines.length
    const { done: exchange, held } = await holding(() => target.send(request, as), await before?.())
    const { text, changes, worked } = exchange
    const failed = failure(exchange, target.served.lines.slice(logged))
    const made = { answered: Buffer.byteLength(text), written: changes.length, held, worked }
    return { n, exchange, made, ...(failed !== undefined && { failed }) }
  }
}

/** In which way it failed for what was too much, as far as that can be told from other mistakes. */
function failure({ status, text }: Exchange, lines: readonly string[]): string | undefined {
  if (status === noAnswer) return 'no answer'
  if (status === 504 && text.includes('deadline-exceeded')) return '504 deadline-exceeded'
  const said = status === 500 ? lines.flatMap((line) => noRoom.exec(line)?.[0] ?? [])[0] : undefined
  return said && `500 ${said}`
}

/** The same in every run: what was measured is the evidence. */
function words(entry: Entry, places: readonly NumberPlace[]): Pick<Finding, 'says' | 'hint'> {
  const names = places.map(({ name }) => name).join(' and ')
  const [{ slot, field }, ...others] = places as readonly [NumberPlace, ...NumberPlace[]]
  if (others.length > 0)
    return {
      says: `A caller decides how much ${entry.name} makes, by ${names} together`,
      hint: `Give each a max that fits those of the others, or refuse what is too much of them together.`,
    }
  if (field.max !== undefined)
    return {
      says: `A caller decides how much ${entry.name} makes, by ${names}: its max is ${field.max}`,
      hint: `Give it a smaller one, or refuse in ${entry.name} what is too much.`,
    }
  const { kind } = field.type
  const value = kind === 'integer' || kind === 'float' ? (n: number) => n : (n: number) => `'${n}'`
  return {
    says: `A caller decides how much ${entry.name} makes, by ${names}, which has no max`,
    hint: `Give it one: ${slot.path.at(-1)}: ${kind}({ min: ${value(1)}, max: ${value(100)} }).`,
  }
}
