import { destroys, lossOf } from './contraction.ts'
import type { MigrationFile } from './file.ts'
import type { Migration } from './folder.ts'
import { statementsOf } from './statements.ts'

/** What unaccepted losses are found in: a file, and where there is one, what came before it. */
export type LosingFile = Pick<MigrationFile, 'steps' | 'acceptedLosses'> &
  Partial<Pick<MigrationFile, 'later'>> &
  Partial<Pick<Migration, 'free'>>

/**
 * What a migration would destroy and nobody has given up: `article.summary`, or `article` for a whole table. What it
 * leaves to be dropped by the next one counts, what each step says it loses, and so does every table, column, schema or
 * row that its SQL drops, whether the step says so or not. Only an `-- accept loss: …` line of the file takes a loss off this list, or one of the migration before it that
 * announced the drop. Empty: nothing stands in the way.
 */
export function unacceptedLosses(file: LosingFile): readonly string[] {
  const accepted = new Set([...file.acceptedLosses, ...(file.free ?? [])])
  const announced = (file.later ?? []).filter(destroys).flatMap((contraction) => lossOf(contraction) ?? [])
  const losses = [...announced, ...file.steps.flatMap(({ sql, loses }) => [...loses, ...dropsOf(sql)])]
  return [...new Set(losses)].filter((loss) => !accepted.has(loss))
}

/** What is the runner's or the migration's own, and holds nobody's data. */
const ownTables = /^bede\.(backfill|migration)/

/** The tables and columns that a script drops or empties, as far as its statements say so. */
export function dropsOf(script: string): readonly string[] {
  return statementsOf(script)
    .flatMap(({ sql, words }) => (words[0] === 'do' ? dropsInBlock(sql) : dropsIn(words.map(bare))))
    .filter((loss) => !ownTables.test(loss))
}

/** What a `do` block makes up as it runs, and no reading of it tells: it is accepted as a whole, or not at all. */
export const whatABlockExecutes = 'whatever a do block executes'
/** What a planned migration does to each part of a table is read like any other clause. */
const partOf = /^\s*declare "part" regclass; begin\b/
const overPart = /\bloop\s+execute 'alter table ' \|\| "part" \|\| '((?:[^']|'')*)'$/
const begins = new Set(['drop', 'truncate', 'alter'])

/** The statements of a block stand behind `begin`, `then`, `else` or `loop`: each is looked for where it begins. */
function dropsInBlock(sql: string): readonly string[] {
  const dollars = /(\$[A-Za-z_\u0080-\uffff\d]*\$)([\s\S]*)\1/.exec(sql)?.[2]
  const body = dollars ?? /'((?:[^']|'')*)'/.exec(sql)?.[1]?.replaceAll("''", "'") ?? ''
  return statementsOf(body).flatMap((statement) => {
    const words = statement.words.map(bare)
    const clause = partOf.test(body) ? overPart.exec(statement.sql)?.[1] : undefined
    if (clause !== undefined) return dropsOf(`alter table part ${clause.replaceAll("''", "'")}`)
    if (statement.words.includes('execute') || statement.words.includes('call')) return [whatABlockExecutes]
    const at = words.findIndex((word, i) => begins.has(word) && statement.words[i] === word)
    return [...(at < 0 ? [] : dropsIn(words.slice(at))), ...(at === 0 ? [] : deletions(words))]
  })
}

const bare = (word: string): string => (word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word)

function dropsIn(words: readonly string[]): readonly string[] {
  const [first, second, third] = words
  if (first === 'drop' && (second === 'table' || second === 'schema' || second === 'database'))
    return namesFrom(words, 2)
  if (first === 'drop' && second === 'materialized' && third === 'view') return []
  if (first === 'drop' && second === 'owned') return ['everything of a role']
  if (first === 'drop' && second !== undefined && takesColumns.has(second) && words.includes('cascade'))
    return namesFrom(words, 2).map((name) => `${second} ${name}`)
  if (first === 'truncate') return namesFrom(words, second === 'table' ? 2 : 1)
  if (first === 'alter' && second === 'table') return columnsOf(words)
  return deletions(words)
}

/** What takes the columns along that are made of it. */
const takesColumns = new Set(['type', 'domain', 'extension', 'function', 'routine'])

/** `delete from a`, at the beginning or inside: `with gone as (delete from a …)`. */
const deletions = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, i) => (word === 'delete' && words[i + 1] === 'from' ? [nameAt(words, i + 2).name] : []))

/** `"a"."b", c cascade` */
function namesFrom(words: readonly string[], from: number): readonly string[] {
  const names: string[] = []
  let at = from
  do {
    const { name, next } = nameAt(words, at)
    names.push(name)
    at = next + 1
  } while (words[at - 1] === ',')
  return names
}

/** The name at a place, past `if exists`, `only` and the comma before it; `next` is what follows it. */
function nameAt(words: readonly string[], from: number): { readonly name: string; readonly next: number } {
  let at = from
  while (words[at] === 'if' || words[at] === 'exists' || words[at] === 'only') at += 1
  let name = words[at] ?? ''
  at += 1
  while (words[at] === '.') {
    name += `.${words[at + 1] ?? ''}`
    at += 2
  }
  return { name, next: at }
}

const notColumns = new Set(['constraint', 'default', 'not', 'identity', 'expression', 'trigger', 'rule'])

/** `alter table t drop [column] [if exists] c, …` */
function columnsOf(words: readonly string[]): readonly string[] {
  const { name: table, next } = nameAt(words, 2)
  return words.flatMap((word, i) => {
    if (i < next || word !== 'drop' || (i > next && words[i - 1] !== ',' && words[i - 1] !== '*')) return []
    const at = words[i + 1] === 'column' ? i + 2 : i + 1
    if (at === i + 1 && notColumns.has(words[at] ?? '')) return []
    return [`${table}.${nameAt(words, at).name}`]
  })
}
