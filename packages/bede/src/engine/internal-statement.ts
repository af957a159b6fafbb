import type { Expr } from '../expr/expr.ts'
import type { ValueType } from '../expr/value.ts'
import type { Shape } from '../manifest/manifest.ts'
import type { Row } from '../sql/statement.ts'

/** What an internal call is written with: expressions over its own rows and inputs, and what its answer says. */

export const text: ValueType = { kind: 'text' }
export const integer: ValueType = { kind: 'integer' }
export const boolean: ValueType = { kind: 'boolean' }
export const time: ValueType = { kind: 'timestamp' }
export const json: ValueType = { kind: 'json' }

export const field = (name: string, row = 'row'): Expr => ({ kind: 'field', row, field: name })
export const input = (name: string, type: ValueType): Expr => ({ kind: 'input', path: [name], type })
export const call = (fn: (Expr & { kind: 'call' })['fn'], ...args: Expr[]): Expr => ({ kind: 'call', fn, args })

/** A field of the row compared with an input of the same name, or of another. */
export const is = (fn: 'eq' | 'ne' | 'gt' | 'lte', name: string, type: ValueType, value = name): Expr =>
  call(fn, field(name), input(value, type))

export const value = (expr: Expr, type: ValueType, nullable = false): Shape => ({
  kind: 'value',
  expr,
  type,
  ...(nullable && { nullable: true as const }),
})

/** RFC 3339, so many seconds later. */
export const after = (time: Date, seconds: number): string => new Date(time.valueOf() + seconds * 1000).toISOString()

/** Whether a write has written anything. */
export const isWritten = (row: Row | undefined): boolean => row?.[0] != null && row[0] !== '0'

/** A create that finds a row of the same key leaves it as it is, and `isCreated` tells that it made none. */
export const orLeave = (key: string) => ({ key: [key], then: 'update' as const, set: { [key]: field(key) } })

export const isCreated = (row: Row | undefined): boolean => row?.[2] != null
