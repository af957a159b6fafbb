import type { Expr, Source } from '../../expr/expr.ts'
import { typeOfAggregate } from '../../expr/functions.ts'
import { describeType, kinds, unify } from '../../expr/kinds.ts'
import { children } from '../../expr/walk.ts'
import type { Shape } from '../manifest.ts'
import { memberMistake } from './name.ts'
import { entered, LARGEST_LIMIT, verifyFilters } from './page.ts'
import { checkExpr, type Verifying, wrong } from './report.ts'
import { modelOfSource, own, type Surroundings, unknown } from './scope.ts'

type Groups = Shape & { readonly kind: 'groups' }
type Rows = ReadonlyMap<string, string>

/**
 * What rows may be grouped by and measured: nothing that is private, guarded or secret (class 6: a group of one tells the
 * value, and so does a smallest one), and filters as for a page.
 */
export function verifyGroups(
  verifying: Verifying,
  place: string,
  { from, groups }: Groups,
  around: Surroundings,
): void {
  const model = modelOfSource(verifying.manifest, from, () => unknown('invalid-declaration', 'row', '', []))
  if (typeof model !== 'string') return
  const rows = new Map(around.rows).set(from.as, model)
  const inside = { ...around, rows }
  const { by, measures, maxGroups } = groups
  if (!Number.isInteger(maxGroups) || maxGroups < 1 || maxGroups > LARGEST_LIMIT) {
    verifying.add(
      `${place}.maxGroups`,
      wrong('invalid-limit', `An answer holds 1 to ${LARGEST_LIMIT} groups, not ${maxGroups}`),
    )
  }
  for (const [name, { expr, type }] of Object.entries(by)) {
    const at = `${place}.groupBy.${name}`
    verifyName(verifying, at, name)
    const given = checkExpr(verifying, at, expr, inside)?.type
    if (given && !unify([given, type]))
      verifying.add(at, wrong('mismatched-type', `is declared ${describeType(type)}, and gives ${describeType(given)}`))
    else if (given && !kinds[given.kind].comparable)
      verifying.add(at, wrong('mismatched-type', `Rows cannot be grouped by ${describeType(given)}`))
    verifyOpen(verifying, at, expr, rows)
  }
  for (const [name, { fn, of, type }] of Object.entries(measures)) {
    const at = `${place}.measures.${name}`
    verifyName(verifying, at, name)
    const given = of && checkExpr(verifying, at, of, inside)?.type
    if (of) verifyOpen(verifying, at, of, rows)
    if (of && !given) continue
    if ((fn === 'count') === (of !== undefined)) {
      verifying.add(
        at,
        wrong('invalid-declaration', `${fn} ${of ? 'is of rows, and not of a value' : 'is of a value'}`),
      )
      continue
    }
    const result = typeOfAggregate(fn, given)
    if ('mistake' in result) verifying.add(at, result)
    else if (!unify([result, type]))
      verifying.add(
        at,
        wrong('mismatched-type', `is declared ${describeType(type)}, and gives ${describeType(result)}`),
      )
  }
  if (from.where) verifyFilters(verifying, `${place}.filter`, from.where, rows)
}

/** `author.name`, `createdAt.month`, `sum.price`. */
function verifyName(verifying: Verifying, place: string, name: string): void {
  const bad = name
    .split('.')
    .map(memberMistake)
    .find((mistake) => mistake !== undefined)
  if (bad) verifying.add(place, bad)
}

/** Every field a value is made of is for everybody. */
function verifyOpen(verifying: Verifying, place: string, expr: Expr, rows: Rows): void {
  if (expr.kind === 'field') {
    const model = rows.get(expr.row) ?? ''
    const field = own(own(verifying.manifest.models, model)?.fields ?? {}, expr.field)
    const guarded = own(own(verifying.manifest.policies, model)?.fields ?? {}, expr.field)?.read
    if (field && (field.private || field.type.kind === 'secret' || field.type.kind === 'encrypted' || guarded)) {
      verifying.add(
        place,
        wrong(
          'private-field',
          `${model}.${expr.field} is not for everybody, and a group of few rows would tell what it holds`,
          'Take it out of aggregate.',
        ),
      )
    }
    return
  }
  const inner = 'from' in expr ? entered(verifying, expr.from, rows) : rows
  for (const child of children<Source>(expr)) verifyOpen(verifying, place, child, inner)
}
