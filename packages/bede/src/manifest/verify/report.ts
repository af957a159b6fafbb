import type { Expr, Source } from '../../expr/expr.ts'
import type { Mistake } from '../../expr/functions/rule.ts'
import { describeType, unify } from '../../expr/kinds.ts'
import { expectCondition, type Typed, typeOf } from '../../expr/typing.ts'
import type { ValueType } from '../../expr/value.ts'
import type { ProblemCode, ProblemDetail } from '../../telemetry/problem.ts'
import type { Manifest } from '../manifest.ts'
import { type Surroundings, scopeOf } from './scope.ts'

/** Where mistakes go, and what every check needs. Nothing stops at the first: a start names them all. */
export interface Verifying {
  readonly manifest: Manifest
  add(place: string, mistake: Mistake): void
}

export function verifying(manifest: Manifest): Verifying & { readonly details: readonly ProblemDetail[] } {
  const details: ProblemDetail[] = []
  const seen = new Set<string>()
  return {
    manifest,
    details,
    add(place, { mistake, code = 'mismatched-type', hint }) {
      const key = `${place} ${mistake}`
      if (seen.has(key)) return
      seen.add(key)
      details.push({ place, code, message: mistake, ...(hint === undefined ? {} : { hint }) })
    },
  }
}

export const wrong = (code: ProblemCode, text: string, hint?: string): Mistake => ({
  mistake: text,
  code,
  ...(hint === undefined ? {} : { hint }),
})

/** A rule: true or false. */
export function checkRule(verifying: Verifying, place: string, rule: Expr | undefined, around: Surroundings): void {
  if (rule === undefined) return
  expectCondition<Source>(rule, scopeOf(verifying.manifest, around), (mistake) => verifying.add(place, mistake))
}

/** The type of an expression, after its mistakes were noted. */
export const checkExpr = (verifying: Verifying, place: string, expr: Expr, around: Surroundings): Typed | undefined =>
  typeOf<Source>(expr, scopeOf(verifying.manifest, around), (mistake) => verifying.add(place, mistake))

/** A value that goes where `type` is expected. */
export function checkValue(
  verifying: Verifying,
  place: string,
  expr: Expr,
  expected: { readonly type: ValueType; readonly nullable: boolean },
  around: Surroundings,
): void {
  const given = checkExpr(verifying, place, expr, around)
  if (!given) return
  if (!unify([given.type, expected.type])) {
    verifying.add(
      place,
      wrong('mismatched-type', `expects ${describeType(expected.type)}, not ${describeType(given.type)}`),
    )
  } else if (!expected.nullable && expr.kind === 'literal' && expr.value === null) {
    verifying.add(place, wrong('mismatched-type', 'cannot be null', 'Make the field optional, or give it a value.'))
  }
}
