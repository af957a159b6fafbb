import type { Json } from '../expr/value.ts'

/** A value of a declaration as JSON has it. */
export const jsonOf = (value: unknown): Json => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Date) return value.toISOString()
  return value as Json
}
