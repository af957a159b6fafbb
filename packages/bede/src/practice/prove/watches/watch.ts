import type { MemoryRow } from '../../../expr/evaluate.ts'
import { platform } from '../../../manifest/platform/names.ts'
import type { Connection } from '../../../store/driver.ts'
import type { Finding } from '../finding.ts'
import type { Exchange } from '../target/exchange.ts'
import type { Target } from '../target/target.ts'
import type { Person } from '../world/person.ts'

/** Looks at every exchange of every probe, whatever the probe was after. */
export interface Watch {
  readonly name: string
  readonly classes: readonly number[]
  /** True, or why there is nothing to see in this app. */
  applies(target: Target): true | string
  see(exchange: Exchange, target: Target, inside: Connection): readonly Finding[] | Promise<readonly Finding[]>
}

/** Whoever an answer goes to: who asked, and who was signed in by it. */
export function receivers({ as, changes }: Exchange, { world }: Target): readonly Person[] {
  const signedIn = changes
    .filter(({ model, kind }) => model === platform.session && kind === 'created')
    .map(({ columns }) => String(columns.account_id))
  return [as, ...world.people.filter(({ account }) => account !== '' && signedIn.includes(account))]
}

export const actors = (people: readonly Person[]): readonly (MemoryRow | null)[] => people.map(({ actor }) => actor)
