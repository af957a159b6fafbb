import type { Json } from '../../expr/value.ts'
import type { InputField } from '../../manifest/manifest.ts'
import { Problem, type ProblemDetail } from '../../telemetry/problem.ts'
import { pointerToken } from '../http/request/json-pointer.ts'
import type { JsonLimits } from '../http/request/json-text.ts'
import { asItIs, Misread, readText } from './text-value.ts'
import { unknownParameter } from './unknown-parameter.ts'

/** One field of a form, decoded. */
export interface FormField {
  readonly name: string
  readonly text: string
}

/** Fields that may come again: each time one item of a list. */
export const listsOf = (fields: Readonly<Record<string, InputField>>): ReadonlySet<string> =>
  new Set(Object.keys(fields).filter((name) => fields[name]?.type.kind === 'array'))

/**
 * The fields of a form as the members of a body, each by its declared type. Throws a Problem that lists every field that
 * is not declared, comes twice, or is not what it should be.
 */
export function formValues(
  sent: readonly FormField[],
  fields: Readonly<Record<string, InputField>>,
  limits: JsonLimits,
): { readonly [name: string]: Json } {
  const values: Record<string, Json> = {}
  const wrong: ProblemDetail[] = []
  for (const { name, text } of sent) {
    const place = `/body/${pointerToken(name)}`
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) {
      wrong.push({ ...unknownParameter(name, place, Object.keys(fields)), code: 'unknown-field', message: notHere })
      continue
    }
    const again = Object.hasOwn(values, name)
    const list = field.type.kind === 'array'
    if (again && !list) {
      wrong.push({ place, code: 'malformed-request', message: 'This field is given twice.', hint: 'Give it once.' })
      continue
    }
    const item = list ? (field.items ?? { type: field.type.of ?? { kind: 'text' as const } }) : field
    const value = readText({ raw: text, place, limits, decode: asItIs }, item)
    if (value instanceof Misread) wrong.push({ place, code: 'invalid-input', message: `It must be ${value.expected}` })
    else if (list) values[name] = [...(again ? (values[name] as readonly Json[]) : []), value]
    else values[name] = value
  }
  if (wrong[0]) throw new Problem(wrong[0].code, { details: wrong })
  return values
}

const notHere = 'No input has this name here'
