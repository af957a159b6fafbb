import type { Refuse } from './refuse.ts'

export interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end'
  readonly text: string
  /** Of its first character, from 0. */
  readonly at: number
}

const TOKEN = /(\d+(?:\.\d+)?|\.\d+)|([A-Za-z_][A-Za-z0-9_]*)|(<=|>=|==|!=|<>|[-+*/%^(),<>=])/y
const SPACE = /\s*/y

/** The words of an expression. Refuses the first character that begins none. */
export function tokensOf(text: string, refuse: Refuse): readonly Token[] {
  const tokens: Token[] = []
  for (let at = behindSpace(text, 0); at < text.length; at = behindSpace(text, TOKEN.lastIndex)) {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (!found) throw refuse(at, `'${String.fromCodePoint(text.codePointAt(at) ?? 0)}' means nothing here`)
    const [word, number, name] = found
    tokens.push({ kind: number !== undefined ? 'number' : name !== undefined ? 'name' : 'sign', text: word, at })
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }]
}

function behindSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.exec(text)
  return SPACE.lastIndex
}
