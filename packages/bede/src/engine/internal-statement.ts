import type { Expr } from '../expr/expr.ts'
import type { ValueType } from '../expr/value.ts'
import type { Shape } from '../manifest/manifest.ts'

/** What an internal call is written with: expressions over its own rows and inputs, and what its answer says. */

export const text: ValueType = { kind: 'text' }
export const integer: ValueType = { kind: 'integer' }
/** Up to 64 bits, as text in JSON. */
export const bigint: ValueType = { kind: 'bigint' }
export const boolean: ValueType = { kind: 'boolean' }
export const time: ValueType = { kind: 'timestamp' }
export const json: ValueType = { kind: 'json' }

export const field = (name: string, row = 'row'): Expr => ({ kind: 'field', row, field: name })
export const input = (name: string, type: ValueType): Expr => ({ kind: 'input', path: [name], type })
export const call = (fn: (Expr & { kind: 'call' })['fn'], ...args: Expr[]): Expr => ({ kind: 'call', fn, args })

/** A field of the row compared with an input of the same name, or of another. */
export const is = (fn: 'eq' | 'ne' | 'lt' | 'gt' | 'lte', name: string, type: ValueType, value = name): Expr =>
  call(fn, field(name), input(value, type))

export const value = (expr: Expr, type: ValueType, nullable = false): Shape => ({
  kind: 'value',
  expr,
  type,
  ...(nullable && { nullable: true as const }),
})

/** RFC 3339, so many seconds later. */
export const after = (time: Date, seconds: number): string => new Date(time.valueOf() + seconds * 1000).toISOString()
