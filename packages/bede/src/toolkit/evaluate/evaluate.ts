import {
  addExact,
  compareExact,
  divideExact,
  type Exact,
  moduloExact,
  multiplyExact,
  negateExact,
  readExact,
  subtractExact,
  writeExact,
} from '../exact.ts'
import { functions, NoAnswer, power } from './functions.ts'
import type { Comparison, Gives, Node } from './node.ts'
import { parseExpression } from './parse.ts'
import { type Refuse, refuser, shown } from './refuse.ts'

export interface EvaluateOptions<G extends Gives = 'number'> {
  /** What names stand for: numbers, or decimals as text, as a `decimal` field has them. */
  readonly variables?: Readonly<Record<string, number | bigint | string>>
  /** `'boolean'`: the expression is a comparison. Otherwise it is a number. */
  readonly gives?: G
  readonly limits?: EvaluateLimits
  /** Where the expression stands in the request, for the refusal: `/body/formula`. */
  readonly place?: string
}

export interface EvaluateLimits {
  /** Characters: 1,000 unless said otherwise. */
  readonly length?: number
  /** Numbers, names and signs: 500 unless said otherwise, 1,000 at most. */
  readonly nodes?: number
  /** How deeply parentheses, calls, signs and powers stand in each other: 50 unless said otherwise, 200 at most. */
  readonly depth?: number
  /** Digits of any number on the way: 400 unless said otherwise. */
  readonly digits?: number
}

const usual: Required<EvaluateLimits> = { length: 1000, nodes: 500, depth: 50, digits: 400 }
/** What the stack bears under any caller. */
const DEEPEST = 200
const MOST_NODES = 1000

export type Evaluated<G extends Gives> = G extends 'boolean' ? boolean : string

/**
 * The value of an arithmetic expression that came from a caller: `round(price * 1.19, 2)`. It is read into a tree and
 * worked out in exact decimals; no code is run, and a name is one of `variables` or of `abs ceil floor if max min round
 * sqrt`. `+ - *` and `%` are exact, `/` has the digits that PostgreSQL gives a `numeric`, `sqrt` has 20 places. The answer is a
 * decimal as text without zeros at its end, or, with `gives: 'boolean'`, whether a comparison holds.
 *
 * Throws a Problem `invalid-expression` (400) that names the character: what is no expression, an unknown name, a
 * division by zero, an expression or a number beyond a limit. Throws a TypeError for a variable that is no number.
 */
export function evaluate<G extends Gives = 'number'>(text: string, options?: EvaluateOptions<G>): Evaluated<G>
export function evaluate(text: string, options: EvaluateOptions<Gives> = {}): string | boolean {
  const { variables = {}, gives = 'number', place = '/body' } = options
  const limits = { ...usual, ...options.limits }
  const refuse = refuser(place)
  if (text.length > limits.length)
    throw refuse(limits.length, `the expression has more than ${limits.length} characters`)
  const values = new Map(
    Object.entries(variables).map(([name, value]) => {
      const written = String(value)
      // Of a longer one not even its digits are counted: reading them takes time that grows with their square.
      if (written.length > limits.digits + BESIDE_DIGITS)
        throw refuse(0, `the value '${shown(name)}' has more than ${limits.digits} digits`)
      return [name, decimalOf(name, written)]
    }),
  )
  const grammar = {
    variables: values,
    depth: Math.min(limits.depth, DEEPEST),
    nodes: Math.min(limits.nodes, MOST_NODES),
  }
  const node = parseExpression(text, grammar, gives, refuse)
  const work = new Work(limits.digits, refuse)
  return node.kind === 'compare' ? work.holds(node) : plain(work.number(node))
}

/** Characters of a number as JavaScript writes it that are no digits: `-0.` and `e-324`. */
const BESIDE_DIGITS = 8

/** Exact, however JavaScript writes it. */
function decimalOf(name: string, written: string): Exact {
  const [, mantissa = '', exponent = '0'] = /^(-?\d+(?:\.\d+)?)(?:e([+-]\d{1,3}))?$/.exec(written) ?? []
  const read = readExact(mantissa)
  if (!read) throw new TypeError(`the variable '${name}' of an expression is no decimal number`)
  const shift = Number(exponent)
  return shift < 0
    ? { digits: read.digits, scale: read.scale - shift }
    : { digits: read.digits * 10n ** BigInt(shift), scale: read.scale }
}

class Work {
  readonly #longest: bigint
  readonly #digits: number
  readonly #refuse: Refuse

  constructor(digits: number, refuse: Refuse) {
    this.#digits = digits
    this.#longest = 10n ** BigInt(digits)
    this.#refuse = refuse
  }

  number(node: Node): Exact {
    const value = this.#worked(node)
    if (value instanceof NoAnswer) throw this.#refuse(node.at, value.why)
    if (this.#isLong(value)) throw this.#refuse(node.at, `the number has more than ${this.#digits} digits`)
    return value
  }

  holds(node: Node): boolean {
    if (node.kind !== 'compare') throw this.#refuse(node.at, 'a comparison is wanted here')
    return orders[node.sign](compareExact(this.number(node.left), this.number(node.right)))
  }

  #worked(node: Node): Exact | NoAnswer {
    switch (node.kind) {
      case 'constant':
        return node.value
      case 'negate':
        return negateExact(this.number(node.of))
      case 'arithmetic':
        return this.#arithmetic(node)
      case 'compare':
        return new NoAnswer('a comparison is no number')
      case 'call':
        return node.name === 'if' ? this.#choice(node.given) : this.#call(node.name, node.given)
    }
  }

  #arithmetic({ sign, left, right }: Extract<Node, { readonly kind: 'arithmetic' }>): Exact | NoAnswer {
    const [a, b] = [this.number(left), this.number(right)]
    if (sign === '+') return addExact(a, b)
    if (sign === '-') return subtractExact(a, b)
    if (sign === '*') return multiplyExact(a, b)
    if (sign === '^') return power(a, b, (value) => this.#isLong(value))
    if (b.digits === 0n) return new NoAnswer('division by zero')
    return sign === '/' ? divideExact(a, b) : moduloExact(a, b)
  }

  #choice(given: readonly Node[]): Exact | NoAnswer {
    const [condition, yes, no] = given
    if (!condition || !yes || !no) return new NoAnswer('if takes 3 values')
    return this.number(this.holds(condition) ? yes : no)
  }

  #call(name: string, given: readonly Node[]): Exact | NoAnswer {
    const values = given.map((one) => this.number(one))
    return functions.get(name)?.run(values) ?? new NoAnswer(`there is no function '${name}'`)
  }

  #isLong({ digits, scale }: Exact): boolean {
    return digits >= this.#longest || -digits >= this.#longest || scale > this.#digits
  }
}

const orders: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
}

/** Without zeros at the end of its fraction. */
function plain(value: Exact): string {
  const text = writeExact(value)
  return value.scale === 0 ? text : text.replace(/\.?0+$/, '')
}
