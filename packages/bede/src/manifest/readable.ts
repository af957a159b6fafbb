import { isReadable } from '../declare/choose.ts'
import type { Expr, Source } from '../expr/expr.ts'
import { children } from '../expr/walk.ts'
import type { Manifest, Shape } from './manifest.ts'
import type { Mistakes } from './mistakes.ts'

/** Row variables in scope, and the model of each. */
type Rows = ReadonlyMap<string, string>

/** A field that a shape shows, and where. */
interface Shown {
  readonly place: string
  readonly model: string
  readonly field: string
  readonly saidReadable: boolean
}

/**
 * A field with a read rule is null for whoever may not read it: a view that shows it must say `readable(…)`, so that
 * its type holds the null. Secrets are never shown at all.
 */
export const checkReadable = (manifest: Manifest, mistakes: Mistakes): void => {
  for (const { place, model, field, saidReadable } of shownIn(manifest)) {
    if (manifest.models[model]?.fields[field]?.type.kind === 'secret') {
      mistakes.add(place, 'unreadable-field', `${model}.${field} is a secret and never leaves`)
    } else if (manifest.policies[model]?.fields?.[field]?.read !== undefined && !saidReadable) {
      const hint = `Write readable(row.${field}): it is null for whoever may not.`
      mistakes.add(place, 'unreadable-field', `Not everybody may read ${model}.${field}`, hint)
    }
  }
}

const shownIn = (manifest: Manifest): readonly Shown[] => {
  const entered = ({ relation, model, as }: Source, rows: Rows): Rows => {
    const owner = manifest.models[rows.get(relation?.row ?? '') ?? '']
    const target = model ?? owner?.relations[relation?.name ?? '']?.model
    return target === undefined ? rows : new Map(rows).set(as, target)
  }
  const isSecret = (expr: Expr | undefined, rows: Rows): boolean =>
    expr?.kind === 'via'
      ? isSecret(expr.value, entered(expr.from, rows))
      : expr?.kind === 'field' && manifest.models[rows.get(expr.row) ?? '']?.fields[expr.field]?.type.kind === 'secret'
  const inExpr = (place: string, expr: Expr, rows: Rows): readonly Shown[] => {
    switch (expr.kind) {
      case 'field':
        return [{ place, model: rows.get(expr.row) ?? '', field: expr.field, saidReadable: isReadable(expr) }]
      case 'via':
        return inExpr(place, expr.value, entered(expr.from, rows))
      case 'aggregate':
        return expr.of === undefined ? [] : inExpr(place, expr.of, entered(expr.from, rows))
      // A condition over a field that may not be read is unknown, and does not hold.
      case 'some':
      case 'every':
      case 'none':
        return []
      // Whether a secret is there may be shown: that it is, and nothing of what it is.
      case 'call':
        if ((expr.fn === 'isNull' || expr.fn === 'isNotNull') && isSecret(expr.args[0], rows)) return []
        return children(expr).flatMap((child) => inExpr(place, child, rows))
      default:
        return children(expr).flatMap((child) => inExpr(place, child, rows))
    }
  }
  const inShape = (place: string, shape: Shape | undefined, rows: Rows): readonly Shown[] => {
    switch (shape?.kind) {
      case 'value':
        return inExpr(place, shape.expr, rows)
      case 'object':
        return Object.entries(shape.members).flatMap(([name, member]) => inShape(`${place}.${name}`, member, rows))
      case 'one':
      case 'list':
      case 'page':
        return inShape(place, shape.item, entered(shape.from, rows))
      default:
        return []
    }
  }
  const views = Object.entries(manifest.views).flatMap(([name, { model, shape }]) =>
    inShape(name, shape, new Map([['row', model]])),
  )
  const answers = Object.entries(manifest.operations).flatMap(([name, operation]) => {
    if (operation.kind === 'invoke') return []
    const rows: Rows = new Map(operation.write === undefined ? [] : [['row', operation.write.model]])
    return inShape(`${name}.answers`, operation.answers, rows)
  })
  return [...views, ...answers]
}
