import { hole, leakOf } from '../attacks/found.ts'
import type { Finding } from '../finding.ts'
import type { Exchange } from '../target/exchange.ts'
import type { Target } from '../target/target.ts'
import type { Marked } from '../world/marks.ts'
import type { Person } from '../world/person.ts'
import { ownerOf } from '../world/world.ts'
import { receivers, type Watch } from './watch.ts'

/** Whoever is shown a field may see its row and the field: by the policies, whatever the operation does. */
export const shown: Watch = {
  name: 'every answer is searched for rows and fields that its reader may not see',
  classes: [5, 10, 15, 18],
  applies: () => true,
  see(exchange, target) {
    const { entry } = exchange.draft
    if (entry.brought) return []
    const said = `${decodeURIComponent(exchange.draft.target)}${JSON.stringify(exchange.draft.body ?? '')}`
    const readers = receivers(exchange, target)
    const own = new Set(target.world.marks.shown(said).map(key))
    const found = target.world.marks
      .shown(exchange.text)
      .filter((marked) => !own.has(key(marked)))
      .flatMap((marked) => judged(marked, exchange, target, readers))
    return [...found, ...hashes(exchange)]
  },
}

const key = ({ model, row, field }: Marked): string => `${model}/${row}/${field}`

function judged(
  { model, row: id, field }: Marked,
  exchange: Exchange,
  { world, manifest }: Target,
  readers: readonly Person[],
): readonly Finding[] {
  const row = world.valuesOf({ model, id })
  if (!row) return []
  const { handler } = exchange.draft.entry
  const by = whoIs(exchange)
  const { judge, stored } = world
  const owner = ownerOf(manifest, model, row)
  const reads = readers.some((one) => one.account === owner || judge.may('read', model, row, one.actor, stored))
  if (!reads) {
    const of = `${model}.${field} of a row that the policy of ${model} hides from them`
    const hint = handler
      ? 'Read with the rights of the caller: db.run(…) without as(system(…)), or check whose row it is.'
      : 'Look at what is answered: bede check --policies.'
    return [leakOf(handler ? 18 : 15, exchange, { of, by, hint })]
  }
  const definition = manifest.models[model]?.fields[field]
  const guarded = manifest.policies[model]?.fields?.[field]?.read !== undefined
  if (!definition?.private && !guarded) return []
  const sees = readers.some((one) => {
    if (one.account === owner) return true
    return guarded ? judge.maySee(model, field, row, one.actor, stored) : one.privileged
  })
  if (sees) return []
  const of = `the ${definition?.private ? 'private' : 'guarded'} field ${model}.${field} of somebody else`
  const hint = `Take ${field} out of what is answered, or state in the policy of ${model} who may read it: fields: { ${field}: { read: … } }.`
  return [leakOf(model === manifest.actor.model ? 10 : 5, exchange, { of, by, hint })]
}

/** The same for all who are alike, so that one hole is told once; the request says whose it was. */
export const whoIs = ({ as }: Pick<Exchange, 'as'>): string => {
  if (as.account === '') return 'Somebody who is not signed in'
  return as.privileged ? `Another account (${as.name})` : 'Another account'
}

/** No answer holds the hash of a secret, whoever asks. */
const hashes = (exchange: Exchange): readonly Finding[] =>
  /\$argon2(id?|d)\$/.test(exchange.text)
    ? [
        hole(10, exchange, {
          says: 'An answer holds the hash of a secret',
          hint: 'Name the fields that are answered one by one, and no field of kind secret among them.',
        }),
      ]
    : []
