import { compare } from '../../expr/compare.ts'
import { fromJson } from '../../expr/memory.ts'
import type { Json, Kind } from '../../expr/value.ts'
import type { InputField } from '../../manifest/manifest.ts'
import type { ProblemDetail } from '../../telemetry/problem.ts'
import { isMembers } from '../complete.ts'
import { pointerPart } from './plain.ts'

type Fields = Readonly<Record<string, InputField>>

/** Kinds that JSON writes as text and orders by something else: JSON Schema has no keyword for their bounds. */
const ordered: ReadonlySet<Kind> = new Set(['bigint', 'decimal', 'timestamp', 'date', 'time', 'duration'])

const bounded = ({ type, min, max, fields, items }: InputField): boolean =>
  ((min !== undefined || max !== undefined) && (ordered.has(type.kind) || type.kind === 'bytes')) ||
  (fields !== undefined && hasBounds(fields)) ||
  (items !== undefined && bounded(items))

/** Whether any input needs {@link outOfBounds}: most operations skip it. */
export const hasBounds = (fields: Fields): boolean => Object.values(fields).some(bounded)

/** What the schema's annotations `formatMinimum` and `formatMaximum` say, compared by the values' own order. */
export function outOfBounds(fields: Fields, input: Json, place = ''): readonly ProblemDetail[] {
  if (!isMembers(input)) return []
  return Object.entries(fields).flatMap(([name, field]) => {
    const sent = Object.hasOwn(input, name) ? input[name] : undefined
    return sent === undefined || sent === null ? [] : ofValue(field, sent, `${place}/${pointerPart(name)}`)
  })
}

function ofValue(field: InputField, sent: Json, place: string): readonly ProblemDetail[] {
  if (field.fields) return outOfBounds(field.fields, sent, place)
  const { items } = field
  if (items)
    return Array.isArray(sent) ? sent.flatMap((item: Json, index) => ofValue(items, item, `${place}/${index}`)) : []
  const wrong =
    field.type.kind === 'bytes'
      ? ofBytes(field, sent)
      : ordered.has(field.type.kind)
        ? ofOrdered(field, sent)
        : undefined
  return wrong === undefined ? [] : [{ place, code: 'invalid-value', message: wrong }]
}

function ofBytes({ min, max }: InputField, sent: Json): string | undefined {
  if (typeof sent !== 'string') return undefined
  const length = Buffer.byteLength(sent, 'base64')
  if (min !== undefined && length < Number(min)) return `It must have at least ${min} bytes`
  if (max !== undefined && length > Number(max)) return `It must have at most ${max} bytes`
  return undefined
}

function ofOrdered({ type, min, max }: InputField, sent: Json): string | undefined {
  const value = fromJson(sent, type)
  if (value === undefined || value === null) return undefined // the schema has said so already
  const bound = (limit: number | string) => fromJson(typeof limit === 'number' ? String(limit) : limit, type) ?? null
  const [least, most] = [min === undefined ? null : bound(min), max === undefined ? null : bound(max)]
  if (least !== null && compare(value, least) < 0) return `It must not be below ${min}`
  if (most !== null && compare(value, most) > 0) return `It must not be above ${max}`
  return undefined
}
