import { nearest } from '../../telemetry/nearest.ts'
import { type Exact, readExact } from '../exact.ts'
import { functions } from './functions.ts'
import type { Comparison, Gives, Node } from './node.ts'
import { type Refuse, shown } from './refuse.ts'
import { type Token, tokensOf } from './tokens.ts'

export interface Grammar {
  readonly variables: ReadonlyMap<string, Exact>
  /** How deeply parentheses, calls, signs and powers may stand in each other. */
  readonly depth: number
  /** How many numbers, names and signs there may be. */
  readonly nodes: number
}

/** Reads an expression, of which every name is known and every part fits. */
export function parseExpression(text: string, grammar: Grammar, gives: Gives, refuse: Refuse): Node {
  const tokens = tokensOf(text, refuse)
  if (tokens.length - 1 > grammar.nodes)
    throw refuse(tokens[grammar.nodes]?.at ?? 0, `the expression has more than ${grammar.nodes} parts`)
  const parser = new Parser(tokens, grammar, refuse)
  const node = parser.comparison(0)
  const { kind, text: rest, at } = parser.next
  if (kind !== 'end') throw refuse(at, `${kind === 'sign' ? `'${rest}' does not belong here` : 'a sign is missing'}`)
  return fitting(node, gives, refuse)
}

const comparisons: ReadonlyMap<string, Comparison> = new Map([
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['=', '='],
  ['==', '='],
  ['!=', '!='],
  ['<>', '!='],
])

/** Each method reads what binds as closely as its name says, or closer. */
class Parser {
  readonly #tokens: readonly Token[]
  readonly #grammar: Grammar
  readonly #refuse: Refuse
  #at = 0

  constructor(tokens: readonly Token[], grammar: Grammar, refuse: Refuse) {
    this.#tokens = tokens
    this.#grammar = grammar
    this.#refuse = refuse
  }

  get next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', at: 0 }
  }

  comparison(depth: number): Node {
    const left = this.#sum(depth)
    const sign = this.next.kind === 'sign' ? comparisons.get(this.next.text) : undefined
    if (sign === undefined) return left
    const { at } = this.#take()
    const node: Node = {
      kind: 'compare',
      sign,
      left: fitting(left, 'number', this.#refuse),
      right: fitting(this.#sum(depth), 'number', this.#refuse),
      at,
    }
    if (comparisons.has(this.next.text)) throw this.#refuse(this.next.at, 'comparisons do not follow each other')
    return node
  }

  #sum(depth: number): Node {
    let node = this.#product(depth)
    for (;;) {
      const sign = this.#is('+') ? '+' : this.#is('-') ? '-' : undefined
      if (sign === undefined) return node
      node = this.#arithmetic(sign, node, (at) => at.#product(depth))
    }
  }

  #product(depth: number): Node {
    let node = this.#signed(depth)
    for (;;) {
      const sign = this.#is('*') ? '*' : this.#is('/') ? '/' : this.#is('%') ? '%' : undefined
      if (sign === undefined) return node
      node = this.#arithmetic(sign, node, (at) => at.#signed(depth))
    }
  }

  #signed(depth: number): Node {
    this.#deeper(depth)
    if (!this.#is('-') && !this.#is('+')) return this.#power(depth)
    const { text, at } = this.#take()
    const of = fitting(this.#signed(depth + 1), 'number', this.#refuse)
    return text === '+' ? of : { kind: 'negate', of, at }
  }

  #power(depth: number): Node {
    const base = this.#primary(depth)
    return this.#is('^') ? this.#arithmetic('^', base, (at) => at.#signed(depth + 1)) : base
  }

  #primary(depth: number): Node {
    this.#deeper(depth)
    const token = this.#take()
    if (token.kind === 'number') {
      const value = readExact(token.text.startsWith('.') ? `0${token.text}` : token.text)
      if (value) return { kind: 'constant', value, at: token.at }
    }
    if (token.kind === 'name') return this.#is('(') ? this.#call(token, depth) : this.#variable(token)
    if (token.kind === 'sign' && token.text === '(') {
      const node = this.comparison(depth + 1)
      this.#close()
      return node
    }
    throw this.#refuse(token.at, token.kind === 'end' ? 'the expression ends too early' : `'${token.text}' is no value`)
  }

  #variable({ text, at }: Token): Node {
    const value = this.#grammar.variables.get(text)
    if (value === undefined) throw this.#unknown(text, at, [...this.#grammar.variables.keys()], 'value')
    return { kind: 'constant', value, at }
  }

  #call({ text, at }: Token, depth: number): Node {
    const isChoice = text === 'if'
    const known = functions.get(text)
    if (!known && !isChoice) throw this.#unknown(text, at, [...functions.keys(), 'if'], 'function')
    this.#take()
    const given: Node[] = []
    while (!this.#is(')')) {
      if (given.length > 0) this.#comma()
      const wanted = isChoice && given.length === 0 ? 'boolean' : 'number'
      given.push(fitting(this.comparison(depth + 1), wanted, this.#refuse))
    }
    this.#close()
    const [least, most] = known ? [known.least, known.most] : [3, 3]
    if (given.length < least || given.length > most)
      throw this.#refuse(
        at,
        `${text} takes ${least === most ? least : `${least} to ${most}`} values, not ${given.length}`,
        isChoice ? 'if(a < b, 1, 2)' : undefined,
      )
    return { kind: 'call', name: text, given, at }
  }

  #arithmetic(sign: '+' | '-' | '*' | '/' | '%' | '^', left: Node, right: (parser: this) => Node): Node {
    const { at } = this.#take()
    fitting(left, 'number', this.#refuse)
    return { kind: 'arithmetic', sign, left, right: fitting(right(this), 'number', this.#refuse), at }
  }

  #unknown(name: string, at: number, names: readonly string[], what: string): Error {
    const near = nearest(name.slice(0, 40), names)
    const hint = near === undefined ? `There are: ${names.slice(0, 50).join(', ') || 'none'}.` : `Did you mean ${near}?`
    return this.#refuse(at, `there is no ${what} '${shown(name)}'`, hint)
  }

  #deeper(depth: number): void {
    if (depth > this.#grammar.depth)
      throw this.#refuse(this.next.at, `parts stand in each other more than ${this.#grammar.depth} deep`)
  }

  #is(sign: string): boolean {
    return this.next.kind === 'sign' && this.next.text === sign
  }

  #take(): Token {
    const token = this.next
    this.#at += 1
    return token
  }

  #comma(): void {
    if (!this.#is(',')) throw this.#refuse(this.next.at, "a ',' or a ')' is missing")
    this.#take()
  }

  #close(): void {
    if (!this.#is(')')) throw this.#refuse(this.next.at, "a ')' is missing")
    this.#take()
  }
}

const givenBy = (node: Node): Gives => (node.kind === 'compare' ? 'boolean' : 'number')

function fitting(node: Node, gives: Gives, refuse: Refuse): Node {
  if (givenBy(node) === gives) return node
  throw gives === 'number'
    ? refuse(node.at, 'a comparison is no number', 'Choose by it: if(a < b, 1, 2).')
    : refuse(node.at, 'a comparison is wanted here', 'Compare with <, <=, >, >=, = or !=.')
}
