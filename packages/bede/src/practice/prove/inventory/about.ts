import type { Target } from '../target/target.ts'
import type { Person } from '../world/person.ts'
import type { PlantedRow } from '../world/planting.ts'
import type { Entry } from './inventory.ts'

/** The model whose rows a request of an operation is about. Undefined: none, as of a list. */
export function aboutModel({ operation, slots }: Entry): string | undefined {
  const named = slots.flatMap(({ column, place }) => (column && place !== 'query' ? [column.model] : []))
  if (operation.kind === 'invoke') return named[0]
  const { write } = operation
  if (write && write.kind !== 'create') return write.model
  return named[0]
}

/** Rows that a request of somebody could be about: their own, those of others, and each variant of them. */
export function subjects(entry: Entry, { world }: Target): readonly (PlantedRow | undefined)[] {
  const model = aboutModel(entry)
  const rows = model === undefined ? [] : world.rows.filter((row) => row.model === model)
  return rows.length > 0 ? rows : [undefined]
}

/** Of those the ones that tell a caller's rights apart: as many as say something. */
export function tellingSubjects(entry: Entry, target: Target, as: Person): readonly (PlantedRow | undefined)[] {
  const rows = subjects(entry, target)
  // Who is not signed in is told so before any row is looked for.
  if (as.account === '' && entry.operation.auth === 'required') return rows.slice(0, 1)
  const people = ['ada', 'bob', 'eve', 'nobody', as.name]
  return rows.filter((row) => row === undefined || people.includes(row.owner) || row.variant === '').slice(0, most)
}

/** Rows of one operation that one person asks for. */
const most = 12
