import { Problem } from '../../telemetry/problem.ts'
import { type Compiled, compile, type Flag, invalidPattern } from './engine.ts'
import { foldedLetters } from './folded.ts'
import { linesOf } from './lines.ts'
import { patternSize } from './size.ts'

export interface PatternOptions {
  /** Any of `i` (any case), `m` (`^` and `$` at every line) and `s` (`.` takes line ends too). */
  readonly flags?: string
  /** Where the pattern stands in the request, for the refusal: `/query/pattern`. */
  readonly place?: string
  readonly limits?: PatternLimits
}

export interface PatternLimits {
  /** Characters of the pattern: 1,000 unless said otherwise. */
  readonly length?: number
  /** Instructions that it compiles to, counted repetitions written out: 1,000 unless said otherwise. */
  readonly size?: number
  /** Characters of the text times instructions, of one search: 2,000,000 unless said otherwise. */
  readonly work?: number
  /** Milliseconds of one call that looks for many matches: 100 unless said otherwise. */
  readonly time?: number
}

export interface PatternMatch {
  /** Of the first character, from 0. */
  readonly index: number
  readonly text: string
  /** What each group matched, in their order; undefined for one that took no part. */
  readonly groups: readonly (string | undefined)[]
  readonly named: Readonly<Record<string, string | undefined>>
}

export interface PatternLine {
  /** From 1. */
  readonly line: number
  readonly text: string
  /** The first match in it. */
  readonly match: PatternMatch
}

const usual: Required<PatternLimits> = { length: 1000, size: 1000, work: 2_000_000, time: 100 }
/** Matches that are given out unless it is said otherwise. */
const MOST_MATCHES = 1000
/** Characters that a text can have after a replacement. */
const LONGEST_RESULT = 10_000_000
/** Characters of a line that are searched at once. */
const LONGEST_LINE = 10_000

/**
 * A pattern that came from a caller, for searching in time that grows with the text and with nothing else. Its syntax is
 * that of RE2: no references back, no lookaround. Throws a Problem `invalid-pattern` (400) that says what is wrong with
 * it, or that it is beyond a limit.
 */
export function pattern(text: string, { flags = '', place = '/query', limits }: PatternOptions = {}): Pattern {
  const most = { ...usual, ...limits }
  if (text.length > most.length) throw invalidPattern(place, `it has more than ${most.length} characters`)
  if (patternSize(text) > most.size * SLACK) throw tooLarge(place, most.size)
  const known = flagsOf(flags, place)
  if (foldedLetters(text, known.has('i')) > MOST_FOLDED)
    throw invalidPattern(place, 'ranges in it hold too many letters to be found in any case', 'Leave out the flag i.')
  const compiled = compile(text, known, place)
  if (compiled.programSize() > most.size) throw tooLarge(place, most.size)
  return new Pattern(compiled, most)
}

/** Letters of ranges that are found in any case: some 20 ms of compiling, and more than two ranges of all letters. */
const MOST_FOLDED = 260_000

/** What is told without compiling is too much rather than too little, by as much at the most for usual patterns. */
const SLACK = 3

const tooLarge = (place: string, size: number): Problem =>
  invalidPattern(
    place,
    `it takes more than ${size} instructions`,
    'Repeat less: {n,m} counts n or m times what it repeats.',
  )

function flagsOf(text: string, place: string): ReadonlySet<Flag> {
  const flags = new Set<Flag>()
  for (const flag of text) {
    if (flag !== 'i' && flag !== 'm' && flag !== 's')
      throw invalidPattern(place, `there is no flag '${flag}'`, 'Flags are i, m and s.')
    flags.add(flag)
  }
  return flags
}

/** Made by `pattern`. Every method throws a Problem `too-much-work` (400) where the text is too long for the pattern. */
export class Pattern {
  readonly #compiled: Compiled
  readonly #most: Required<PatternLimits>
  readonly #names: readonly (readonly [name: string, group: number])[]

  constructor(compiled: Compiled, most: Required<PatternLimits>) {
    this.#compiled = compiled
    this.#most = most
    this.#names = Object.entries(compiled.namedGroups())
  }

  /** Whether it matches anywhere in the text. */
  test(text: string): boolean {
    this.#bear(text)
    return this.#compiled.test(text)
  }

  /** The first match in the text. */
  find(text: string): PatternMatch | undefined {
    // Whether there is one is told faster than where.
    if (!this.test(text)) return undefined
    const [match] = this.#matches(text)
    return match
  }

  /** The first matches in the text, none over another: at most `limit`, 1,000 unless said otherwise. */
  all(text: string, { limit = MOST_MATCHES }: { readonly limit?: number } = {}): readonly PatternMatch[] {
    const found: PatternMatch[] = []
    if (limit <= 0 || !this.test(text)) return found
    for (const match of this.#matches(text)) {
      found.push(match)
      if (found.length >= limit) break
    }
    return found
  }

  /**
   * The text with every match replaced by `by`, in which nothing has a meaning of its own. More than `limit` matches,
   * 1,000 unless said otherwise, are a Problem `too-much-work`, and so is a result of more than 10 million characters.
   */
  replace(text: string, by: string, { limit = MOST_MATCHES }: { readonly limit?: number } = {}): string {
    if (!this.test(text)) return text
    let result = ''
    let from = 0
    let count = 0
    for (const { index, text: matched } of this.#matches(text)) {
      count += 1
      if (count > limit) throw tooMuch(`The pattern matches more than ${limit} times`)
      result += text.slice(from, index) + by
      from = index + matched.length
      if (result.length > LONGEST_RESULT) throw tooMuch(`The text gets longer than ${LONGEST_RESULT} characters`)
    }
    return result + text.slice(from)
  }

  /**
   * The lines of a stream that match, with their first match: at most `limit`, 1,000 unless said otherwise. Bytes are
   * UTF-8; what is not is read as U+FFFD. A line of more than 10,000 characters is searched in parts of that length (or
   * of what `work` allows). Other calls are answered meanwhile; `signal` ends it.
   */
  async *lines(
    source: AsyncIterable<string | Uint8Array>,
    { limit = MOST_MATCHES, signal }: { readonly limit?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<PatternLine> {
    const longest = Math.max(1, Math.min(LONGEST_LINE, Math.floor(this.#most.work / this.#compiled.programSize())))
    let count = 0
    if (limit <= 0) return
    for await (const { line, text } of linesOf(source, longest, signal)) {
      const match = this.find(text)
      if (!match) continue
      yield { line, text, match }
      count += 1
      if (count >= limit) return
    }
  }

  *#matches(text: string): Generator<PatternMatch> {
    const until = performance.now() + this.#most.time
    const matcher = this.#compiled.matcher(text)
    while (matcher.find()) {
      const groups: (string | undefined)[] = []
      for (let group = 1; group <= matcher.groupCount(); group++) groups.push(matcher.group(group) ?? undefined)
      const named = Object.fromEntries(this.#names.map(([name, group]) => [name, groups[group - 1]]))
      yield { index: matcher.start(), text: matcher.group() ?? '', groups, named }
      if (performance.now() > until) throw tooMuch(`Finding what matches takes longer than ${this.#most.time} ms`)
    }
  }

  #bear(text: string): void {
    const size = this.#compiled.programSize()
    if (text.length * size <= this.#most.work) return
    throw tooMuch(
      `The text has ${text.length} characters, and this pattern searches at most ${Math.floor(this.#most.work / size)} at once`,
    )
  }
}

const tooMuch = (message: string): Problem => new Problem('too-much-work', { message })
