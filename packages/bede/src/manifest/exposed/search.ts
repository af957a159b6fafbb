import type { Expr } from '../../expr/expr.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import { searchName } from '../../model/search.ts'
import type { Filters } from '../link/filter.ts'
import type { PageDefinition } from '../manifest.ts'
import type { Mistakes } from '../mistakes.ts'

/** The parameter with what a person typed, and the order it brings. */
const asked = 'q'
const relevance = 'relevance'
/** Longer than anybody types; some hundred words to look up at most. */
const longestQuery = 200

const query: Expr = { kind: 'input', path: [asked], type: { kind: 'text' } }
const words: Expr = { kind: 'field', row: 'row', field: searchName }

/** `?q=`, beside the other filters of an exposure. */
export const searchFilter = (
  name: string,
  { search }: ModelDefinition,
  filters: Filters,
  place: string,
  mistakes: Mistakes,
): void => {
  if (search === undefined) {
    const hint = `Say in the options of the model ${name} what is searched: search: { weights: { title: 'A' } }.`
    mistakes.add(place, 'invalid-declaration', `${name} keeps nothing to be searched`, hint)
  } else if (Object.hasOwn(filters.input, asked))
    mistakes.add(place, 'invalid-declaration', `'${asked}' is a filter and the search too`, 'Rename the field.')
  else {
    filters.input[asked] = { type: { kind: 'text' }, min: 1, max: longestQuery, optional: true }
    filters.where.push({ kind: 'given', path: [asked], then: { kind: 'call', fn: 'matches', args: [words, query] } })
  }
}

/** The best first: an order like any other, so that a cursor can go on from any place in it. */
const best: Expr = { kind: 'call', fn: 'negate', args: [{ kind: 'call', fn: 'rank', args: [words, query] }] }

/** What a search adds to the orders of a list. */
export const searchOrder = (searched: boolean): Partial<Pick<PageDefinition, 'sort' | 'searched'>> =>
  searched ? { sort: { [relevance]: best }, searched: { input: asked, sort: relevance } } : {}
