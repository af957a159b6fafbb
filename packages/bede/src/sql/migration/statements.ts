/** One statement of a script, and the words of it that are not strings or comments: for whoever looks for `drop table`. */
export interface ScriptStatement {
  readonly sql: string
  /** Keywords in lower case, quoted names as they are written, single signs. */
  readonly words: readonly string[]
}

// PostgreSQL §4.1: comments, dollar-quoted strings, strings (with escapes after E), quoted names, words, numbers.
const token =
  /--[^\n]*|\/\*|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\s+|[\s\S]/g

interface Token {
  readonly kind: 'end' | 'comment' | 'string' | 'word'
  readonly from: number
  readonly to: number
}

/** What a script is made of, in order; the space between is left out. */
function* tokensOf(script: string): Iterable<Token> {
  const reading = new RegExp(token)
  for (let match = reading.exec(script); match; match = reading.exec(script)) {
    const [text] = match
    const from = match.index
    if (text === '/*') reading.lastIndex = endOfComment(script, reading.lastIndex)
    else if (/^\$.*\$$/s.test(text)) {
      const close = script.indexOf(text, reading.lastIndex)
      reading.lastIndex = close < 0 ? script.length : close + text.length
    }
    const to = reading.lastIndex
    if (text === ';') yield { kind: 'end', from, to }
    else if (text === '/*' || text.startsWith('--')) yield { kind: 'comment', from, to }
    else if (/^(?:[eE]?'|\$.*\$$)/s.test(text)) yield { kind: 'string', from, to }
    else if (text.trim() !== '') yield { kind: 'word', from, to }
  }
}

/** The statements of a script, in order, without the semicolons between them; empty ones and lone comments are left out. */
export function statementsOf(script: string): readonly ScriptStatement[] {
  const found: ScriptStatement[] = []
  let start = 0
  let words: string[] = []
  const end = (at: number): void => {
    const sql = script.slice(start, at).trim()
    if (words.length > 0) found.push({ sql, words })
    words = []
    start = at + 1
  }
  for (const { kind, from, to } of tokensOf(script)) {
    const text = script.slice(from, to)
    if (kind === 'end') end(from)
    else if (kind === 'string') words.push("''")
    else if (kind === 'word') words.push(text.startsWith('"') ? text : text.toLowerCase())
  }
  end(script.length)
  return found
}

/** The lines, from 0, that begin inside a string, a quoted name or a block comment: what stands there says nothing. */
export function linesInside(script: string): ReadonlySet<number> {
  const inside = new Set<number>()
  let line = 0
  let at = 0
  const lineOf = (position: number): number => {
    for (let end = script.indexOf('\n', at); end >= 0 && end < position; end = script.indexOf('\n', at)) {
      line++
      at = end + 1
    }
    return line
  }
  for (const { from, to } of tokensOf(script)) {
    const first = lineOf(from)
    for (let next = first + 1; next <= lineOf(to); next++) inside.add(next)
  }
  return inside
}

/** Comments nest. */
function endOfComment(script: string, from: number): number {
  let depth = 1
  const marks = /\/\*|\*\//g
  marks.lastIndex = from
  for (let mark = marks.exec(script); mark; mark = marks.exec(script)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return marks.lastIndex
  }
  return script.length
}
