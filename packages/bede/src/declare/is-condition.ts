import type { Expr } from '../expr/expr.ts'

/** Whether what is unknown was asked, and not read: in an answer it is false then, and not null. */
export const isCondition = (node: Expr): boolean =>
  node.kind === 'call'
    ? node.fn !== 'coalesce' && node.fn !== 'nullIf' && node.fn !== 'flagAt'
    : node.kind === 'via'
      ? isCondition(node.value)
      : node.kind === 'given'
