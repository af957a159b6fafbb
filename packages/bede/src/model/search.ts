import type { Field, FieldDeclaration } from './field.ts'

/** Languages whose words PostgreSQL knows (§12.6.6, `pg_ts_config`); `simple` takes words as they are written. */
export const searchLanguages = [
  'simple',
  'arabic',
  'armenian',
  'basque',
  'catalan',
  'danish',
  'dutch',
  'english',
  'finnish',
  'french',
  'german',
  'greek',
  'hindi',
  'hungarian',
  'indonesian',
  'irish',
  'italian',
  'lithuanian',
  'nepali',
  'norwegian',
  'portuguese',
  'romanian',
  'russian',
  'serbian',
  'spanish',
  'swedish',
  'tamil',
  'turkish',
  'yiddish',
] as const
export type SearchLanguage = (typeof searchLanguages)[number]

/** How much a word counts by the field it is in: A is worth 10 of D, B 4, C 2 (PostgreSQL §12.3.3). */
export const searchWeights = ['A', 'B', 'C', 'D'] as const
export type SearchWeight = (typeof searchWeights)[number]

/** As the model states it. */
export interface SearchDeclaration {
  readonly language: SearchLanguage
  readonly weights: Readonly<Record<string, SearchWeight>>
}

/** What `search` adds to a model's fields: searched by expressions, written and shown by nobody. */
export type WithSearch = {
  readonly search: Field<'search', never, { readonly optional: true; readonly immutable: true; readonly managed: true }>
}

/** The name of the field that `search` adds. */
export const searchName = 'search'

export const searchField = (language: SearchLanguage): WithSearch['search'] => {
  const declaration: FieldDeclaration = {
    face: 'field',
    type: { kind: 'search', language },
    optional: true,
    immutable: true,
    managed: true,
    private: true,
  }
  return Object.freeze(declaration) as WithSearch['search']
}
