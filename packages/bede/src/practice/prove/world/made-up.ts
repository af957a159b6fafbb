import type { Json } from '../../../expr/value.ts'
import type { InputField } from '../../../manifest/manifest.ts'
import { exampleOf } from '../../../surface/openapi/example.ts'
import { hostileText, type Marks, slowSubject } from './marks.ts'

/** A value somebody could send, with the mark that stands in it, where one fits. Undefined: none can be made up. */
export interface MadeUp {
  readonly value: Json
  readonly mark?: string
}

/** What apps ask texts to look like: the first that fits a field's pattern is taken. */
const usual = [
  'ada',
  'two words',
  'two-words',
  'https://example.com/ada',
  'ada@example.com',
  '+15550100200',
  'AB',
  'ABC',
  'EUR',
  'ABC-123',
  'ABC123',
  '12',
  '123',
  '1234',
  '12345',
  '123456',
  '#336699',
  '2026-01-31',
  '12:00',
  '1.0.0',
  'DE89370400440532013000',
  'en',
  'en-US',
  '01932f5e-8c00-7000-8000-000000000000',
]

/** A value for a field of an input, that its constraints let through as far as anybody can tell. */
export function madeUp(field: InputField, marks: Marks): MadeUp | undefined {
  const mark = marks.next()
  switch (field.type.kind) {
    case 'text':
      return textOf(field, mark)
    case 'email':
      return { value: `${mark}@example.com`, mark }
    case 'url':
      return { value: `https://example.com/${mark}`, mark }
    case 'slug':
      return { value: mark, mark }
    case 'secret': {
      const value = fitting([`${mark} Correct Horse ${mark}`], field)
      return value === undefined ? undefined : { value, mark }
    }
    case 'json':
      return { value: { note: hostileText(mark) }, mark }
    case 'object': {
      const made: Record<string, Json> = {}
      for (const [name, inner] of Object.entries(field.fields ?? {})) {
        if (inner.optional || inner.default !== undefined) continue
        const value = madeUp(inner, marks)
        if (!value) return undefined
        made[name] = value.value
      }
      return { value: made }
    }
    case 'array': {
      const least = Number(field.min ?? 0)
      const items = Array.from({ length: Math.max(least, 1) }, () =>
        madeUp(field.items ?? { type: field.type.of ?? { kind: 'text' } }, marks),
      )
      return items.every((item) => item !== undefined) ? { value: items.map(({ value }) => value) } : { value: [] }
    }
    case 'search':
      return undefined
    case 'boolean':
      return { value: false }
    case 'timestamp':
    case 'date':
      return { value: timeOf(field) }
    default:
      return { value: exampleOf(field) }
  }
}

/** Now, or the nearest to it that the field lets through. */
function timeOf({ type, min, max }: InputField): string {
  const now = new Date().toISOString()
  const text = type.kind === 'date' ? now.slice(0, 10) : now
  if (typeof min === 'string' && min > text) return min
  return typeof max === 'string' && max < text ? max : text
}

function textOf(field: InputField, mark: string): MadeUp | undefined {
  const hostile = hostileText(mark)
  const value = fitting([`${hostile} ${slowSubject}`, hostile, mark, ...usual], field)
  if (value === undefined) return undefined
  return value.includes(mark) ? { value, mark } : { value }
}

/** The first that a field's length and pattern let through. */
export function fitting(candidates: readonly string[], { min, max, pattern }: InputField): string | undefined {
  const wanted = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, 'u')
  const least = Number(min ?? 0)
  const most = Number(max ?? Number.POSITIVE_INFINITY)
  const fits = (text: string): boolean => text.length >= least && text.length <= most && (wanted?.test(text) ?? true)
  const padded = candidates.map((text) => (text.length < least ? text.padEnd(least, 'x') : text))
  return padded.find(fits) ?? (wanted ? undefined : padded[0]?.slice(0, most))
}
