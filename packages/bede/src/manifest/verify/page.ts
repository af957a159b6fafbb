import type { Expr, Source } from '../../expr/expr.ts'
import { functions } from '../../expr/functions.ts'
import { kinds } from '../../expr/kinds.ts'
import { children, walk } from '../../expr/walk.ts'
import type { FieldDefinition, IndexDefinition, ModelDefinition } from '../../model/definition.ts'
import { pathRead } from '../json-path.ts'
import type { Shape } from '../manifest.ts'
import { usualIndex } from '../usual-index.ts'
import { checkExpr, type Verifying, wrong } from './report.ts'
import { modelOfSource, own, type Surroundings, unknown } from './scope.ts'

/** The most rows one answer may hold. */
export const LARGEST_LIMIT = 1000

type Page = Shape & { readonly kind: 'page' }

/**
 * What callers may filter and sort by: nothing that is private, guarded or secret (classes 1 to 5: the count of rows
 * and their order would tell what it holds), and nothing that no index serves (class 130).
 */
export function verifyPage(verifying: Verifying, place: string, { from, page }: Page, around: Surroundings): void {
  const model = modelOfSource(verifying.manifest, from, () => unknown('invalid-declaration', 'row', '', []))
  if (typeof model !== 'string') return
  const rows = new Map(around.rows).set(from.as, model).set('row', model)
  for (const [name, expr] of Object.entries(page.sort))
    verifySort(verifying, `${place}.sort.${name}`, expr, { ...around, rows })
  const start = page.defaultSort.replace(/^-/, '')
  if (start !== 'id' && !own(page.sort, start)) {
    verifying.add(`${place}.sort`, unknown('unknown-model-field', 'sort', start, [...Object.keys(page.sort), 'id']))
  }
  if (page.searched && !own(page.sort, page.searched.sort)) {
    verifying.add(`${place}.sort`, unknown('unknown-model-field', 'sort', page.searched.sort, Object.keys(page.sort)))
  }
  const { defaultLimit, maxLimit } = page
  if (!Number.isInteger(maxLimit) || maxLimit < 1 || maxLimit > LARGEST_LIMIT) {
    verifying.add(
      `${place}.limit`,
      wrong('invalid-limit', `A list gives at most 1 to ${LARGEST_LIMIT} rows, not ${maxLimit}`),
    )
  }
  if (!Number.isInteger(defaultLimit) || defaultLimit < 1 || defaultLimit > maxLimit) {
    verifying.add(`${place}.limit`, wrong('invalid-limit', `${defaultLimit} rows are not between 1 and ${maxLimit}`))
  }
  if (from.where) verifyFilters(verifying, `${place}.filter`, from.where, rows)
}

function verifySort(verifying: Verifying, place: string, expr: Expr, around: Surroundings): void {
  const type = checkExpr(verifying, place, expr, around)?.type
  if (type && !kinds[type.kind].ordered) {
    verifying.add(place, wrong('mismatched-type', 'There is no order of it'))
    return
  }
  if (isRelevance(expr)) return
  if (expr.kind !== 'field') {
    verifying.add(
      place,
      wrong(
        'missing-index',
        'A list is sorted by a field of its rows',
        'Store what you sort by, and give it an index.',
      ),
    )
    return
  }
  verifyReach(verifying, place, expr, around.rows ?? new Map(), isOrdered)
}

/** The best first. Which rows are ranked at all, the index of the search says. */
const isRelevance = (expr: Expr): boolean => {
  const [rank] = expr.kind === 'call' && expr.fn === 'negate' ? expr.args : []
  return rank?.kind === 'call' && rank.fn === 'rank' && rank.args[0]?.kind === 'field' && rank.args[1]?.kind === 'input'
}

/** Conditions that count only when an input was sent: what a caller asks. */
export function verifyFilters(
  verifying: Verifying,
  place: string,
  where: Expr,
  rows: ReadonlyMap<string, string>,
): void {
  if (where.kind === 'given') {
    // One mistake for a path, however many operators its kind has: `createdAt[gte]` asks for `createdAt`.
    verifyAsked(verifying, `${place}.${where.path.join('.').replace(/\[\w+\]$/, '')}`, where.then, rows)
    return
  }
  for (const child of children<Source>(where)) verifyFilters(verifying, place, child, rows)
}

/** Every field that meets an input in the condition. */
function verifyAsked(verifying: Verifying, place: string, expr: Expr, rows: ReadonlyMap<string, string>): void {
  const inner = 'from' in expr ? entered(verifying, expr.from, rows) : rows
  if (expr.kind === 'call' && functions[expr.fn].arity[0] > 0 && speaksOf(expr, 'input')) {
    for (const [field, around, path] of expr.args.flatMap((arg) => reached(arg, rows, verifying))) {
      verifyReach(verifying, place, field, around, finds, path)
    }
  }
  for (const child of children<Source>(expr)) verifyAsked(verifying, place, child, inner)
}

/** A field, the rows around it, and what of it is asked for: itself, or a path into it. */
type Reached = readonly [FieldExpr, ReadonlyMap<string, string>, path: string]

/** The fields an operand is made of. */
function reached(expr: Expr, rows: ReadonlyMap<string, string>, verifying: Verifying): readonly Reached[] {
  if (expr.kind === 'field') return [[expr, rows, expr.field]]
  const path = pathRead(expr)
  const [doc] = 'args' in expr ? expr.args : []
  if (path !== undefined && doc?.kind === 'field') return [[doc, rows, path]]
  const inner = 'from' in expr ? entered(verifying, expr.from, rows) : rows
  return children<Source>(expr).flatMap((child) => reached(child, inner, verifying))
}

type FieldExpr = Expr & { readonly kind: 'field' }

export function entered(
  verifying: Verifying,
  from: Source,
  rows: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const model = modelOfSource(
    verifying.manifest,
    from,
    (row) => rows.get(row) ?? unknown('invalid-declaration', 'row', row, []),
  )
  return typeof model === 'string' ? new Map(rows).set(from.as, model) : rows
}

function speaksOf(expr: Expr, kind: Expr['kind']): boolean {
  let found = false
  walk<Source>(expr, (one) => {
    found ||= one.kind === kind
  })
  return found
}

const isOrdered = ({ method }: IndexDefinition): boolean => method === undefined
/** Trigrams find a text, a part of it, and what is like it. */
const finds = ({ method }: IndexDefinition): boolean => method === undefined || method === 'trigram'

/** Whoever asks is in a tenant, and asks for rows of it alone. */
const beginsWith = (path: string, { fields: [first, second] }: IndexDefinition, { tenant }: ModelDefinition): boolean =>
  first === path || (tenant !== undefined && first === tenant.field && second === path)

/** Whether callers may ask for this field. `serves`: the indexes that answer what they ask. */
function verifyReach(
  verifying: Verifying,
  place: string,
  { row, field: name }: FieldExpr,
  rows: ReadonlyMap<string, string>,
  serves = finds,
  path = name,
): void {
  const model = rows.get(row) ?? ''
  const definition = own(verifying.manifest.models, model)
  const field: FieldDefinition | undefined = own(definition?.fields ?? {}, name)
  if (!definition || !field || field.type.kind === 'search') return // it stands on fields that are for everybody
  const guarded = own(own(verifying.manifest.policies, model)?.fields ?? {}, name)?.read
  if (field.private || field.type.kind === 'secret' || guarded) {
    verifying.add(
      place,
      wrong(
        'private-field',
        `${model}.${name} is not for everybody, and its order or count would tell what it holds`,
        'Take it out of filter and sort.',
      ),
    )
    return
  }
  const usual = usualIndex[field.type.kind]
  if (
    name !== definition.id &&
    name !== definition.softDelete &&
    !definition.indexes.some(
      (index) =>
        (usual ? index.method === usual : serves(index)) && !index.where && beginsWith(path, index, definition),
    )
  ) {
    verifying.add(
      place,
      wrong(
        'missing-index',
        `${model}.${path} has no index`,
        `Add index: [['${path}']] to the options of the model ${model}.`,
      ),
    )
  }
}
