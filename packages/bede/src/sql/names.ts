import { databaseName } from '../manifest/database-name.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { withoutTenant } from '../manifest/tenant.ts'
import type { ModelDefinition } from '../model/definition.ts'
import { Problem, type ProblemDetail } from '../telemetry/problem.ts'

export const primaryKeyName = (table: string): string => databaseName(table, 'pkey')
export const foreignKeyName = (table: string, column: string): string => databaseName(table, column, 'fkey')
export const choiceName = (table: string, column: string): string => databaseName(table, column, 'choice')
export const checkName = (table: string, check: string): string => databaseName(table, check, 'check')
export const indexName = (index: string): string => databaseName(index)

/**
 * Tables and indexes of one database schema share their names. Throws the Problem `duplicate-name` that lists the
 * models whose tables or indexes would be called the same.
 */
export function checkNames(manifest: Manifest): void {
  const taken = new Map<string, string>()
  const details: ProblemDetail[] = []
  const take = (name: string, model: string, schema: string | undefined): void => {
    const key = `${schema ?? ''} ${name}`
    const other = taken.get(key)
    if (other === undefined) taken.set(key, model)
    else
      details.push({
        place: model,
        code: 'duplicate-name',
        message: `Both ${other} and ${model} need the name '${name}' in the database.`,
      })
  }
  for (const [model, { table, schema }] of Object.entries(manifest.models)) {
    take(databaseName(table), model, schema)
  }
  for (const [model, { table, schema, indexes }] of Object.entries(manifest.models)) {
    if (!keepsPrimaryKey(manifest.models[model])) take(primaryKeyName(table), model, schema)
    for (const { name } of indexes) take(indexName(name), model, schema)
  }
  if (details.length === 0) return
  throw new Problem('duplicate-name', {
    message: 'Tables and indexes share their names, and some of these are the same.',
    hint: 'Rename one of the models or fields.',
    details,
  })
}

/** What a constraint of the database stands for in the declaration. */
export interface ConstraintTarget {
  readonly kind: 'primary' | 'unique' | 'foreign' | 'choice' | 'check'
  readonly model: string
  /** The fields it is about; of a check, none: see `check`. */
  readonly fields: readonly string[]
  /** `foreign`: the model whose row is missing, or still referred to. */
  readonly target?: string
  /** `check`: its name in the declaration. */
  readonly check?: string
}

/** Whether the table keeps a primary key of its own making. */
const keepsPrimaryKey = (model: ModelDefinition | undefined): boolean =>
  model?.kept?.some(({ kind, definition }) => kind === 'constraint' && /^primary key/i.test(definition)) ?? false

const targets = new WeakMap<Manifest, ReadonlyMap<string, ConstraintTarget>>()

/**
 * The model and fields behind the constraint that a StoreError names; undefined for one that is not the manifest's.
 * `table` (as the error names it) tells apart constraints of the same name on tables of different schemas.
 */
export function constraintTarget(manifest: Manifest, name: string, table?: string): ConstraintTarget | undefined {
  let known = targets.get(manifest)
  if (!known) {
    known = allTargets(manifest)
    targets.set(manifest, known)
  }
  return known.get(`${table} ${name}`) ?? known.get(name)
}

function allTargets(manifest: Manifest): ReadonlyMap<string, ConstraintTarget> {
  const known = new Map<string, ConstraintTarget>()
  for (const [model, definition] of Object.entries(manifest.models)) {
    for (const [name, target] of targetsOf(model, definition)) {
      known.set(name, target)
      known.set(`${definition.table} ${name}`, target)
    }
  }
  return known
}

function* targetsOf(model: string, definition: ModelDefinition): Generator<readonly [string, ConstraintTarget]> {
  const { table } = definition
  const id = definition.fields[definition.id]?.type.parts?.map(({ field }) => field) ?? [definition.id]
  yield [primaryKeyName(table), { kind: 'primary', model, fields: id }]
  for (const { name, definition: sql } of definition.kept ?? []) {
    if (/^primary key/i.test(sql)) yield [name, { kind: 'primary', model, fields: id }]
    else yield [name, { kind: 'check', model, fields: [], check: name }]
  }
  for (const [field, { column, type, constraint }] of Object.entries(definition.fields)) {
    yield [choiceName(table, column), { kind: 'choice', model, fields: [field] }]
    if (type.kind === 'ref' && type.model !== undefined) {
      yield [
        constraint ?? foreignKeyName(table, column),
        { kind: 'foreign', model, fields: [field], target: type.model },
      ]
    }
  }
  for (const { name, fields, unique, tenantKey } of definition.indexes) {
    if (unique || tenantKey)
      yield [indexName(name), { kind: 'unique', model, fields: withoutTenant(definition, fields) }]
  }
  for (const { name } of definition.checks) {
    yield [checkName(table, name), { kind: 'check', model, fields: [], check: name }]
  }
}
