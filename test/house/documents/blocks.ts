/** A fenced code block of a Markdown document. */
export interface Block {
  readonly language: string
  /** `file=models/article.ts no-run` becomes `{ file: 'models/article.ts', 'no-run': '' }`. */
  readonly options: Readonly<Record<string, string>>
  readonly text: string
  /** Line of the document, from 1, on which `text` begins. */
  readonly line: number
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)[ \t]*(.*)$/
const OPTION = /([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?/g

/** The fenced blocks of a document, in order. A fence closes with at least as many of its own marks (CommonMark 4.5). */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  const lines = markdown.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const open = FENCE.exec(lines[at] ?? '')
    if (!open) continue
    const [, indent = '', marks = '', language = '', info = ''] = open
    const close = new RegExp(`^\\s*${marks[0]}{${marks.length},}\\s*$`)
    const start = at + 1
    do at++
    while (at < lines.length && !close.test(lines[at] ?? ''))
    const text = lines
      .slice(start, at)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
      .join('\n')
    const options = Object.fromEntries(
      [...info.matchAll(OPTION)].map(([, key, quoted, bare]) => [key, quoted ?? bare ?? '']),
    )
    blocks.push({ language, options, text, line: start + 1 })
  }
  return blocks
}
