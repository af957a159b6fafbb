import type { Json } from '../../../expr/value.ts'
import { platformSchema } from '../../../manifest/platform/names.ts'
import type { Finding } from '../finding.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import { draft } from '../inventory/request.ts'
import type { Change } from '../target/changes.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import { callerFor, callerOf, subjectOf } from './caller.ts'
import { hole } from './found.ts'
import type { Probe, Siege } from './probe.ts'

/** No list of any app is read in pages of so many. */
const everything = 1_000_000
const limitNames = /^(limit|pageSize|page_size|per_page|perPage|take|first|size|count)$/i

/** Whether it says how long a list is to be. */
export const isLimit = ({ place, path, field: { type } }: Slot): boolean =>
  place === 'query' && limitNames.test(path.at(-1) ?? '') && (type.kind === 'integer' || type.kind === 'bigint')

/** A list that was asked for all rows there are, and answered. Undefined: it refuses, or fails. */
export async function everythingOf(siege: Siege, entry: Entry, slot: Slot): Promise<Exchange | undefined> {
  const { target, examples } = siege
  const example = examples[entry.name]
  const request = draft(entry, target.world, {
    about: subjectOf(entry, target),
    fill: (one) => (one === slot ? { value: everything } : undefined),
    ...(example && { example }),
  })
  const exchange = request && (await target.send(request, await callerFor(siege, entry)))
  return exchange && succeeded(exchange) ? exchange : undefined
}

/** A list has an end that its caller does not choose. */
export const listLimits: Probe = {
  name: 'every list is asked for a million rows',
  classes: [109, 130],
  applies: (entries) =>
    entries.some(({ slots }) => slots.some(({ path }) => limitNames.test(path.at(-1) ?? ''))) ||
    'no list takes a limit',
  async run(siege) {
    const found: Finding[] = []
    for (const entry of siege.target.entries) {
      for (const slot of entry.slots) {
        if (!isLimit(slot)) continue
        const exchange = await everythingOf(siege, entry, slot)
        if (exchange)
          found.push(
            hole(109, exchange, {
              says: `A million rows can be asked for: ${slot.path.join('.')} has no max`,
              hint: `Give it one: ${slot.path.at(-1)}: integer({ min: 1, max: 100, default: 20 }).`,
              evidence: `${exchange.status} for ${slot.path.join('.')} = ${everything}`,
            }),
          )
      }
    }
    return found
  },
}

/** The same change sent twice happens once. */
export const repeats: Probe = {
  name: 'every write is sent twice under one Idempotency-Key, one after the other and at once',
  classes: [124],
  applies: (entries) => entries.some(({ http }) => http.method !== 'GET') || 'nothing writes',
  async run({ target, examples }) {
    const found: Finding[] = []
    const as = callerOf(target)
    for (const entry of target.entries) {
      if (entry.http.method === 'GET') continue
      const example = examples[entry.name]
      const request = draft(entry, target.world, {
        about: subjectOf(entry, target),
        values: entry.handler ? 'fresh' : 'existing',
        full: true,
        ...(example && { example }),
      })
      if (!request) continue
      const keyed = { ...request, headers: { ...request.headers, 'idempotency-key': target.served.random.uuid() } }
      const kept = ({ changes }: Exchange) =>
        changes.filter(({ model }) => target.manifest.models[model]?.schema !== platformSchema)
      const twice = await target.together(async ({ send }) => {
        const first = await send(keyed, as)
        return succeeded(first) ? ([first, await send(keyed, as)] as const) : undefined
      })
      if (!twice) continue
      const [first, again] = twice
      const says = 'The same request under the same Idempotency-Key changes something again'
      const hint = `Look at what ${entry.name} writes outside of its transaction.`
      const told = (exchange: Exchange, at: string, changes: readonly Change[]): Finding =>
        hole(124, exchange, {
          says: `${says}${at}`,
          hint,
          evidence: changes.map(({ model, kind }) => `${model} ${kind}`).join(', '),
        })
      if (kept(again).length > 0) found.push(told(again, '', kept(again)))
      const both = await target.together(({ meet }) => meet({ draft: keyed, as }, { draft: keyed, as }))
      const [, second] = both.both
      if (kept(second).length > kept(first).length) found.push(told(second, ', sent twice at once', kept(second)))
    }
    return found
  },
}

/** Levels of objects in objects, more than anything needs. */
const depth = 2_000

/** What is deep or wide is refused before it is understood. */
export const deepBodies: Probe = {
  name: 'every body is sent very deep and very wide',
  classes: [129],
  applies: (entries) => entries.some(({ http }) => http.body !== undefined) || 'no operation takes a body',
  async run({ target }) {
    const found: Finding[] = []
    const as = callerOf(target)
    let deep: Json = 1
    for (let level = 0; level < depth; level++) deep = { a: deep }
    const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1]))
    for (const entry of target.entries) {
      if (entry.http.body === undefined) continue
      const request = draft(entry, target.world, { about: subjectOf(entry, target), full: true })
      if (!request) continue
      for (const body of [deep, wide]) {
        if (request.form !== undefined) break
        const exchange = await target.send({ ...request, body }, as)
        if (exchange.status < 400 || exchange.status >= 500)
          found.push(
            hole(129, exchange, {
              says: `A body that is ${body === deep ? 'very deep' : 'very wide'} is answered with ${exchange.status}`,
              hint: 'Declare the form of every body.',
              evidence: String(exchange.status),
            }),
          )
      }
    }
    return found
  },
}
