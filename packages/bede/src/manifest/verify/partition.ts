import type { ModelDefinition } from '../../model/definition.ts'
import { type Verifying, wrong } from './report.ts'
import { own } from './scope.ts'

/** What rows in parts by time can be, and what they cannot: the database keeps nothing unique across parts. */
export function verifyPartition(verifying: Verifying, name: string, model: ModelDefinition): void {
  const { partition } = model
  if (!partition) return
  const place = `${name}.partition`
  const add = (text: string, hint: string) => verifying.add(place, wrong('invalid-declaration', text, hint))
  const by = own(model.fields, partition.by)
  if (by?.type.kind !== 'timestamp' || by.optional || !by.immutable || by.native !== undefined) {
    add(
      `${partition.by} cannot say in which part a row lies`,
      `Take a timestamp that is never missing and never changes: timestamp({ default: 'now', immutable: true }).`,
    )
  }
  const id = own(model.fields, model.id)?.type
  if (id?.integer || id?.parts)
    add(
      `The ids of ${name} are not UUIDs, and nothing would keep them apart across parts`,
      `Write id: id<'${name}'>().`,
    )
  if (model.readonly || model.partitioned !== undefined)
    add(`${name} is a table that was there before`, 'Take partition out of the options.')
  for (const { fields } of model.indexes.filter(({ unique }) => unique)) {
    add(
      `${fields.join(', ')} would be unique in each part of ${name} alone`,
      'Take unique away, or keep what is unique in a model of its own.',
    )
  }
  for (const [other, { fields }] of Object.entries(verifying.manifest.models)) {
    for (const [field, { type }] of Object.entries(fields)) {
      if (type.kind !== 'ref' || type.model !== name) continue
      add(
        `${other}.${field} names a row of ${name}, and the database cannot hold that it is there`,
        `Let ${name} name the row of ${other}, or take partition out of the options.`,
      )
    }
  }
  if (partition.keep !== undefined && model.history) {
    add(`Parts of ${name} are dropped whole, and no history would tell`, 'Take keep away, or history.')
  }
}
