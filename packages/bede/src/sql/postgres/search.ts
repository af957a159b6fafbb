import type { Operand, Sql } from '../dialect.ts'
import { quote } from './literal.ts'

/** What stands around a match in what the database marks: characters that were taken out of the text before. */
const mark = { start: 'chr(2)', stop: 'chr(3)' } as const
const options =
  "'StartSel=' || chr(2) || ', StopSel=' || chr(3) || ', MaxFragments=2, MaxWords=25, MinWords=8, ShortWord=0, FragmentDelimiter=\" … \"'"

/** A searched text is cut there: its words would not fit into a tsvector of PostgreSQL, which holds 1 MB. */
const longestSearched = 200_000

const language = ({ type }: Operand): Sql => `${quote(type.language ?? 'simple')}::regconfig`

/** What a person typed, which raises no error whatever it is (PostgreSQL §12.3.2). */
const queryOf = (words: Operand, query: Operand): Sql => `websearch_to_tsquery(${language(words)}, ${query.sql})`

/** A query that names no word to be found (`-this`, or nothing) would read the whole index, and finds nothing. */
export const matches = ([words, query]: readonly [Operand, Operand]): Sql =>
  `(${words.sql} @@ ${queryOf(words, query)} and querytree(${queryOf(words, query)}) not in ('', 'T'))`

/** The query is read once, not for each row. */
export const rank = ([words, query]: readonly [Operand, Operand]): Sql =>
  `ts_rank(${words.sql}, (select ${queryOf(words, query)}))::float8`

export const highlight = ([words, text, query]: readonly [Operand, Operand, Operand]): Sql => {
  const plain = `translate(left(${text.sql}, ${longestSearched}), ${mark.start} || ${mark.stop}, '')`
  const marked = `ts_headline(${language(words)}, ${plain}, (select ${queryOf(words, query)}), ${options})`
  return `string_to_array(replace(${marked}, ${mark.stop}, ${mark.start}), ${mark.start})`
}

export const words = (texts: readonly (readonly [sql: Sql, weight: string])[], configuration: string): Sql => {
  const longest = Math.floor(longestSearched / texts.length)
  return texts
    .map(
      ([sql, weight]) =>
        `setweight(to_tsvector(${quote(configuration)}::regconfig, left(coalesce(${sql}, ''), ${longest})), ${quote(weight)})`,
    )
    .join(' || ')
}
