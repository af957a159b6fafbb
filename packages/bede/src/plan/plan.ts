import type { Expr, Input, Order } from '../expr/expr.ts'
import type { ValueType } from '../expr/value.ts'
import type { Each, MeasureDefinition, PageDefinition } from '../manifest/manifest.ts'

/** The only thing that names a model's rows (law 2). `as` is the row variable, unique along any path of a plan. */
export interface Scan {
  readonly model: string
  readonly as: string
  /** Inside a policy: sees every row. */
  readonly trusted: boolean
  readonly reads: Reads
  readonly rows?: Rows
  /** Its rows as they were at that time. */
  readonly asOf?: Input
  /** The row that a row of the same tenant names: it is the tenant's too. */
  readonly held?: true
  readonly where?: Expr<Scan>
  readonly order?: readonly Order<Scan>[]
  readonly limit?: Expr<Scan>
  readonly offset?: Expr<Scan>
}

/** Of a model with `softDelete`: its deleted rows, or all. Absent: the living. */
export type Rows = 'deleted' | 'any'

/** A scan with its policy: what `bind` makes of a {@link Scan}, all the way down. */
export interface BoundScan {
  readonly model: string
  readonly as: string
  readonly reads: Reads
  readonly asOf?: Input
  readonly policy: Expr<BoundScan>
  readonly where?: Expr<BoundScan>
  readonly order?: readonly Order<BoundScan>[]
  readonly limit?: Expr<BoundScan>
  readonly offset?: Expr<BoundScan>
}

/**
 * Which rows of its model a scan reads, in a statement that also writes: those stored when the statement began; the
 * rows it has written; the stored ones with its writes applied; or the stored ones and those about to be created
 * (for the policy of a child whose parent is created in the same statement).
 */
export type Reads = 'stored' | 'written' | 'overlay' | 'pending'

export type PlanShape<S> =
  | { readonly kind: 'value'; readonly expr: Expr<S>; readonly type: ValueType }
  | { readonly kind: 'object'; readonly members: Readonly<Record<string, PlanShape<S>>> }
  | OneShape<S>
  | { readonly kind: 'list'; readonly from: S; readonly item: PlanShape<S>; readonly distinct?: true }
  | PageShape<S>
  | GroupsShape<S>

export interface OneShape<S> {
  readonly kind: 'one'
  readonly from: S
  readonly item: PlanShape<S>
  readonly nullable: boolean
  /** The row above is there only with this one: both are looked up together, once. Its item is an object. */
  readonly joined?: true
}

export interface PageShape<S> {
  readonly kind: 'page'
  readonly from: S
  readonly item: PlanShape<S>
  readonly sort: Readonly<Record<string, Expr<S>>>
  readonly defaultSort: string
  readonly searched?: PageDefinition['searched']
}

export interface GroupsShape<S> {
  readonly kind: 'groups'
  readonly from: S
  readonly by: Readonly<Record<string, { readonly expr: Expr<S>; readonly type: ValueType }>>
  readonly measures: Readonly<Record<string, { readonly fn: MeasureDefinition['fn']; readonly of?: Expr<S> }>>
}

/** What one operation does: a read has no `write`. */
export interface OperationPlan<S> {
  readonly write?: WritePlan<S>
  readonly answer?: PlanShape<S>
  /** The answer is about the written row, which `written` names in it. */
  readonly written?: string
}

export type WritePlan<S> = CreatePlan<S> | UpdatePlan<S> | DeletePlan<S>

/** A rule a row must meet to be written, and what its failure means. */
export interface Check<S> {
  readonly rule: Expr<S>
  readonly failure:
    | { readonly kind: 'policy'; readonly place: string }
    | { readonly kind: 'field'; readonly field: string; readonly place: string }
    /** The row must be of the tenant that the actor is in. */
    | { readonly kind: 'tenant'; readonly actor: string }
    /** The field's value must name a row the actor may see. */
    | { readonly kind: 'reference'; readonly field: string; readonly model: string }
    /** The field's value was looked up, and there was nothing to be seen. */
    | { readonly kind: 'lookup'; readonly field: string; readonly model?: string }
    /** The row would live, and the one that `field` names is deleted. */
    | { readonly kind: 'parent'; readonly field: string; readonly model: string }
    /** A row of `model` names the row that is to go. */
    | { readonly kind: 'held'; readonly model: string }
    /** A computed value is outside the field's `min` and `max`. */
    | { readonly kind: 'limit'; readonly field: string }
    | { readonly kind: 'precondition' }
    | { readonly kind: 'version' }
}

/** Rows of `model` whose `field` names a row of `of`. */
export interface Edge {
  readonly model: string
  readonly field: string
  readonly of: string
}

/** How what happens to a row reaches the rows that name it. */
export interface Cascade {
  /** What happens to them: what `softDelete` says of each model is set, or taken away. */
  readonly along: readonly Edge[]
  /** Of these there must be none, or the row stays. */
  readonly held: readonly Edge[]
}

interface WritePlanBase<S> {
  readonly model: string
  /** What the caller asked for, where the plan's kind does not say it. */
  readonly verb?: 'restore' | 'purge'
  readonly each?: Each
  readonly emits: readonly {
    readonly event: string
    readonly row: string
    readonly payload: Readonly<Record<string, Expr<S>>>
  }[]
}

export interface CreatePlan<S> extends WritePlanBase<S> {
  readonly kind: 'create'
  /** The variable of the new row, in `values` (its id only) and `checks`. */
  readonly row: string
  /** Every column that is set; a `given` without `otherwise` was resolved against the default. */
  readonly values: Readonly<Record<string, Expr<S>>>
  readonly checks: readonly Check<S>[]
  readonly children: readonly ChildPlan<S>[]
  readonly exists?: ExistsPlan<S>
}

export interface ChildPlan<S> {
  readonly relation: string
  readonly model: string
  readonly each: Each
  readonly row: string
  readonly values: Readonly<Record<string, Expr<S>>>
  readonly checks: readonly Check<S>[]
}

/** The row that is already there: `old` names it. `checks` guard the change (`update`) or its being seen (`keep`). */
export interface ExistsPlan<S> {
  readonly key: readonly string[]
  /** What of the key is said of a row; its tenant is not. */
  readonly said: readonly string[]
  readonly then: 'keep' | 'update'
  readonly old: string
  readonly set: Readonly<Record<string, Expr<S>>>
  readonly checks: readonly Check<S>[]
  /** What `If-Match` compares, on the old row. */
  readonly represents?: PlanShape<S>
}

export interface UpdatePlan<S> extends WritePlanBase<S> {
  readonly kind: 'update'
  /** The rows to change: the target, under the read policy. Its `as` names the old row. */
  readonly target: S
  /** On the old row, in the order in which they are reported. */
  readonly checks: readonly Check<S>[]
  readonly set: Readonly<Record<string, Expr<S>>>
  /** The variable of the new row, and what it must meet. */
  readonly row: string
  readonly newChecks: readonly Check<S>[]
  /** What `If-Match` compares, on the old row. */
  readonly represents?: PlanShape<S>
  /** Deleted rows live again, with those that were deleted along with them. */
  readonly restores?: Cascade
}

export interface DeletePlan<S> extends WritePlanBase<S> {
  readonly kind: 'delete'
  readonly target: S
  readonly checks: readonly Check<S>[]
  readonly absent: 'ok' | 'refused'
  readonly represents?: PlanShape<S>
  /** The rows stay and are deleted from now on (`softDelete`). */
  readonly keeps?: Cascade
  /** The rows that the database would remove along, removed by the statement itself: their history is kept. */
  readonly removes?: Cascade
}
