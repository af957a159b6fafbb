import type { Expr } from '../expr/expr.ts'

/** An expression as somebody would have written it, for messages: `row.authorId.eq(actor.id)`. */
export const describe = (expr: Expr<Named>): string => {
  switch (expr.kind) {
    case 'literal':
      return JSON.stringify(expr.value)
    case 'input':
      return ['input', ...expr.path].join('.')
    case 'item':
      return [expr.as, ...expr.path].join('.')
    case 'actor':
      return `actor.${expr.field}`
    case 'now':
      return 'now'
    case 'field':
      return `${expr.row}.${expr.field}`
    case 'call': {
      const [first, ...rest] = expr.args.map(describe)
      const prefix = expr.fn === 'and' || expr.fn === 'or' || expr.fn === 'not' || expr.fn === 'concat'
      return prefix ? `${expr.fn}(${[first, ...rest].join(', ')})` : `${first}.${expr.fn}(${rest.join(', ')})`
    }
    case 'case':
      return `when(${expr.branches.map((b) => `${describe(b.when)}, ${describe(b.then)}`).join(', ')})`
    case 'given':
      return `given(${expr.path.join('.')}, ${describe(expr.then)})`
    case 'some':
    case 'every':
    case 'none':
      return `${named(expr.from)}.${expr.kind}(${describe(expr.where)})`
    case 'aggregate':
      return `${named(expr.from)}.${expr.fn}(${expr.of === undefined ? '' : describe(expr.of)})`
    case 'via':
      return `${named(expr.from)} → ${describe(expr.value)}`
  }
}

/** What a source needs to be spoken of; a plan's scans have it too. */
interface Named {
  readonly relation?: { readonly row: string; readonly name: string }
  readonly model?: string
}

const named = (from: Named): string =>
  from.relation === undefined ? (from.model ?? '') : `${from.relation.row}.${from.relation.name}`
