import { describeType, isText } from '../../expr/kinds.ts'
import type { ValueType } from '../../expr/value.ts'
import type { IndexDefinition, IndexMethod, ModelDefinition } from '../../model/definition.ts'
import { type Verifying, wrong } from './report.ts'
import { own } from './scope.ts'

/** What an index of a method can hold. */
const holds: Readonly<Record<IndexMethod, { readonly what: string; readonly fits: (type: ValueType) => boolean }>> = {
  trigram: { what: 'text', fits: isText },
  gin: {
    what: 'arrays, documents and searched words',
    fits: ({ kind }) => kind === 'array' || kind === 'json' || kind === 'search',
  },
}

export function verifyIndexMethod(
  verifying: Verifying,
  place: string,
  { method, unique, fields }: IndexDefinition,
  model: ModelDefinition,
): void {
  if (method === undefined) return
  const { what, fits } = holds[method]
  if (unique)
    verifying.add(place, wrong('invalid-declaration', `An index of the method '${method}' keeps nothing unique`))
  for (const name of fields) {
    const field = own(model.fields, name)
    if (!field || (fits(field.type) && field.native === undefined)) continue
    const found = field.native ?? describeType(field.type)
    verifying.add(
      place,
      wrong('mismatched-type', `An index of the method '${method}' holds ${what}, and ${name} is ${found}`),
    )
  }
}
