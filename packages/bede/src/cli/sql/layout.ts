/** A statement longer than this, in characters, is laid out over several lines; so is each part of it. */
const WIDTH = 100

/** A word, sign or quoted text, or a group in parentheses; `spaced` when white space stood before it. */
type Node = { readonly spaced: boolean } & ({ readonly text: string } | { readonly inner: readonly Node[] })

// Quoted texts and names first, so that nothing in them is taken for a keyword or a parenthesis.
const TOKEN = /(\s*)('(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|[()]|,|[^\s\w()'",]+)/gy

const CLAUSE =
  /^(with|select|from|where|order|group|having|limit|offset|returning|set|values|union|insert|update|delete|left|join|cross|inner|on|for|window|fetch)$/i
const JOINING = /^(and|or)$/i

/**
 * Lays a statement out for reading: a clause per line, what does not fit indented below it. Only white space outside
 * of quotes changes, so it stays the very statement that runs.
 */
export function layout(sql: string): string {
  TOKEN.lastIndex = 0
  return block(read(sql), 0).join('\n')
}

function read(sql: string): readonly Node[] {
  const stack: Node[][] = [[]]
  for (let token = TOKEN.exec(sql); token; token = TOKEN.exec(sql)) {
    const [, space = '', text = ''] = token
    const spaced = space !== ''
    if (text === '(') {
      const inner: Node[] = []
      stack.at(-1)!.push({ spaced, inner })
      stack.push(inner)
    } else if (text === ')' && stack.length > 1) stack.pop()
    else stack.at(-1)!.push({ spaced, text })
  }
  return stack[0]!
}

const flat = (nodes: readonly Node[]): string =>
  nodes
    .map((node, i) => (node.spaced && i > 0 ? ' ' : '') + ('text' in node ? node.text : `(${flat(node.inner)})`))
    .join('')

const pad = (indent: number) => ' '.repeat(indent)
const fits = (nodes: readonly Node[], indent: number) => flat(nodes).length + indent <= WIDTH
const isWord = (node: Node | undefined, pattern: RegExp) =>
  node !== undefined && 'text' in node && pattern.test(node.text)
const isStatement = (nodes: readonly Node[]) => isWord(nodes[0], /^(select|with|insert|update|delete|values)$/i)

/** The inside of a statement: its clauses. */
function block(nodes: readonly Node[], indent: number): string[] {
  if (fits(nodes, indent)) return [pad(indent) + flat(nodes)]
  const starts = nodes.flatMap((node, i) => (i === 0 || isClause(nodes, i, node) ? [i] : []))
  return starts.flatMap((start, i) => clause(nodes.slice(start, starts[i + 1]), indent))
}

/** `on conflict … do update set` and `for update` go on the line of their first word. */
function isClause(nodes: readonly Node[], i: number, node: Node): boolean {
  if (!isWord(node, CLAUSE)) return false
  if (isWord(nodes[i - 1], /^(do|for|no|left|inner|cross|as|,)$/i)) return isWord(node, /^select$/i)
  return !(isWord(nodes[i - 1], /^(delete|distinct)$/i) && isWord(node, /^from$/i))
}

function clause(nodes: readonly Node[], indent: number): string[] {
  if (fits(nodes, indent)) return [pad(indent) + flat(nodes)]
  const items = split(nodes)
  if (items.length === 1) return expanded(nodes, indent)
  const [first = [], ...rest] = items
  // The named queries of a `with` stand side by side, each a block of its own.
  const inner = isWord(nodes[0], /^with$/i) ? indent : indent + 2
  return [...expanded(first, indent), ...rest.flatMap((item) => expanded(item, inner))]
}

/** The parts of a clause: after a comma, or before an `and` or `or`. */
function split(nodes: readonly Node[]): readonly (readonly Node[])[] {
  const parts: Node[][] = [[]]
  for (const node of nodes) {
    if (isWord(node, JOINING)) parts.push([])
    parts.at(-1)!.push(node)
    if (isWord(node, /^,$/)) parts.push([])
  }
  return parts.filter((part) => part.length > 0)
}

/** A part whose groups are opened up, where it does not fit on a line. */
function expanded(nodes: readonly Node[], indent: number): string[] {
  if (fits(nodes, indent)) return [pad(indent) + flat(nodes)]
  const lines = [pad(indent)]
  const add = (text: string) => lines.push((lines.pop() ?? '') + text)
  for (const [i, node] of nodes.entries()) {
    const space = node.spaced && i > 0 ? ' ' : ''
    if ('text' in node) add(space + node.text)
    else if (fits([node], lines.at(-1)!.length)) add(`${space}(${flat(node.inner)})`)
    else {
      add(`${space}(`)
      const inner = isStatement(node.inner)
        ? block(node.inner, indent + 2)
        : split(node.inner).flatMap((part) => expanded(part, indent + 2))
      lines.push(...inner, `${pad(indent)})`)
    }
  }
  return lines
}
