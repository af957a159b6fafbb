import type { Manifest } from '../manifest/manifest.ts'
import type { ModelDefinition } from '../model/definition.ts'
import { Problem } from '../telemetry/problem.ts'
import type { Reads } from './plan.ts'

/** A row in scope: the plan's own variable for it, and its model. */
export interface RowInScope {
  readonly as: string
  readonly model: string
}

/** What names mean while a manifest's expression becomes a plan's. */
export interface Scope {
  readonly manifest: Manifest
  readonly rows: ReadonlyMap<string, RowInScope>
  /** Sources below are a policy's own: they see every row. */
  readonly trusted: boolean
  /** A call of the system, which is in no tenant. */
  readonly system: boolean
  /** Which rows a source of this model reads, given what the statement writes. */
  readonly reads: (model: string) => Reads
  /** A fresh variable. */
  readonly fresh: () => string
}

/** Variables `t0`, `t1`, … of one plan. */
export const freshNames = (prefix = 't'): (() => string) => {
  let next = 0
  return () => `${prefix}${next++}`
}

export const withRow = (scope: Scope, name: string, row: RowInScope): Scope => ({
  ...scope,
  rows: new Map(scope.rows).set(name, row),
})

export const onlyRow = (scope: Scope, name: string, row: RowInScope): Scope => ({
  ...scope,
  rows: new Map([[name, row]]),
})

export const rowInScope = (scope: Scope, name: string): RowInScope => {
  const row = scope.rows.get(name)
  if (!row) throw new Problem('invalid-declaration', { message: `The row variable '${name}' is not in scope` })
  return row
}

export const modelOf = (manifest: Manifest, name: string): ModelDefinition => {
  const model = Object.hasOwn(manifest.models, name) ? manifest.models[name] : undefined
  if (!model) throw new Problem('unknown-model', { message: `There is no model '${name}'` })
  return model
}
