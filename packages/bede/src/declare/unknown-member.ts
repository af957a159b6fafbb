import type { Expr } from '../expr/expr.ts'
import { Problem } from '../telemetry/problem.ts'
import { describe } from './describe.ts'

/** A path into a document of which its field's schema says nothing. */
export const unknownMember = (node: Expr, name: unknown): Problem =>
  new Problem('unknown-model-field', {
    message: `${describe(node)} has no schema that says what ${JSON.stringify(name)} is`,
    hint: "Say it in the field: json({ schema: { type: 'object', properties: { theme: { type: 'string' } } } }).",
  })
