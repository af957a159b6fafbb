/** So many points at once; those that were spent come back evenly, all of them in `per` seconds. */
export interface QuotaDefinition {
  readonly points: number
  readonly per: number
}

/** Whose points a call spends. */
export type LimitedBy = 'actor' | 'key' | 'address'

/** What all calls of one caller together may cost. Absent: what a server does that limits by itself. */
export interface LimitsDefinition {
  /** Of one account, whatever it comes with. */
  readonly perActor?: QuotaDefinition | 'off'
  /** Of one API key, beside what its account may. */
  readonly perKey?: QuotaDefinition | 'off'
  /** Of one address, for whoever has not signed in. */
  readonly perAddress?: QuotaDefinition | 'off'
}

/** What the calls of one operation, or of a group of them, may cost, beside what all may. */
export interface OperationLimits {
  /** Operations of one group spend the same points. */
  readonly group: string
  readonly perActor?: QuotaDefinition
  readonly perKey?: QuotaDefinition
  /** Of one address, signed in or not. */
  readonly perAddress?: QuotaDefinition
}

export const limitedBy: readonly LimitedBy[] = ['actor', 'key', 'address']

/** The member of a declaration that says whose points are meant. */
export const limitNames = { actor: 'perActor', key: 'perKey', address: 'perAddress' } as const
