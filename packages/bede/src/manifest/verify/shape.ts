import type { Expr, Source } from '../../expr/expr.ts'
import { describeType, unify } from '../../expr/kinds.ts'
import { enter } from '../../expr/typing.ts'
import type { ValueType } from '../../expr/value.ts'
import type { Manifest, Shape } from '../manifest.ts'
import { keepsValues } from '../platform/history.ts'
import { verifyGroups } from './groups.ts'
import { memberMistake } from './name.ts'
import { verifyPage } from './page.ts'
import { checkExpr, type Verifying, wrong } from './report.ts'
import { modelOfSource, own, type Surroundings, scopeOf, unknown } from './scope.ts'

/** What is seen: views, and the answers of operations. Place: `articleView.author.email`. */
export function verifyViews(verifying: Verifying): void {
  const { models, views } = verifying.manifest
  for (const [name, { model, shape }] of Object.entries(views)) {
    if (!own(models, model)) verifying.add(name, unknown('unknown-model', 'model', model, Object.keys(models)))
    else verifyShape(verifying, name, shape, { rows: new Map([['row', model]]) })
    const loop = loopOf(verifying.manifest, name)
    if (loop)
      verifying.add(
        name,
        wrong('recursive-view', `The view shows itself: ${loop.join(' → ')}`, 'End it with a smaller view.'),
      )
  }
}

/** A page is the top of a list operation and nowhere else. */
export function verifyAnswer(verifying: Verifying, place: string, shape: Shape, around: Surroundings): void {
  if (shape.kind === 'groups') {
    verifyGroups(verifying, place, shape, around)
    return
  }
  if (shape.kind !== 'page') {
    verifyShape(verifying, place, shape, around)
    return
  }
  verifyPage(verifying, place, shape, around)
  verifyItem(verifying, place, shape, around)
}

export function verifyShape(verifying: Verifying, place: string, shape: Shape, around: Surroundings): void {
  switch (shape.kind) {
    case 'value':
      verifyShown(verifying, place, shape, around)
      return
    case 'object':
      for (const [name, member] of Object.entries(shape.members)) {
        const at = `${place}.${name}`
        const bad = memberMistake(name)
        if (bad) verifying.add(at, bad)
        verifyShape(verifying, at, member, around)
      }
      return
    case 'one':
    case 'list':
      if (shape.kind === 'list' && shape.distinct && shape.item.kind !== 'value') {
        verifying.add(place, wrong('invalid-declaration', 'Different values are listed, not different rows'))
      }
      if (shape.kind === 'list' && shape.distinct && shape.item.kind === 'value' && shape.item.type.kind === 'point') {
        verifying.add(place, wrong('mismatched-type', 'Nothing tells whether two points are one, so all are listed'))
      }
      if (
        shape.kind === 'list' &&
        shape.distinct &&
        shape.item.kind === 'value' &&
        shape.item.type.kind === 'encrypted'
      ) {
        verifying.add(place, wrong('mismatched-type', 'Encrypted values are never the same twice, so all are listed'))
      }
      verifyItem(verifying, place, shape, around)
      if (shape.from.asOf) verifyPast(verifying, place, shape)
      return
    case 'view': {
      const view = own(verifying.manifest.views, shape.view)
      const model = around.rows?.get(shape.row)
      if (!view)
        verifying.add(place, unknown('unknown-view', 'view', shape.view, Object.keys(verifying.manifest.views)))
      else if (model === undefined)
        verifying.add(place, unknown('invalid-declaration', 'row', shape.row, around.rows?.keys() ?? []))
      else if (view.model !== model)
        verifying.add(place, wrong('mismatched-type', `${shape.view} shows ${view.model}, and this row is ${model}`))
      return
    }
    case 'groups':
    case 'page':
      verifying.add(place, wrong('invalid-declaration', 'A page stands at the top of a list operation only'))
  }
}

function verifyItem(
  verifying: Verifying,
  place: string,
  { from, item }: { readonly from: Source; readonly item: Shape },
  around: Surroundings,
): void {
  const inner = inside(verifying, place, from, around)
  if (inner) verifyShape(verifying, place, item, inner)
}

/** What is in scope inside a source, its clauses checked; undefined when its rows cannot be known. */
function inside(verifying: Verifying, place: string, from: Source, around: Surroundings): Surroundings | undefined {
  enter<Source>(from, scopeOf(verifying.manifest, around), (mistake) => verifying.add(place, mistake))
  const rows = new Map(around.rows)
  const model = modelOfSource(
    verifying.manifest,
    from,
    (row) => rows.get(row) ?? unknown('invalid-declaration', 'row', row, rows.keys()),
  )
  return typeof model === 'string' ? { ...around, rows: rows.set(from.as, model) } : undefined
}

function verifyShown(
  verifying: Verifying,
  place: string,
  shape: Shape & { kind: 'value' },
  around: Surroundings,
): void {
  const { expr, type, nullable } = shape
  const given = checkExpr(verifying, place, expr, around)
  if (given && !unify([given.type, type])) {
    verifying.add(
      place,
      wrong('mismatched-type', `is declared ${describeType(type)}, and gives ${describeType(given.type)}`),
    )
  }
  if (given) verifyLeaving(verifying, place, given.type)
  if (given?.type.kind === 'encrypted' && !isOneField(expr)) {
    const message = 'An encrypted value is shown as it is, and this computes which one'
    verifying.add(place, wrong('invalid-declaration', message, 'Show the field itself.'))
  }
  verifyReadable(verifying, place, expr, nullable === true, around)
}

/** A field of a row that is there, or that a reference leads to. */
const isOneField = (expr: Expr): boolean => expr.kind === 'field' || (expr.kind === 'via' && isOneField(expr.value))

/** Secrets never leave, whatever they are wrapped in: no function gives one back as anything else. */
export function verifyLeaving(verifying: Verifying, place: string, type: ValueType): void {
  if (type.kind === 'search')
    verifying.add(
      place,
      wrong('unreadable-field', 'What a search keeps is searched, not shown', 'Show .highlight(…) of a text.'),
    )
  if (type.kind === 'secret')
    verifying.add(
      place,
      wrong('unreadable-field', 'A secret never leaves', 'Ask .isNotNull() of it, to show whether there is one.'),
    )
}

/**
 * A field with a read rule of its own is null for whoever may not read it, so what shows it bare
 * must allow for null. Inside a condition it is unknown, and the condition does not hold.
 */
function verifyReadable(
  verifying: Verifying,
  place: string,
  expr: Expr,
  nullable: boolean,
  around: Surroundings,
): void {
  const { manifest } = verifying
  if (expr.kind === 'via' || expr.kind === 'aggregate') {
    const value = expr.kind === 'via' ? expr.value : expr.of
    const inner = inside(verifying, place, expr.from, around)
    if (value && inner) verifyReadable(verifying, place, value, nullable || expr.kind === 'aggregate', inner)
    return
  }
  if (expr.kind === 'call' || expr.kind === 'case') {
    const parts = expr.kind === 'call' ? expr.args : [...expr.branches.map(({ then }) => then), expr.otherwise]
    const absorbs = expr.kind === 'call' && (expr.fn === 'isNull' || expr.fn === 'isNotNull' || expr.fn === 'coalesce')
    for (const part of parts) verifyReadable(verifying, place, part, nullable || absorbs, around)
    return
  }
  if (expr.kind !== 'field') return
  const model = around.rows?.get(expr.row) ?? ''
  const rule = own(own(manifest.policies, model)?.fields ?? {}, expr.field)?.read
  if (rule !== undefined && !nullable) {
    verifying.add(
      place,
      wrong(
        'unreadable-field',
        `Not everybody may read ${model}.${expr.field}`,
        `Write readable(row.${expr.field}): it is null for whoever may not.`,
      ),
    )
  }
}

/** The way from a view back to itself, through the views it shows. */
function loopOf(manifest: Manifest, start: string): readonly string[] | undefined {
  const seen = new Set<string>()
  const search = (name: string, way: readonly string[]): readonly string[] | undefined => {
    for (const next of shown(own(manifest.views, name)?.shape)) {
      if (next === start) return [...way, next]
      if (seen.has(next)) continue
      seen.add(next)
      const found = search(next, [...way, next])
      if (found) return found
    }
    return undefined
  }
  return search(start, [start])
}

function shown(shape: Shape | undefined): readonly string[] {
  switch (shape?.kind) {
    case 'view':
      return [shape.view]
    case 'object':
      return Object.values(shape.members).flatMap(shown)
    case 'one':
    case 'list':
    case 'page':
      return shown(shape.item)
    default:
      return []
  }
}

/** Of private fields no history keeps the values: as of a time they would be shown as they are now. */
function verifyPast(
  verifying: Verifying,
  place: string,
  { from, item }: Shape & { readonly kind: 'one' | 'list' },
): void {
  const fields = own(verifying.manifest.models, from.model ?? '')?.fields ?? {}
  const named = (shape: Shape, row: string): readonly string[] => {
    if (shape.kind === 'view') return named(own(verifying.manifest.views, shape.view)?.shape ?? everything, 'row')
    if (shape.kind === 'object') return Object.values(shape.members).flatMap((member) => named(member, row))
    return shape.kind === 'value' && shape.expr.kind === 'field' && shape.expr.row === row ? [shape.expr.field] : []
  }
  for (const name of named(item, from.as)) {
    const field = own(fields, name)
    if (!field || keepsValues(field)) continue
    verifying.add(
      place,
      wrong(
        'private-field',
        `No history keeps what ${from.model}.${name} was, and this would show what it is now`,
        'Expose asOf with a view that does not name it.',
      ),
    )
  }
}

const everything: Shape = { kind: 'object', members: {} }
