import type { Json } from '../../../expr/value.ts'
import { Problem, type ProblemCode } from '../../../telemetry/problem.ts'
import { pointerToken } from './json-pointer.ts'

export interface JsonLimits {
  /** How deep arrays and objects may stand in one another. */
  readonly depth: number
  /** How many members and items there may be in all. */
  readonly values: number
}

type Container = Json[] | { [key: string]: Json }

/** What stands in a text as it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand there
const unescaped = /[^"\\\u0000-\u001f]*/y
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const hex = /^[0-9a-fA-F]{4}$/

/**
 * Reads JSON (RFC 8259) and refuses what readers of JSON disagree about, so that nobody further in can be shown
 * something else than was checked here: a name given twice, `__proto__`, `constructor.prototype`, a number that does not
 * fit, lone surrogates, NUL. Depth and size are limited while reading, before anything is built.
 *
 * `place` is the JSON Pointer of the whole text in the request. Throws a Problem `malformed-json` (with line and column),
 * `invalid-text`, `unknown-field`, `too-deep` or `too-many`, each naming the place.
 */
export function parseJson(text: string, limits: JsonLimits, place = '/body'): Json {
  return new Reader(text, limits, place).all()
}

/** Where a reading stands. */
class Reader {
  readonly #text: string
  readonly #limits: JsonLimits
  readonly #place: string
  #at = 0
  #values = 0
  /** The keys and indexes that lead to where we are. */
  readonly #path: (string | number)[] = []

  constructor(text: string, limits: JsonLimits, place: string) {
    this.#text = text
    this.#limits = limits
    this.#place = place
  }

  all(): Json {
    const value = this.#skip(this.#read())
    if (this.#at < this.#text.length) throw this.#malformed(`expected the end, found ${this.#found()}`)
    return value
  }

  #read(): Json {
    this.#space()
    const c = this.#text[this.#at]
    if (c === '{') return this.#object()
    if (c === '[') return this.#array()
    if (c === '"') return this.#string()
    if (c === 't') return this.#word('true', true)
    if (c === 'f') return this.#word('false', false)
    if (c === 'n') return this.#word('null', null)
    return this.#numeral()
  }

  #object(): Container {
    const result: { [key: string]: Json } = {}
    this.#enter()
    if (this.#text[this.#at] !== '}') {
      for (;;) {
        if (this.#text[this.#at] !== '"')
          throw this.#malformed(`expected a name in double quotes, found ${this.#found()}`)
        const start = this.#at
        const key = this.#string()
        this.#path.push(key)
        if (Object.hasOwn(result, key)) throw this.#malformed('this name is given twice in one object', start)
        this.#count()
        this.#expect(':')
        const member = this.#skip(this.#read())
        if (key === '__proto__' || (key === 'constructor' && hasPrototype(member))) {
          throw this.#refused('unknown-field', 'A name that reaches into how objects work is not accepted.')
        }
        result[key] = member
        this.#path.pop()
        if (this.#text[this.#at] !== ',') break
        this.#at++
        this.#space()
      }
    }
    this.#leave('}')
    return result
  }

  #array(): Container {
    const result: Json[] = []
    this.#enter()
    if (this.#text[this.#at] !== ']') {
      for (;;) {
        this.#path.push(result.length)
        this.#count()
        result.push(this.#skip(this.#read()))
        this.#path.pop()
        if (this.#text[this.#at] !== ',') break
        this.#at++
      }
    }
    this.#leave(']')
    return result
  }

  #enter(): void {
    this.#at++
    // `path` is as long as the containers around this one are many.
    if (this.#path.length >= this.#limits.depth)
      throw this.#refused('too-deep', `More than ${this.#limits.depth} levels are not accepted.`)
    this.#space()
  }

  #leave(end: string): void {
    if (this.#text[this.#at] !== end) throw this.#malformed(`expected ',' or '${end}', found ${this.#found()}`)
    this.#at++
  }

  #count(): void {
    if (++this.#values > this.#limits.values)
      throw this.#refused('too-many', `More than ${this.#limits.values} values are not accepted.`)
  }

  #string(): string {
    const start = ++this.#at
    let result = ''
    let from = this.#at
    let surrogates = false
    for (;;) {
      unescaped.lastIndex = this.#at
      unescaped.test(this.#text)
      this.#at = unescaped.lastIndex
      const code = this.#text.charCodeAt(this.#at)
      if (code === 0x22) break
      if (Number.isNaN(code)) throw this.#malformed('this text has no end', start - 1)
      if (code < 0x20) throw this.#malformed('a control character in a text must be escaped')
      if (code === 0x5c) {
        result += this.#text.slice(from, this.#at) + this.#escaped()
        from = this.#at
        // An escape may make half a pair, or NUL; what stands as it is cannot: it came out of a UTF-8 decoder.
        surrogates = true
      }
    }
    result += this.#text.slice(from, this.#at++)
    if (surrogates && (!result.isWellFormed() || result.includes('\u0000'))) {
      throw this.#refused('invalid-text', 'A text may not hold NUL or half of a surrogate pair.')
    }
    return result
  }

  #escaped(): string {
    const letter = this.#text[this.#at + 1]
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6)
      if (!hex.test(digits)) throw this.#malformed('\\u needs four hexadecimal digits')
      this.#at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const plain = letter !== undefined && Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
    if (plain === undefined) throw this.#malformed('this escape does not exist')
    this.#at += 2
    return plain
  }

  #numeral(): number {
    number.lastIndex = this.#at
    const digits = number.exec(this.#text)?.[0]
    if (digits === undefined) throw this.#malformed(`expected a value, found ${this.#found()}`)
    const result = Number(digits)
    if (!Number.isFinite(result)) throw this.#malformed('this number is too large')
    this.#at += digits.length
    // -0 would be told apart from 0 by some and not by others.
    return result === 0 ? 0 : result
  }

  #word<T extends Json>(name: string, meaning: T): T {
    if (!this.#text.startsWith(name, this.#at)) throw this.#malformed(`expected a value, found ${this.#found()}`)
    this.#at += name.length
    return meaning
  }

  #expect(sign: string): void {
    this.#space()
    if (this.#text[this.#at] !== sign) throw this.#malformed(`expected '${sign}', found ${this.#found()}`)
    this.#at++
  }

  #skip<T>(result: T): T {
    this.#space()
    return result
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #found(): string {
    const code = this.#text.codePointAt(this.#at)
    return code === undefined
      ? 'the end'
      : code < 0x20 || code === 0x7f
        ? `U+${code.toString(16).padStart(4, '0')}`
        : `'${String.fromCodePoint(code)}'`
  }

  #malformed(what: string, position = this.#at): Problem {
    const before = this.#text.slice(0, position)
    const line = before.split('\n').length
    const column = position - before.lastIndexOf('\n')
    const message = `Line ${line}, column ${column}: ${what}.`
    return new Problem('malformed-json', {
      message,
      details: [{ place: this.#pointer(), code: 'malformed-json', message }],
    })
  }

  #refused(code: ProblemCode, message: string): Problem {
    return new Problem(code, { message, details: [{ place: this.#pointer(), code, message }] })
  }

  #pointer(): string {
    return this.#place + this.#path.map((key) => `/${pointerToken(String(key))}`).join('')
  }
}

const hasPrototype = (value: Json): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
