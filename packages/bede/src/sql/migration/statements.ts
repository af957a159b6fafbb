/** One statement of a script, and the words of it that are not strings or comments: for whoever looks for `drop table`. */
export interface ScriptStatement {
  readonly sql: string
  /** Keywords in lower case, quoted names as they are written, single signs. */
  readonly words: readonly string[]
}

// PostgreSQL §4.1: comments, dollar-quoted strings, strings (with escapes after E), quoted names, words, numbers.
const token =
  /--[^\n]*|\/\*|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\s+|[\s\S]/g

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
  const reading = new RegExp(token)
  for (let match = reading.exec(script); match; match = reading.exec(script)) {
    const [text] = match
    if (text === ';') end(match.index)
    else if (text === '/*') reading.lastIndex = endOfComment(script, reading.lastIndex)
    else if (/^\$.*\$$/s.test(text)) {
      const close = script.indexOf(text, reading.lastIndex)
      reading.lastIndex = close < 0 ? script.length : close + text.length
      words.push("''")
    } else if (/^[eE]?'/.test(text)) words.push("''")
    else if (!text.startsWith('--') && text.trim() !== '') words.push(text.startsWith('"') ? text : text.toLowerCase())
  }
  end(script.length)
  return found
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
