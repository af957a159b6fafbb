import type { Json } from '../../../expr/value.ts'
import type { Manifest } from '../../../manifest/manifest.ts'
import { platformSchema } from '../../../manifest/platform/names.ts'
import type { Change } from '../target/changes.ts'

/**
 * What two requests have left in the app's own tables: of each kind of change to each row that was there, and of all new
 * rows of a model together, the values by column, in an order of their own.
 */
export type Outcome = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>

export function outcomeOf(changes: readonly Change[], { models }: Manifest): Outcome {
  const groups = new Map<string, Map<string, string[]>>()
  for (const { model, kind, id, columns } of changes) {
    const definition = models[model]
    if (!definition || definition.schema === platformSchema) continue
    const times = new Set(
      Object.values(definition.fields).flatMap(({ type, column }) => (timely.has(type.kind) ? [column] : [])),
    )
    const place = kind === 'created' ? `new ${model}` : `${model} ${id} ${kind}`
    const group = groups.get(place) ?? new Map<string, string[]>()
    groups.set(place, group)
    group.set('', [...(group.get('') ?? []), ''])
    for (const [column, value] of Object.entries(columns)) {
      if (!times.has(column)) group.set(column, [...(group.get(column) ?? []), textOf(value)].sort())
    }
  }
  return groups
}

/** Whenever it happens, it is another time. */
const timely: ReadonlySet<string> = new Set(['timestamp', 'date'])

const textOf = (value: Json): string => JSON.stringify(value)

/**
 * In what an outcome is like none that comes of one after the other; undefined: it is like one. What differs between two
 * times of the same, as made-up ids do, tells nothing.
 */
export function difference(
  found: Outcome,
  [before, after]: readonly [Outcome, Outcome],
  reversed: Outcome,
): string | undefined {
  const steady = (place: string, column: string): boolean => {
    const [one, other] = [before, after].map((outcome) => outcome.get(place)?.get(column)?.join())
    return one === other
  }
  const unlike = (outcome: Outcome): readonly [place: string, column: string, wanted: readonly string[]][] =>
    [...new Set([...found.keys(), ...outcome.keys()])].flatMap((place) => {
      const columns = new Set([...(found.get(place)?.keys() ?? []), ...(outcome.get(place)?.keys() ?? [])])
      return [...columns].flatMap((column): [string, string, readonly string[]][] => {
        const wanted = outcome.get(place)?.get(column) ?? []
        const is = found.get(place)?.get(column) ?? []
        return steady(place, column) && is.join() !== wanted.join() ? [[place, column, wanted]] : []
      })
    })
  const differs = unlike(before)
  const [first] = differs
  if (!first || unlike(reversed).length === 0) return undefined
  const [place, column, wanted] = first
  const is = found.get(place)?.get(column) ?? []
  return column === ''
    ? `one after the other, there are ${wanted.length} times ${place}, and now ${is.length}`
    : `one after the other, ${column} of ${place} is ${wanted.join(', ')}, and now ${is.join(', ')}`
}
