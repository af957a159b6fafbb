import type { Expr } from '../expr/expr.ts'
import { type JsonMember, jsonMember } from '../expr/json-member.ts'
import type { FieldDefinition } from '../model/definition.ts'
import type { FieldDeclaration } from '../model/field.ts'

/** A path into a json field: `settings.ui.theme`. */
export interface JsonPath extends JsonMember {
  readonly field: string
  readonly keys: readonly string[]
}

type Fields = Readonly<Record<string, Pick<FieldDefinition | FieldDeclaration, 'type'>>>

/** What a dotted path means among fields; undefined: no field of kind json, or its schema says nothing of that member. */
export function jsonPath(fields: Fields, path: string): JsonPath | undefined {
  const [field = '', ...keys] = path.split('.')
  const type = Object.hasOwn(fields, field) ? fields[field]?.type : undefined
  const member = type?.kind === 'json' && keys.length > 0 ? jsonMember(type.schema, keys) : undefined
  return member && { field, keys, ...member }
}

/** The dotted path that an expression reads of a row's json field. */
export function pathRead(expr: Expr): string | undefined {
  if (expr.kind !== 'call' || !readers.has(expr.fn)) return undefined
  const [doc, ...keys] = expr.args
  if (doc?.kind !== 'field') return undefined
  return [doc.field, ...keys.map((key) => (key.kind === 'literal' ? String(key.value) : ''))].join('.')
}

const readers: ReadonlySet<string> = new Set(['textAt', 'numberAt', 'flagAt', 'documentAt'])

/** The path as an expression over the row. */
export const atPath = (row: string, { field, keys, fn }: Pick<JsonPath, 'field' | 'keys' | 'fn'>): Expr => ({
  kind: 'call',
  fn,
  args: [
    { kind: 'field', row, field },
    ...keys.map((key): Expr => ({ kind: 'literal', value: key, type: { kind: 'text' } })),
  ],
})

/** Whether an index can hold what the path leads to: a document has no order. */
export const isIndexable = (path: JsonPath | undefined): path is JsonPath =>
  path !== undefined && path.fn !== 'documentAt'
