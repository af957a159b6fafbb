import type { Expr } from '../../expr/expr.ts'
import { describeType } from '../../expr/kinds.ts'
import type { FunctionName } from '../../expr/names.ts'
import { walk } from '../../expr/walk.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import { isIndexable, jsonPath } from '../json-path.ts'
import { platformSchema } from '../platform/names.ts'
import { wholeKey } from '../tenant.ts'
import { verifyEncrypted } from './encrypted.ts'
import { verifyDefault, verifyLimits, verifyRenames, verifyType } from './field.ts'
import { verifyFiles } from './file.ts'
import { verifyGenerated } from './generated.ts'
import { verifyHistory } from './history.ts'
import { verifyIndexMethod } from './index-method.ts'
import { columnMistake, nameMistake, storedNameMistake } from './name.ts'
import { nativeMistake, verifyKept } from './native.ts'
import { verifyPartition } from './partition.ts'
import { checkRule, checkValue, type Verifying, wrong } from './report.ts'
import { own, unknown } from './scope.ts'
import { verifySearch } from './search.ts'
import { verifyTenant } from './tenant.ts'

/** What a thing is: names, types, limits, defaults, relations, indexes, checks. Place: `article.title`. */
export function verifyModels(verifying: Verifying): void {
  const { models } = verifying.manifest
  const tables = new Map<string, string>()
  for (const [name, model] of Object.entries(models)) {
    const table = `${model.schema ?? ''}.${model.table}`
    const other = tables.get(table)
    if (other !== undefined)
      verifying.add(
        name,
        wrong('duplicate-name', `${name} and ${other} would both be the table '${model.table}'`, 'Rename one of them.'),
      )
    tables.set(table, name)
    if (model.schema !== platformSchema) verifyName(verifying, name)
    const wrongSchema = model.schema === undefined ? undefined : columnMistake(model.schema)
    if (wrongSchema) verifying.add(name, wrongSchema)
    verifyKept(verifying, name, model)
    const wrongTable = columnMistake(model.table)
    if (wrongTable) verifying.add(name, wrongTable)
    verifyFields(verifying, name, model)
    verifySoftDelete(verifying, name, model)
    verifyFiles(verifying, name, model)
    verifyHistory(verifying, name, model)
    verifyPartition(verifying, name, model)
    verifySearch(verifying, name, model)
    verifyTenant(verifying, name, model)
    verifyRelations(verifying, name, model)
    verifyUniques(verifying, name, model)
    verifyEncrypted(verifying, name, model)
    verifyBackfills(verifying, name, model)
    verifyGenerated(verifying, name, model)
    for (const index of model.indexes) {
      const bad = storedNameMistake(index.name)
      if (bad) verifying.add(`${name}.index.${index.name}`, bad)
      verifyIndexMethod(verifying, `${name}.index.${index.name}`, index, model)
      for (const field of index.fields) {
        if (!own(model.fields, field) && (index.unique || !isIndexable(jsonPath(model.fields, field))))
          verifying.add(
            `${name}.index.${index.name}`,
            unknown('unknown-model-field', `field of ${name}`, field, Object.keys(model.fields)),
          )
      }
    }
    for (const { name: index, where } of model.indexes) {
      if (where) verifyIndexed(verifying, `${name}.index.${index}`, name, where)
    }
    for (const check of model.checks)
      verifyRowRule(verifying, `${name}.check.${check.name}`, name, check.expr, 'A check')
  }
}

/** `bede` begins the names of what the platform keeps for itself. */
function verifyName(verifying: Verifying, name: string): void {
  const mistake = nameMistake(name)
  if (mistake) verifying.add(name, mistake)
  if (/^bede(_|$)/i.test(name))
    verifying.add(
      name,
      wrong('reserved-name', `'${name}' begins like the platform's own models`, 'Choose another name.'),
    )
}

function verifyFields(verifying: Verifying, name: string, model: ModelDefinition): void {
  const columns = new Map<string, string>()
  if (own(model.fields, model.id)?.type.kind !== 'id')
    verifying.add(name, wrong('invalid-declaration', `${name} has no id`, `Write id: id<'${name}'>().`))
  for (const [field, definition] of Object.entries(model.fields)) {
    const place = `${name}.${field}`
    const bad = nameMistake(field) ?? (definition.type.parts ? undefined : columnMistake(definition.column))
    const native = nativeMistake(definition)
    if (native) verifying.add(place, native)
    if (bad) verifying.add(place, bad)
    const other = columns.get(definition.column)
    if (other !== undefined)
      verifying.add(
        place,
        wrong(
          'duplicate-name',
          `${field} and ${other} would both be the column '${definition.column}'`,
          'Rename one of them.',
        ),
      )
    columns.set(definition.column, field)
    verifyType(verifying, place, definition.type, name)
    verifyLimits(verifying, place, definition.type, definition)
    verifyDefault(verifying, place, definition)
    verifyRenames(verifying, place, definition)
    if (definition.onUpdate !== undefined && definition.type.kind !== 'timestamp') {
      verifying.add(
        place,
        wrong('mismatched-type', `onUpdate: 'now' is for timestamps, not ${describeType(definition.type)}`),
      )
    }
    if (definition.onDelete === 'set-null' && !definition.optional) {
      verifying.add(
        place,
        wrong(
          'invalid-declaration',
          `onDelete: 'set-null' would make ${field} null, and it is not optional`,
          'Add optional: true.',
        ),
      )
    }
  }
}

/** The field that tells the deleted from the living is the platform's to write, and living indexes need one. */
function verifySoftDelete(
  verifying: Verifying,
  name: string,
  { softDelete, fields, indexes, id, search }: ModelDefinition,
): void {
  const place = `${name}.softDelete`
  const field = softDelete === undefined ? undefined : own(fields, softDelete)
  const fits =
    field?.type.kind === 'timestamp' &&
    field.optional &&
    field.managed &&
    field.default === undefined &&
    softDelete !== id
  const indexed = indexes.some(({ fields }) => fields.length === 1 && fields[0] === softDelete)
  if (softDelete !== undefined && !(fits && indexed)) {
    verifying.add(
      place,
      wrong(
        'invalid-declaration',
        `${softDelete} is not the optional, managed and indexed timestamp that tells the deleted from the living`,
        'Make the manifest again.',
      ),
    )
  }
  for (const [other, { managed, file }] of Object.entries(fields)) {
    if (managed && !file && other !== softDelete && other !== search?.field)
      verifying.add(`${name}.${other}`, wrong('invalid-declaration', `Nothing writes ${name}.${other}`))
  }
  for (const { name: index, unique, living } of indexes) {
    if ((living === true) === (softDelete !== undefined && unique === true)) continue
    verifying.add(
      `${name}.index.${index}`,
      wrong('invalid-declaration', 'A unique of a model with softDelete holds among the living, and only such a one'),
    )
  }
}

/** It is the index that keeps a value unique; the word alone keeps nothing. */
function verifyUniques(verifying: Verifying, name: string, model: ModelDefinition): void {
  for (const [field, { unique }] of Object.entries(model.fields)) {
    if (!unique || wholeKey(model, [field])) continue
    verifying.add(
      `${name}.${field}`,
      wrong('missing-index', `${name}.${field} is unique, and no unique index keeps it so`, 'Make the manifest again.'),
    )
  }
}

function verifyRelations(verifying: Verifying, name: string, model: ModelDefinition): void {
  const { models } = verifying.manifest
  for (const [relation, { kind, model: target, field }] of Object.entries(model.relations)) {
    const place = `${name}.${relation}`
    const bad = nameMistake(relation)
    if (bad) verifying.add(place, bad)
    if (own(model.fields, relation))
      verifying.add(
        place,
        wrong('duplicate-name', `${relation} is a field of ${name} and a relation too`, 'Rename one of them.'),
      )
    const other = own(models, target)
    if (!other) {
      verifying.add(place, unknown('unknown-model', 'model', target, Object.keys(models)))
      continue
    }
    const [holder, holds, names] = kind === 'one' ? [model, name, target] : [other, target, name]
    const ref = own(holder.fields, field)
    if (!ref)
      verifying.add(place, unknown('unknown-model-field', `field of ${holds}`, field, Object.keys(holder.fields)))
    else if (ref.type.kind !== 'ref' || ref.type.model !== names) {
      verifying.add(
        place,
        wrong('mismatched-type', `${holds}.${field} is ${describeType(ref.type)}, not ref('${names}')`),
      )
    }
  }
}

const madeOf = ([field, definition]: readonly [string, FieldDefinition]) => {
  const { backfill, generated } = definition
  return [
    ...(backfill ? ([['backfill', field, backfill, definition]] as const) : []),
    ...(generated ? ([['generated', field, generated, definition]] as const) : []),
  ]
}

/** What a migration, or the database, gives each row is made of that row, and of the type of its field. */
function verifyBackfills(verifying: Verifying, name: string, { fields }: ModelDefinition): void {
  for (const [option, field, backfill, { type, optional }] of Object.entries(fields).flatMap(madeOf)) {
    const place = `${name}.${option}.${field}`
    const around = { rows: new Map([['row', name]]) }
    checkValue(verifying, place, backfill, { type, nullable: optional === true }, around)
    ofRowAlone(verifying, place, backfill, option === 'backfill' ? 'A backfill' : 'A generated field')
    walk(backfill, (one) => {
      if (one.kind === 'field' && one.row === 'row' && one.field === field)
        verifying.add(place, wrong('invalid-declaration', `It is made of ${field} itself`, 'Make it of other fields.'))
    })
  }
}

/** What is kept by the database for every row there will ever be can speak of that row alone. */
function verifyRowRule(verifying: Verifying, place: string, model: string, expr: Expr, what: string): void {
  checkRule(verifying, place, expr, { rows: new Map([['row', model]]) })
  ofRowAlone(verifying, place, expr, what)
}

function ofRowAlone(verifying: Verifying, place: string, expr: Expr, what: string): void {
  walk(expr, ({ kind }) => {
    if (kind !== 'field' && kind !== 'literal' && kind !== 'call' && kind !== 'case') {
      verifying.add(
        place,
        wrong(
          'invalid-declaration',
          `${what} speaks of its row alone, not of ${WHAT[kind] ?? kind}`,
          'Put it into the policy, or the action.',
        ),
      )
    }
  })
}

/** Functions whose value for a row is the same for ever, as an index needs it; others may depend on settings. */
const LASTING: ReadonlySet<string> = new Set<FunctionName>([
  ...(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'notIn', 'isNull', 'isNotNull'] as const),
  ...(['and', 'or', 'not', 'coalesce', 'nullIf'] as const),
  ...(['lower', 'upper', 'trim', 'length', 'contains', 'startsWith', 'has', 'size'] as const),
])

/** Which rows an index holds. */
function verifyIndexed(verifying: Verifying, place: string, model: string, where: Expr): void {
  verifyRowRule(verifying, place, model, where, 'The condition of an index')
  walk(where, (one) => {
    if (one.kind !== 'call' || LASTING.has(one.fn)) return
    verifying.add(
      place,
      wrong(
        'invalid-declaration',
        `The condition of an index cannot use ${one.fn}`,
        'Compare fields with values, or store what it computes in a field of its own.',
      ),
    )
  })
}

const WHAT: Readonly<Record<string, string>> = {
  actor: 'the actor',
  now: 'the time',
  input: 'inputs',
  item: 'items',
  given: 'inputs',
}
