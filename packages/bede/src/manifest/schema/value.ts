import { kinds } from '../../expr/kinds.ts'
import type { IdPart, ValueType } from '../../expr/value.ts'
import type { Constraints } from '../../model/definition.ts'
import type { InputField } from '../manifest.ts'
import { closed, type Form, flag, list, map, oneOf, positive, ref, text, whole } from './form.ts'

/** A length, or a bound as the value's own JSON. */
const limit: Form = { type: ['number', 'string'] }
const limits = { min: limit, max: limit, pattern: text } satisfies { readonly [K in keyof Constraints]-?: Form }

/** Any JSON at all. */
export const anything: Form = {}

export const values: Readonly<Record<string, Form>> = {
  type: closed<ValueType>(
    { kind: oneOf(Object.keys(kinds)) },
    {
      model: text,
      field: text,
      search: oneOf(['exact']),
      integer: flag,
      text: flag,
      parts: list(ref('part')),
      choices: list(text, { minItems: 1 }),
      of: ref('type'),
      schema: { type: ['object', 'boolean'] },
      language: text,
      dimensions: positive,
      precision: positive,
      scale: { ...whole, minimum: 0 },
    },
  ),
  part: closed<IdPart>({ field: text, type: ref('type') }, {}),
  input: closed<InputField>(
    { type: ref('type') },
    { optional: flag, nullable: flag, default: anything, fields: ref('inputs'), items: ref('input'), ...limits },
  ),
  inputs: map(ref('input')),
  path: list(text, { minItems: 1 }),
}

export { limits }
