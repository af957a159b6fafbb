import type { Json } from '../../../expr/value.ts'
import type { Finding } from '../finding.ts'
import { draft } from '../inventory/request.ts'
import { succeeded } from '../target/exchange.ts'
import { callerFor, subjectOf } from './caller.ts'
import { hole } from './found.ts'
import type { Probe, Siege } from './probe.ts'
import { textPlaces } from './text-places.ts'

const statements = ["'", "' or '1'='1", '") or true --', '\\', "x' union select null --"]

/** Statements in values stay values: no more rows, no fault, no word of the database. */
export const statementsInValues: Probe = {
  name: 'statements, operators and markup are sent as every text',
  classes: [64, 66, 67, 71, 142],
  applies: (entries, { world }) =>
    entries.some((entry) => textPlaces(entry, world.marks).length > 0) || 'no operation takes text',
  async run(siege) {
    const found: Finding[] = []
    const { target, examples } = siege
    for (const entry of target.entries) {
      const as = await callerFor(siege, entry)
      const about = subjectOf(entry, target)
      const example = examples[entry.name]
      for (const { slot, name, filled } of textPlaces(entry, target.world.marks, example)) {
        const wide = new Map<string, number>()
        for (const text of statements) {
          const value = filled(text)
          const request =
            value !== undefined &&
            draft(entry, target.world, {
              about,
              fill: (one) => (one === slot ? { value } : undefined),
              ...(example && { example }),
            })
          if (!request) continue
          const exchange = await target.send(request, as)
          wide.set(text, succeeded(exchange) ? exchange.text.length : 0)
          if (exchange.status === 500 && entry.handler && /sql|syntax|query/i.test(exchange.text))
            found.push(
              hole(64, exchange, {
                says: `What is sent as ${name} reaches a statement`,
                hint: 'Ask the database with db.run(…), whose values are never part of a statement.',
              }),
            )
        }
        const harmless = wide.get("'") ?? 0
        const all = wide.get("' or '1'='1") ?? 0
        if (slot.column && harmless === 0 && all > 0) {
          const request = draft(entry, target.world, {
            about,
            fill: (one) => (one === slot ? { value: "' or '1'='1" } : undefined),
          })
          if (request)
            found.push(
              hole(64, await target.send(request, as), {
                says: `A condition that is sent as ${slot.path.join('.')} finds rows`,
                hint: 'Ask the database with db.run(…), whose values are never part of a statement.',
              }),
            )
        }
        for (const value of [{ $ne: null }, { toString: 'x' }, ['a', 'b']] as const) {
          if (slot.place !== 'body' || (slot.field.type.kind !== 'text' && slot.field.type.kind !== 'url')) break
          const request = draft(entry, target.world, {
            about,
            fill: (one) => (one === slot ? { value: value as Json } : undefined),
          })
          // In a form everything is text.
          if (!request || request.form !== undefined) continue
          const exchange = await target.send(request, as)
          if (succeeded(exchange))
            found.push(
              hole(71, exchange, {
                says: `An object is taken where ${slot.path.join('.')} is text`,
                hint: 'Declare the kind of every input.',
              }),
            )
        }
      }
    }
    return found
  },
}

/** What no declaration names is refused, and is never dropped or written. */
export const unknownNames: Probe = {
  name: 'names that nothing declares are sent in every query and body',
  classes: [1, 3, 12, 74, 75, 76],
  applies: () => true,
  async run(siege: Siege) {
    const found: Finding[] = []
    const { target, examples } = siege
    for (const entry of target.entries) {
      const as = await callerFor(siege, entry)
      const example = examples[entry.name]
      const request = draft(entry, target.world, {
        about: subjectOf(entry, target),
        full: true,
        ...(example && { example }),
      })
      if (!request) continue
      const join = request.target.includes('?') ? '&' : '?'
      for (const [number, query] of [
        [1, 'password=x'],
        [3, 'sort=password'],
        [12, 'undeclared=1'],
        [76, 'a[b]=1'],
        [74, '__proto__=1'],
      ] as const) {
        if (Object.hasOwn(entry.http.query, query.split('=')[0] ?? '') && number !== 3) continue
        const exchange = await target.send({ ...request, target: `${request.target}${join}${query}` }, as)
        if (succeeded(exchange))
          found.push(
            hole(number, exchange, {
              says: `It takes the parameter ${query}, which nothing declares`,
              hint: 'Declare every parameter that is read.',
            }),
          )
      }
      if (typeof request.body !== 'object' || request.body === null || Array.isArray(request.body)) continue
      const polluted: Json = JSON.parse(
        JSON.stringify(request.body).replace(
          /^\{/,
          `{"__proto__":{"polluted":true}${Object.keys(request.body).length > 0 ? ',' : ''}`,
        ),
      )
      const exchange = await target.send({ ...request, body: polluted }, as)
      if (succeeded(exchange) && Object.hasOwn(Object.prototype, 'polluted'))
        found.push(
          hole(75, exchange, {
            says: 'A body changes the prototype of all objects',
            hint: 'Copy declared members alone.',
          }),
        )
    }
    return found
  },
}
