import type { Json } from '../../../expr/value.ts'
import type { Finding } from '../finding.ts'
import type { Entry } from '../inventory/inventory.ts'
import type { Target } from '../target/target.ts'
import type { Lures } from './lures.ts'

/** What a probe works with. */
export interface Siege {
  readonly target: Target
  readonly lures: Lures
  /** Inputs with which an operation is known to go well, from `prove.json`. */
  readonly examples: Readonly<Record<string, Readonly<Record<string, Json>>>>
}

/** One group of attacks. It finds by what it asks; what every answer is looked through for, {@link Watch}es find. */
export interface Probe {
  readonly name: string
  /** The attack classes it tries. */
  readonly classes: readonly number[]
  /** True, or why there is nothing for it to try in this app. */
  applies(entries: readonly Entry[], target: Target): true | string
  run(siege: Siege): Promise<readonly Finding[]>
}
