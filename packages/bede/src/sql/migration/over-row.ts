import type { Expr } from '../../expr/expr.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { newContext } from '../context.ts'
import type { Dialect } from '../dialect.ts'
import { compileExpr } from '../expression.ts'

/** An expression over one row of a model; `column` writes each of its columns: `"title"`, or `new."title"` in a trigger. */
export function overRow(
  expr: Expr,
  model: string,
  {
    manifest,
    dialect,
    column,
  }: {
    readonly manifest: Manifest
    readonly dialect: Dialect
    readonly column: (name: string) => string
  },
): string {
  const context = newContext(manifest, dialect)
  const fields = Object.entries(manifest.models[model]?.fields ?? {})
  context.rows.set('row', model)
  context.computed.set('row', new Map(fields.map(([field, definition]) => [field, column(definition.column)])))
  return compileExpr(expr as Parameters<typeof compileExpr>[0], context).sql
}
