import { isText } from '../../expr/kinds.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import { searchLanguages } from '../../model/search.ts'
import { type Verifying, wrong } from './report.ts'
import { own, unknown } from './scope.ts'

const languages: readonly string[] = searchLanguages

/**
 * What a search finds tells what it looked at, so it looks at nothing that is not for everybody who sees the row (class
 * 7). Its column is the platform's, with an index (class 130).
 */
export function verifySearch(verifying: Verifying, name: string, model: ModelDefinition): void {
  const { search, fields, indexes } = model
  for (const [field, { type }] of Object.entries(fields)) {
    if (type.kind !== 'search' || field === search?.field) continue
    verifying.add(`${name}.${field}`, wrong('invalid-declaration', `${field} keeps the words of no search`))
  }
  if (!search) return
  const place = `${name}.search`
  const field = own(fields, search.field)
  const kept =
    field?.type.kind === 'search' &&
    field.type.language === search.language &&
    field.optional &&
    field.managed &&
    field.private &&
    indexes.some((one) => one.method === 'gin' && !one.where && one.fields[0] === search.field)
  if (!kept) {
    const message = `${search.field} is not the optional, managed, private and indexed field of a search`
    verifying.add(place, wrong('invalid-declaration', message, 'Make the manifest again.'))
  }
  if (model.readonly)
    verifying.add(
      place,
      wrong('invalid-declaration', `The rows of ${name} are only read: nobody could fill the search`),
    )
  if (!languages.includes(search.language))
    verifying.add(place, unknown('invalid-declaration', 'language', search.language, languages))
  const sources = Object.keys(search.weights)
  if (sources.length === 0)
    verifying.add(
      place,
      wrong('invalid-declaration', 'A search has a field to search', "Write weights: { title: 'A' }."),
    )
  for (const source of sources) verifySource(verifying, `${place}.weights.${source}`, name, model, source)
}

function verifySource(verifying: Verifying, place: string, name: string, model: ModelDefinition, source: string): void {
  const field = own(model.fields, source)
  if (!field) {
    verifying.add(place, unknown('unknown-model-field', `field of ${name}`, source, Object.keys(model.fields)))
    return
  }
  if (!isText(field.type)) verifying.add(place, wrong('mismatched-type', `${name}.${source} is not text`))
  const guarded = own(own(verifying.manifest.policies, name)?.fields ?? {}, source)?.read
  if (field.private || guarded) {
    const message = `${name}.${source} is not for everybody, and what is found would tell what it holds`
    verifying.add(place, wrong('private-field', message, 'Take it out of weights.'))
  }
}
