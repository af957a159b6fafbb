import type { Change } from '../../manifest/diff.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import type { StoredTable } from '../../manifest/stored.ts'
import type { ProblemDetail } from '../../telemetry/problem.ts'
import { type TableWriter, tableWriter } from '../ddl.ts'
import { type ChangeWriter, changeWriter } from '../ddl-change.ts'
import type { Dialect } from '../dialect.ts'
import type { Contraction } from './contraction.ts'
import type { MigrationStep } from './file.ts'

/** PostgreSQL's names (§13.3) for the table locks that steps take. */
export type LockMode = 'ACCESS EXCLUSIVE' | 'SHARE ROW EXCLUSIVE' | 'SHARE UPDATE EXCLUSIVE' | 'ROW EXCLUSIVE' | 'none'

/** What takes time under a lock: nothing to speak of, reading every row, looking each up elsewhere, sorting them, writing them, taking their words, indexing what is in them. */
export type Work = 'none' | 'scan' | 'reference' | 'index' | 'write' | 'rewrite' | 'words' | 'pieces'

export interface Lock {
  /** As a loss names it: `article`, `bede.session`. */
  readonly table: string
  readonly mode: LockMode
  readonly work: Work
}

export interface PlannedStep extends Omit<MigrationStep, 'n'> {
  readonly locks: readonly Lock[]
}

/** What the version that still serves meets while the step's result is there. */
export interface Meeting {
  readonly serves: boolean
  readonly says: string
}

/** What would be destroyed, and what a count of it needs. */
export interface PlannedLoss {
  readonly loss: string
  readonly says: string
  /** Counts what would be lost: one row, one column. */
  readonly count: string
}

/** What must hold of the rows there are, or a constraint is refused when it is applied. */
export interface Condition {
  readonly place: string
  readonly says: string
  /** Counts the rows that do not keep it. */
  readonly count: string
  /** It must have been counted: too much stands against it to find out when it is applied. */
  readonly needed?: true
}

/** A migration in the making: what each part of the plan adds to. */
export interface Draft {
  readonly before: Manifest
  readonly after: Manifest
  readonly dialect: Dialect
  readonly write: TableWriter
  readonly change: ChangeWriter
  /** In order: names and room, values, constraints, references, and what puts the new in the place of the old. */
  readonly expand: PlannedStep[]
  readonly backfill: PlannedStep[]
  readonly constrain: PlannedStep[]
  /** Foreign keys, which stand on the keys of other tables. */
  readonly refer: PlannedStep[]
  readonly finish: PlannedStep[]
  readonly later: Contraction[]
  readonly losses: PlannedLoss[]
  readonly meetings: Meeting[]
  readonly conditions: Condition[]
  /** What no migration can do. */
  readonly refusals: ProblemDetail[]
  readonly sentences: string[]
  /** Columns that go by another name until they take the place of an earlier one: model and column → name. */
  readonly working: Map<string, string>
  /** Tables that have another name in a database that is still to be migrated, by model. */
  readonly earlier: Map<string, StoredTable>
}

export const newDraft = (before: Manifest, after: Manifest, dialect: Dialect): Draft => ({
  before,
  after,
  dialect,
  write: tableWriter(after, dialect),
  change: changeWriter(after, dialect),
  expand: [],
  backfill: [],
  constrain: [],
  refer: [],
  finish: [],
  later: [],
  losses: [],
  meetings: [],
  conditions: [],
  refusals: [],
  sentences: [],
  working: new Map(),
  earlier: new Map(),
})

/** The table as a count of today's rows finds it. */
export const counted = (draft: Draft, table: StoredTable): string =>
  draft.write.table(draft.earlier.get(table.model) ?? table)

/** `article`, `bede.session` */
export const named = ({ schema, table }: Pick<StoredTable, 'schema' | 'table'>): string =>
  schema === undefined ? table : `${schema}.${table}`

export const tableOnly = ({ schema, table }: Pick<StoredTable, 'schema' | 'table'>) => ({
  ...(schema !== undefined && { schema }),
  table,
})

type Made = Partial<Pick<PlannedStep, 'locks' | 'loses' | 'phase' | 'run'>>

/** A step in a transaction with its neighbors. */
export const together = (
  title: string,
  phase: PlannedStep['phase'],
  sql: readonly string[],
  more: Made = {},
): PlannedStep => ({
  title,
  phase,
  run: 'together',
  sql: script(sql),
  loses: [],
  locks: [],
  ...more,
})

/** A step outside of a transaction, that can be repeated. */
export const alone = (
  title: string,
  phase: PlannedStep['phase'],
  sql: readonly string[],
  more: Made = {},
): PlannedStep => together(title, phase, sql, { run: 'alone', ...more })

export const script = (statements: readonly string[]): string => statements.map((sql) => `${sql};`).join('\n')

export const brief = (table: Pick<StoredTable, 'schema' | 'table'>): Lock => ({
  table: named(table),
  mode: 'ACCESS EXCLUSIVE',
  work: 'none',
})

/** The changes that are of a kind. */
export type ChangeOf<Kind extends Change['kind']> = MemberOf<Change, Kind>
type MemberOf<C, Kind> = C extends { readonly kind: infer Kinds } ? (Kind extends Kinds ? C : never) : never
