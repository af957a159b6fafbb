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
  hnsw: { what: 'a vector', fits: ({ kind }) => kind === 'vector' },
  gist: { what: 'points', fits: ({ kind }) => kind === 'point' },
}

export function verifyIndexMethod(
  verifying: Verifying,
  place: string,
  { method, distance, unique, fields }: IndexDefinition,
  model: ModelDefinition,
): void {
  const nearest = method === 'hnsw'
  if (nearest !== (distance !== undefined) || (nearest && fields.length !== 1))
    verifying.add(
      place,
      wrong(
        'invalid-declaration',
        "An index of the method 'hnsw' holds one vector and says its distance, and no other index does",
        "Write { fields: ['embedding'], method: 'hnsw', distance: 'cosine' }.",
      ),
    )
  if (method === undefined) {
    const vector = fields.find((name) => own(model.fields, name)?.type.kind === 'vector')
    if (vector !== undefined)
      verifying.add(place, wrong('mismatched-type', `Vectors have no order that an index keeps, and ${vector} is one`))
    for (const name of fields) {
      if (own(model.fields, name)?.type.kind !== 'point') continue
      const what = unique
        ? `Nothing tells whether two points are one: ${name} cannot be unique`
        : `There is no order of ${name}, which is a point`
      verifying.add(place, wrong('mismatched-type', what, `Give ${name} an index of its own: index: [['${name}']].`))
    }
    return
  }
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
